"""Cutting the incoming bytes into lines."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.networks.irc.protocol.stream import LineBuffer


def test_lines_arrive_in_any_pieces() -> None:
    buffer = LineBuffer()
    assert buffer.feed(b"PI") == []
    assert buffer.feed(b"NG a\r") == [b"PING a"]
    assert buffer.feed(b"\nPING b\n\n\r\nPING c\r\nPIN") == [b"PING b", b"PING c"]


def test_an_endless_line_keeps_its_beginning_and_costs_no_more() -> None:
    buffer = LineBuffer(max_line_bytes=10)
    assert [buffer.feed(b"x" * 7) for _ in range(1000)] == [[]] * 1000
    assert buffer.feed(b"y\r\nPING\r\n" + b"z" * 30 + b"\r\n") == [b"x" * 10, b"PING", b"z" * 10]
    assert buffer.cut == 2


@given(st.lists(st.binary(min_size=1, max_size=20).filter(lambda b: not {10, 13} & {*b})), st.integers(1, 7))
def test_the_cut_of_the_stream_does_not_matter(lines: list[bytes], size: int) -> None:
    buffer, stream = LineBuffer(), b"".join(line + b"\r\n" for line in lines)
    chunks = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert [line for chunk in chunks for line in buffer.feed(chunk)] == lines
