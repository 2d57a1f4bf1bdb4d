"""The tree as bare text."""

import pytest
import regex
from hypothesis import given
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
from bridge.testing.documents import documents
from bridge.text.lines import RULE, Line, layout
from bridge.text.plain import BARE, excerpt, shorten, to_lines, to_plain


def p(*children: Inline) -> Paragraph:
    return Paragraph(children)


def styled(style: Style, text: str) -> Styled:
    return Styled(style, (Text(text),))


VECTORS: list[tuple[tuple[Block, ...], str]] = [
    ((), ""),
    ((p(Text("a")), p(Text("b"))), "a\n\nb"),
    ((p(styled(Style.BOLD, "a")),), "**a**"),
    ((p(styled(Style.ITALIC, "a")),), "_a_"),
    ((p(styled(Style.STRIKE, "a")),), "~~a~~"),
    ((p(styled(Style.UNDERLINE, "a")),), "a"),
    ((p(styled(Style.CODE, "a*b")),), "`a*b`"),
    ((p(styled(Style.SPOILER, "a")),), "||a||"),
    ((p(Coloured("#ff0000", None, (Text("a"),))),), "a"),
    ((p(Link("https://x.org/", (Text("here"),))),), "[here](https://x.org/)"),
    ((p(Link("https://x.org/", (Text("https://x.org/"),))),), "https://x.org/"),
    ((p(Link("https://x.org/", (Text("x.org"),))),), "https://x.org/"),
    ((p(Mention(UserID("@ann:x.org"), (Text("Ann"),))),), "Ann"),
    ((p(Mention(UserID("@ann:x.org"), ())),), "@ann:x.org"),
    ((Heading(2, (Text("a"),)), p(Text("b"))), "**a**\n\nb"),
    ((Quote((p(Text("a"), Break(), Text("b")), p(Text("c")))),), "> a\n> b\n> \n> c"),
    ((CodeBlock("a\n b", "py"),), "```py\na\n b\n```"),
    ((Quote((CodeBlock("a"),)), p(Text("b"))), "> ```\n> a\n> ```\n\nb"),
    ((Items(((p(Text("a")),), (p(Text("b"), Break(), Text("c")),))),), "• a\n• b\n  c"),
    ((Items(((p(Text("a")),), (p(Text("b")),)), 9),), "9. a\n10. b"),
    ((Items(((p(Text("a")), Items(((p(Text("b")),),), 1)),)),), "• a\n  1. b"),
    ((Rule(),), RULE),
]


@pytest.mark.parametrize(("blocks", "text"), VECTORS)
def test_the_body_of_a_document_is(blocks: tuple[Block, ...], text: str) -> None:
    assert to_plain(Document(blocks)) == text


@given(st.text())
def test_plain_text_comes_out_as_it_went_in(text: str) -> None:
    assert to_plain(Document.of(text)) == text


@given(documents)
def test_lines_hold_no_line_end(document: Document) -> None:
    assert "\n" not in "".join(to_lines(document, BARE))


@given(documents)
def test_no_line_is_empty(document: Document) -> None:
    assert all(line.strip() for line in to_lines(document))


def test_a_format_over_a_line_end_is_on_both_lines() -> None:
    document = Document((p(Styled(Style.BOLD, (Text("a"), Break(), Text("b")))),))
    assert layout(document) == [
        Line(children=(styled(Style.BOLD, "a"),)),
        Line(children=(styled(Style.BOLD, "b"),)),
    ]


def test_lines_without_marks_are_bare() -> None:
    document = Document((p(styled(Style.BOLD, "a"), Text(" "), Link("https://x.org/", (Text("b"),))),))
    assert to_lines(document, BARE) == ["a b (https://x.org/)"]


def test_an_excerpt_is_one_line() -> None:
    assert excerpt(Document((p(Text("a"), Break(), Text("b")), p(Text("c"))))) == "a b c"


def test_an_excerpt_leaves_out_what_was_quoted() -> None:
    assert excerpt(Document((Quote((p(Text("old")),)), p(Text("new"))))) == "new"


def test_an_excerpt_of_nothing_but_a_quote_shows_it() -> None:
    assert excerpt(Document((Quote((p(Text("old")),)),))) == "> old"


def test_an_excerpt_does_not_tell_what_a_spoiler_hides() -> None:
    assert excerpt(Document((p(Text("it was "), styled(Style.SPOILER, "Ann")),))) == "it was ███"


def test_a_long_text_ends_with_an_ellipsis() -> None:
    assert shorten("abcdef", 4) == "abc…"


def test_a_text_is_not_cut_inside_of_what_people_count_as_one_character() -> None:
    family = "👨‍👩‍👧"
    assert shorten(family * 3, 3) == family * 3
    assert shorten(family * 4, 3) == family * 2 + "…"


@given(documents, st.integers(1, 20))
def test_an_excerpt_keeps_its_limit(document: Document, limit: int) -> None:
    assert len(regex.findall(r"\X", excerpt(document, limit))) <= limit
