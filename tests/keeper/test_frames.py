"""Frames between a bridge and its keeper."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.keeper.frames import BrokenFrame, encode_frame, read_frame


async def read_all(data: bytes) -> list[tuple[dict[str, object], bytes]]:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    frames = []
    while (frame := await read_frame(reader)) is not None:
        frames.append(frame)
    return frames


@given(st.lists(st.tuples(st.dictionaries(st.text(), st.integers() | st.text()), st.binary())))
def test_what_is_written_can_be_read_back(frames: list[tuple[dict[str, object], bytes]]) -> None:
    data = b"".join(encode_frame(header, body) for header, body in frames)
    assert asyncio.run(read_all(data)) == frames


async def test_half_a_frame_is_the_end() -> None:
    assert await read_all(encode_frame({"t": "data"}, b"body")[:-1]) == []


@pytest.mark.parametrize(
    "data",
    [b"\xff" * 8, b"\0\0\0\2\0\0\0\0[]", b"\0\0\0\1\0\0\0\0{", b"\0\0\0\1\0\0\0\0\xff"],
    ids=["too large", "no object", "no JSON", "no text"],
)
async def test_what_is_no_frame_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenFrame):
        await read_all(data)
