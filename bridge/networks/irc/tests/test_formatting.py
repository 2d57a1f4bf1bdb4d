"""Formatting codes to and from the text tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.markup import (
    CodeBlock,
    Coloured,
    Document,
    Inline,
    Link,
    Paragraph,
    Quote,
    Style,
    Styled,
    Text,
)
from bridge.networks.irc.protocol.formatting import read_codes, write_codes, write_lines
from bridge.networks.irc.protocol.formatting_codes import strip_codes
from bridge.networks.irc.tests.test_split import CODED
from bridge.text.plain import inline_text


def paragraph(*nodes: Inline) -> Document:
    return Document((Paragraph(nodes),))


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("plain", (Text("plain"),)),
        ("\x02b\x02 p", (Styled(Style.BOLD, (Text("b"),)), Text(" p"))),
        ("\x1di\x0f p", (Styled(Style.ITALIC, (Text("i"),)), Text(" p"))),
        ("\x1fu", (Styled(Style.UNDERLINE, (Text("u"),)),)),
        ("\x1es", (Styled(Style.STRIKE, (Text("s"),)),)),
        ("\x11m", (Styled(Style.CODE, (Text("m"),)),)),
        ("\x034,12r\x03 p", (Coloured("#ff0000", "#0000fc", (Text("r"),)), Text(" p"))),
        ("\x0304r\x0399p", (Coloured("#ff0000", None, (Text("r"),)), Text("p"))),
        ("\x04FF00aah\x04p", (Coloured("#ff00aa", None, (Text("h"),)), Text("p"))),
        ("\x034,12\x16r", (Coloured("#0000fc", "#ff0000", (Text("r"),)),)),
        ("\x16r", (Text("r"),)),
        ("a\x01\x05\x7fb", (Text("ab"),)),
    ],
)
def test_codes_are_read(text: str, nodes: tuple[Inline, ...]) -> None:
    assert read_codes(text) == paragraph(*nodes)


def test_styles_are_written_with_codes() -> None:
    nodes = (Text("a "), Styled(Style.BOLD, (Text("b "), Styled(Style.ITALIC, (Text("c"),)))), Text(" d"))
    assert write_codes(nodes) == "a \x02b \x1dc\x02\x1d d"


def test_digits_behind_a_colour_are_not_read_as_part_of_it() -> None:
    written = write_codes((Coloured("#ff0000", None, (Text(",5 apples"),)), Text("7")))
    assert strip_codes(written) == ",5 apples7"


def test_a_spoiler_is_black_on_black() -> None:
    assert write_codes((Styled(Style.SPOILER, (Text("secret"),)),)).startswith("\x0301,01")


def test_a_link_shows_its_address() -> None:
    link = Link("https://a.test/x", (Text("here"),))
    assert write_codes((link,)) == "here (https://a.test/x)"


def test_blocks_become_lines_with_their_marks() -> None:
    document = Document((Quote((Paragraph((Text("q"),)),)), CodeBlock("x = 1\n\ny = 2", "python")))
    assert write_lines(document) == ["> q", "\x11x = 1\x11", "\x11y = 2\x11"]


def test_codes_in_the_text_of_others_do_not_get_through() -> None:
    assert write_codes((Text("a\x02b\r\nQUIT\0\x0304c"),)) == "ab QUIT04c"


@given(CODED)
def test_no_text_breaks_the_reader_and_what_is_seen_stays(text: str) -> None:
    document = read_codes(text)
    shown = [inline_text(block.children) for block in document.blocks if isinstance(block, Paragraph)]
    written = write_lines(document)
    assert "".join("".join(shown).split()) == "".join("".join(map(strip_codes, written)).split())


@given(st.lists(st.sampled_from([*Style]), max_size=4), st.text("ab1,5 ", min_size=1).filter(str.strip))
def test_what_is_written_is_read_the_same(styles: list[Style], text: str) -> None:
    node: Inline = Text(text)
    for style in styles:
        node = Styled(style, (node,))
    written = write_codes((node,))
    read = read_codes(written)
    assert write_codes(read.blocks[0].children if isinstance(read.blocks[0], Paragraph) else ()) == written
