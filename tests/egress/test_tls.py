"""Whose certificates the client believes, with an authority and servers made on the spot."""

import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.egress import EgressClient, EgressConfig, EgressFailed, EgressRefused, Refusal
from bridge.testing.certificates import Authority, ServerFiles

_DAY = timedelta(days=1)
_HOST = "files.example"


async def _loopback(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


async def _hello(request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def _redirect(request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": request.query["to"]})


@asynccontextmanager
async def _serving(files: ServerFiles) -> AsyncIterator[TestServer]:
    app = web.Application()
    app.router.add_get("/hello", _hello)
    app.router.add_get("/redirect", _redirect)
    server = TestServer(app, host="127.0.0.1", scheme="https")
    await server.start_server(ssl=files.context())
    try:
        yield server
    finally:
        await server.close()


async def _fetch(files: ServerFiles, path: str = "/hello", *, trusted: Path | None) -> bytes:
    """What the server with this certificate says to a client that believes ``trusted``."""
    tls = None if trusted is None else ssl.create_default_context(cafile=trusted)
    async with _serving(files) as server:
        config = EgressConfig(allow=(f"127.0.0.1:{server.port}",))
        async with (
            EgressClient(config, lookup=_loopback, tls=tls) as client,
            client.get(f"https://{_HOST}:{server.port}{path}") as response,
        ):
            return await response.read()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def test_a_server_whose_authority_is_believed_is_read(authority: Authority) -> None:
    assert await _fetch(authority.sign(_HOST), trusted=authority.file) == b"hello"


def _of_another_host(authority: Authority) -> ServerFiles:
    return authority.sign("other.example")


def _of_the_address_alone(authority: Authority) -> ServerFiles:
    return authority.sign("127.0.0.1")


def _expired(authority: Authority) -> ServerFiles:
    return authority.sign(_HOST, ages=(2 * _DAY, -_DAY))


def _not_yet_good(authority: Authority) -> ServerFiles:
    return authority.sign(_HOST, ages=(-_DAY, 2 * _DAY))


def _its_own_authority(authority: Authority) -> ServerFiles:
    return authority.self_signed(_HOST)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_of_another_host, "Hostname mismatch"),
        (_of_the_address_alone, "Hostname mismatch"),
        (_expired, "certificate has expired"),
        (_not_yet_good, "certificate is not yet valid"),
        (_its_own_authority, "self-signed certificate"),
    ],
)
async def test_a_certificate_that_proves_nothing_ends_the_request(
    authority: Authority, make: Callable[[Authority], ServerFiles], why: str
) -> None:
    with pytest.raises(EgressFailed) as failed:
        await _fetch(make(authority), trusted=authority.file)
    assert why in failed.value.detail


async def test_an_authority_that_the_system_does_not_know_is_not_believed(authority: Authority) -> None:
    with pytest.raises(EgressFailed) as failed:
        await _fetch(authority.sign(_HOST), trusted=None)
    assert "certificate verify failed" in failed.value.detail


async def test_an_encrypted_start_is_never_led_to_clear_text(authority: Authority) -> None:
    with pytest.raises(EgressRefused) as refused:
        await _fetch(authority.sign(_HOST), f"/redirect?to=http://{_HOST}:80/hello", trusted=authority.file)
    assert refused.value.refusal is Refusal.DOWNGRADE
