"""The tree to Matrix's HTML."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.ids import UserID
from bridge.model.markup import (
    Block,
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
from bridge.testing.documents import documents
from bridge.text.html_in import from_html
from bridge.text.html_out import to_html
from bridge.text.links import SCHEMES
from bridge.text.tags import WRITTEN_ATTRIBUTES, WRITTEN_TAGS


def p(*children: Inline) -> Paragraph:
    return Paragraph(children)


VECTORS: list[tuple[tuple[Block, ...], str]] = [
    ((p(Styled(Style.BOLD, (Text("x"),))),), "<strong>x</strong>"),
    ((p(Styled(Style.ITALIC, (Text("x"),))),), "<em>x</em>"),
    ((p(Styled(Style.UNDERLINE, (Text("x"),))),), "<u>x</u>"),
    ((p(Styled(Style.STRIKE, (Text("x"),))),), "<del>x</del>"),
    ((p(Styled(Style.CODE, (Text("<x>"),))),), "<code>&lt;x&gt;</code>"),
    ((p(Styled(Style.SPOILER, (Text("x"),))),), '<span data-mx-spoiler="">x</span>'),
    (
        (p(Coloured("#ff0000", "#00ff00", (Text("x"),))),),
        '<span data-mx-color="#ff0000" data-mx-bg-color="#00ff00">x</span>',
    ),
    ((p(Link("https://example.org/?a&b", (Text("x"),))),), '<a href="https://example.org/?a&amp;b">x</a>'),
    ((p(Link("javascript:x", (Text("x"),)), Styled(Style.CODE, (Text("y"),))),), "x<code>y</code>"),
    (
        (p(Mention(UserID("@a/b:example.org"), (Text("Ann"),))),),
        '<a href="https://matrix.to/#/@a%2Fb:example.org">Ann</a>',
    ),
    ((p(Text("a")), Quote((p(Text("b")),))), "a<blockquote>b</blockquote>"),
    ((p(Text("a")), Rule(), p(Text("b"))), "<p>a</p><hr><p>b</p>"),
    ((Heading(9, (Text("a"),)),), "<h6>a</h6>"),
    ((Items(((p(Text("a")),), (p(Text("b")),))),), "<ul><li>a</li><li>b</li></ul>"),
    ((Items(((p(Text("a")),),), 1),), "<ol><li>a</li></ol>"),
    ((Items(((p(Text("a")),),), 4),), '<ol start="4"><li>a</li></ol>'),
    ((CodeBlock("a\n b", "py"),), '<pre><code class="language-py">a\n b\n</code></pre>'),
    ((p(Styled(Style.BOLD, (Text("a   b"),))),), "<strong>a&nbsp;&nbsp; b</strong>"),
]


@pytest.mark.parametrize(("blocks", "html"), VECTORS)
def test_a_document_is_written_as(blocks: tuple[Block, ...], html: str) -> None:
    assert to_html(Document(blocks)) == html


def test_plain_text_needs_no_html() -> None:
    assert to_html(Document.of("a <b>\nc")) is None


def test_a_link_that_shows_itself_needs_no_html() -> None:
    assert to_html(Document((p(Link("https://x.org", (Text("https://x.org"),))),))) is None


class _Seen(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.schemes: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}
        self.schemes |= {(value or "").partition(":")[0] for name, value in attrs if name == "href"}


_ALLOWED = {(tag, name) for tag, names in WRITTEN_ATTRIBUTES.items() for name in names}
_hostile = st.text("<>&\"'=/ abonerjsc:\0\ud800\u202e", max_size=30)
_hostile_documents = st.builds(
    lambda text, href, language, colour: Document(
        (
            p(Link(href, (Text(text),)), Coloured(colour, text, (Text(text),))),
            p(Mention(UserID(text), (Text(text),))),
            CodeBlock(text, language),
        )
    ),
    _hostile,
    _hostile | st.just("javascript:alert(1)"),
    _hostile,
    _hostile,
)


@given(documents | _hostile_documents)
def test_nothing_outside_the_list_of_the_specification_is_written(document: Document) -> None:
    seen = _Seen(to_html(document) or "")
    assert seen.tags <= WRITTEN_TAGS
    assert seen.attributes <= _ALLOWED
    assert seen.schemes <= SCHEMES


@given(documents)
def test_written_html_reads_and_writes_the_same_from_then_on(document: Document) -> None:
    once = to_html(from_html(to_html(document) or ""))
    assert once is None or to_html(from_html(once)) == once
