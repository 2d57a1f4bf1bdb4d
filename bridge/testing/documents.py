"""Documents of every shape, for tests by properties."""

from hypothesis import strategies as st

from bridge.model.ids import UserID
from bridge.model.markup import (
    Block,
    Break,
    CodeBlock,
    Coloured,
    Document,
    Heading,
    Inline,
    Items,
    Link,
    Mention,
    Paragraph,
    Quote,
    Rule,
    Style,
    Styled,
    Text,
)

words = st.text(max_size=30)
lines = words.map(lambda text: text.replace("\n", " "))
_colours = st.sampled_from([None, "#ff0000", "#00ff7f", "#123456"])
_leaves: st.SearchStrategy[Inline] = st.one_of(lines.map(Text), st.just(Break()))


def _wrapped(inner: st.SearchStrategy[Inline]) -> st.SearchStrategy[Inline]:
    children = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Styled, st.sampled_from(Style), children),
        st.builds(Coloured, _colours, _colours, children),
        st.builds(Link, st.just("https://example.org/a"), children),
        st.builds(Mention, st.just(UserID("@bob:example.org")), children),
    )


inlines: st.SearchStrategy[Inline] = st.recursive(_leaves, _wrapped, max_leaves=6)
_rows = st.lists(inlines, max_size=4).map(tuple)
_simple: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, _rows),
    st.builds(CodeBlock, st.text(max_size=60), st.sampled_from(["", "python"])),
    st.builds(Heading, st.integers(1, 6), _rows),
    st.just(Rule()),
)


def _nested(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    blocks = st.lists(inner, max_size=2).map(tuple)
    return st.one_of(
        st.builds(Quote, blocks),
        st.builds(Items, st.lists(blocks, max_size=3).map(tuple), st.sampled_from([None, 1, 7])),
    )


blocks: st.SearchStrategy[Block] = st.recursive(_simple, _nested, max_leaves=4)
documents: st.SearchStrategy[Document] = st.lists(blocks, max_size=4).map(lambda made: Document(tuple(made)))
