"""How a bridge and the keeper speak: frames of a small JSON header and a body of bytes.

A frame is two lengths (4 bytes each, big-endian), the header (an object whose ``t`` says what it is), the
body. Unknown headers and unknown keys are passed over, so that either side may learn new ones without the
other. What cannot be passed over gets another `VERSION`.

Part of the keeper process: nothing but the standard library.
"""

import asyncio
import json
import struct
from typing import Any

VERSION = 1
SOCKET_NAME = "keeper.sock"
MAX_HEADER_BYTES = 1 << 20
MAX_BODY_BYTES = 256 << 20
"""The snapshot of a session in very many large channels is the largest thing that crosses."""

_HEAD = struct.Struct(">II")

Header = dict[str, Any]


class BrokenFrame(ValueError):
    """What came is no frame."""


def encode_frame(header: Header, body: bytes = b"") -> bytes:
    written = json.dumps(header, separators=(",", ":")).encode()
    return _HEAD.pack(len(written), len(body)) + written + body


async def read_frame(reader: asyncio.StreamReader) -> tuple[Header, bytes] | None:
    """The next frame; None at the end. Raises `BrokenFrame` and ``OSError``."""
    try:
        head = await reader.readexactly(_HEAD.size)
        header_size, body_size = _HEAD.unpack(head)
        if header_size > MAX_HEADER_BYTES or body_size > MAX_BODY_BYTES:
            raise BrokenFrame("too large")
        written = await reader.readexactly(header_size)
        body = await reader.readexactly(body_size)
    except asyncio.IncompleteReadError:
        return None
    try:
        header = json.loads(written)
    except ValueError as error:
        raise BrokenFrame("no JSON") from error
    if not isinstance(header, dict):
        raise BrokenFrame("no object")
    return header, body
