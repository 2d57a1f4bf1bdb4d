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
user_ids = st.sampled_from([UserID("@bob:example.org"), UserID("@a/b=c:example.org:8448")])
_colours = st.none() | st.from_regex("#[0-9a-f]{6}", fullmatch=True)
_hrefs = st.sampled_from(["https://example.org/a?b=c&d", "mailto:a@example.org", "irc://irc.example.org/x"])
_leaves: st.SearchStrategy[Inline] = st.one_of(lines.map(Text), st.just(Break()))


def _rows(inner: st.SearchStrategy[Inline]) -> st.SearchStrategy[tuple[Inline, ...]]:
    return st.lists(inner, max_size=3).map(tuple)


def _wrapped(inner: st.SearchStrategy[Inline]) -> st.SearchStrategy[Inline]:
    rows = _rows(inner)
    return st.one_of(
        st.builds(Styled, st.sampled_from(Style), rows),
        st.builds(Coloured, _colours, _colours, rows),
        st.builds(Link, _hrefs, rows),
        st.builds(Mention, user_ids, rows),
    )


inlines: st.SearchStrategy[Inline] = st.recursive(_leaves, _wrapped, max_leaves=6)
_simple: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, _rows(inlines)),
    st.builds(CodeBlock, st.text(max_size=60), st.sampled_from(["", "py", "c++"])),
    st.builds(Heading, st.integers(1, 6), _rows(inlines)),
    st.just(Rule()),
)


def _nested(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    blocks = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Quote, blocks),
        st.builds(Items, st.lists(blocks, max_size=3).map(tuple), st.none() | st.integers(-5, 100)),
    )


blocks: st.SearchStrategy[Block] = st.recursive(_simple, _nested, max_leaves=6)
documents: st.SearchStrategy[Document] = st.lists(blocks, max_size=4).map(lambda made: Document(tuple(made)))
