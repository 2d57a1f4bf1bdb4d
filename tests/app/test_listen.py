"""What the listeners do with whoever comes by."""

import asyncio
import logging

import pytest
from aiohttp import web

from bridge.app.listen import Listeners


async def _broken(request: web.Request) -> web.Response:
    raise RuntimeError("a fault of ours")


async def _asked(listeners: Listeners, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", listeners.ports["public"])
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return answer


@pytest.fixture
def application() -> web.Application:
    made = web.Application()
    made.router.add_get("/broken", _broken)
    return made


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nBad Header\x00: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer s3cret\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_refused_and_leaves_nothing_in_the_log(
    application: web.Application, caplog: pytest.LogCaptureFixture, request_: bytes
) -> None:
    """Each such request wrote a traceback at the level that calls an admin, with the stranger's own words."""
    listeners = Listeners()
    await listeners.add("public", application, "127.0.0.1", 0)
    with caplog.at_level(logging.INFO):
        answer = await _asked(listeners, request_)
    await listeners.stop()
    assert answer.startswith(b"HTTP/1.0 400")
    assert caplog.records == []


async def test_a_fault_of_ours_stands_in_the_log_with_its_traceback(
    application: web.Application, caplog: pytest.LogCaptureFixture
) -> None:
    listeners = Listeners()
    await listeners.add("public", application, "127.0.0.1", 0)
    answer = await _asked(listeners, b"GET /broken HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    await listeners.stop()
    assert answer.startswith(b"HTTP/1.1 500")
    assert ["a fault of ours" in (record.exc_text or "") for record in caplog.records] == [True]
