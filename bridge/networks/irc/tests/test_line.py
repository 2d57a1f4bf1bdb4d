"""Reading and writing single lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.networks.irc.protocol.line import (
    InvalidLine,
    Line,
    LineTooLong,
    Source,
    encode_line,
    parse_line,
)

NO_LINE_END = st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"])
TEXTS = st.text(NO_LINE_END, max_size=60)
MIDDLES = st.text(
    st.characters(exclude_characters="\r\n\0 ", exclude_categories=["Cs"]), min_size=1, max_size=20
)
WORDS = MIDDLES.filter(lambda text: not text.startswith(":"))
COMMANDS = st.from_regex(r"[A-Z]{1,10}|[0-9]{3}", fullmatch=True)
KEYS = st.from_regex(r"\+?([a-z0-9.-]+/)?[A-Za-z0-9-]+", fullmatch=True)
NAMES = st.text("abcXYZ[]\\^{}|~0-9", min_size=1, max_size=9)
SOURCES = st.none() | st.builds(Source, NAMES, st.none() | NAMES, st.none() | NAMES)


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"PING", Line("PING")),
        (b"ping :a b", Line("PING", ("a b",))),
        (b":irc.test 001 tl :Welcome  to all", Line("001", ("tl", "Welcome  to all"), Source("irc.test"))),
        (b":n!u@h PRIVMSG #a :", Line("PRIVMSG", ("#a", ""), Source("n", "u", "h"))),
        (b":n@h JOIN #a", Line("JOIN", ("#a",), Source("n", None, "h"))),
        (b":n  MODE   #a  +o  x ", Line("MODE", ("#a", "+o", "x"), Source("n"))),
        (b":n PRIVMSG #a ::)", Line("PRIVMSG", ("#a", ":)"), Source("n"))),
        (b":n PRIVMSG #a:b c :d :e", Line("PRIVMSG", ("#a:b", "c", "d :e"), Source("n"))),
        (b"@a=1;b;+v.x/c=x\\sy\\:\\\\ :n TAGMSG #a", Line("TAGMSG", ("#a",), Source("n"))),
        (b"PRIVMSG #a :\xe4\xbd\xa0\xe5\xa5", Line("PRIVMSG", ("#a", "你"))),
        (b"PRIVMSG #a :caf\xe9", Line("PRIVMSG", ("#a", "café"))),
        (b"PRIVMSG #a :\x81\xe9 \xa4", Line("PRIVMSG", ("#a", "\x81é ¤"))),
        (b"PRIVMSG #a :x\0y", Line("PRIVMSG", ("#a", "xy"))),
    ],
)
def test_what_servers_send_is_read(raw: bytes, line: Line) -> None:
    read = parse_line(raw)
    assert (read.command, read.params, read.source) == (line.command, line.params, line.source)


def test_tags_are_unescaped() -> None:
    line = parse_line(rb"@a=1;b;c=;+v.x/d=x\sy\:\\\r\n\q;a=2;e=z\ :n TAGMSG #a")
    assert line.tags == {"a": "2", "b": "", "c": "", "+v.x/d": "x y;\\\r\nq", "e": "z"}


@pytest.mark.parametrize(
    "raw", [b"", b"   ", b":source", b"@tag", b"@tag :source ", b":a !!!", b"12 x", b"\xff\xfe"]
)
def test_bytes_without_a_command_are_no_line(raw: bytes) -> None:
    with pytest.raises(InvalidLine):
        parse_line(raw)


@pytest.mark.parametrize("bad", ["\r", "\n", "\0", "a\r\nQUIT", "a\nQUIT", "a\0b"])
@pytest.mark.parametrize(
    "make",
    [
        lambda bad: Line("PRIVMSG", ("#a", bad)),
        lambda bad: Line("PRIVMSG", (bad, "x")),
        lambda bad: Line(bad, ("x",)),
        lambda bad: Line("PRIVMSG" + bad),
        lambda bad: Line("TAGMSG", ("#a",), tags={"k": bad}),
        lambda bad: Line("TAGMSG", ("#a",), tags={bad: "v"}),
        lambda bad: Line("PRIVMSG", ("#a",), Source(bad)),
        lambda bad: Line("PRIVMSG", ("#a",), Source("n", bad, "h")),
        lambda bad: Line("PRIVMSG", ("#a",), Source("n", "u", bad)),
    ],
)
def test_a_line_end_in_any_field_is_refused(make: "object", bad: str) -> None:
    with pytest.raises(InvalidLine):
        encode_line(make(bad))  # type: ignore[operator]


@pytest.mark.parametrize(
    "line",
    [
        Line("JOIN", ("#a b", "x")),
        Line("JOIN", (":a", "x")),
        Line("JOIN", ("", "x")),
        Line(""),
        Line("12"),
        Line("PRIV MSG"),
        Line("A", ("x",) * 16),
        Line("A", tags={"bad key": ""}),
        Line("A", tags={"": ""}),
        Line("A", ("\ud800",)),
        Line("A", source=Source("a b")),
        Line("A", source=Source("")),
    ],
)
def test_what_would_be_read_otherwise_is_not_written(line: Line) -> None:
    with pytest.raises(InvalidLine):
        encode_line(line)


def test_a_line_may_have_512_bytes_and_no_more() -> None:
    room = 512 - len("PRIVMSG #a \r\n")
    assert len(encode_line(Line("PRIVMSG", ("#a", "x" * room)))) == 512
    with pytest.raises(LineTooLong):
        encode_line(Line("PRIVMSG", ("#a", "x" * (room + 1))))


def test_tags_have_a_bound_of_their_own() -> None:
    with pytest.raises(LineTooLong):
        encode_line(Line("TAGMSG", ("#a",), tags={"+k": "x" * 4096}))


@given(
    st.builds(
        lambda command, middles, last, source, tags: Line(command, (*middles, *last), source, tags),
        COMMANDS,
        st.lists(WORDS, max_size=6),
        st.lists(TEXTS, max_size=1),
        SOURCES,
        st.dictionaries(KEYS, TEXTS, max_size=4),
    )
)
def test_what_is_written_reads_the_same(line: Line) -> None:
    written = encode_line(line, max_body_bytes=None, max_tags_bytes=1_000_000)
    assert written.endswith(b"\r\n")
    assert parse_line(written[:-2]) == line


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        line = parse_line(data)
    except InvalidLine:
        return
    assert line.command
