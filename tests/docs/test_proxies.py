"""The reverse proxies of the page on media links, run as they stand there before the public listener."""

import re
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import frozen
from yarl import URL

from bridge.model.ids import MxcURI
from bridge.testing.certificates import Authority
from bridge.testing.clock import HandClock
from bridge.testing.servers.ports import LOOPBACK, accepts_connections
from bridge.testing.servers.process import ServerProcess
from bridge.testing.servers.programs import find_program
from bridge.web.api.entry import client_address
from bridge.web.application import public_application
from bridge.web.health import Health
from bridge.web.media import MediaDoor
from bridge.web.media_links import MediaLinks
from bridge.web.ports import ReadyCheck
from tests.docs.texts import ROOT

pytestmark = pytest.mark.integration

HOST = "bridge.example.org"
_HOW_TO = ROOT / "docs" / "how-to"
CONTENT = b"what is in the file"


def _block(heading: str) -> str:
    """The fenced text below a heading of the page on media links."""
    page = (_HOW_TO / "media-links.md").read_text("utf-8")
    found = re.search(rf"^## {heading}\n```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def _of_the_api() -> tuple[str, str]:
    """What the page on the API adds, for nginx and for HAProxy."""
    page = (_HOW_TO / "api.md").read_text("utf-8")
    for_nginx, for_haproxy = re.findall(r"^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return for_nginx, for_haproxy


def _changed(text: str, *changes: tuple[str, str]) -> str:
    """The text with what a test must have otherwise; each old word has to be there."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


class Proxy(ServerProcess):
    """Passes on to the port ``behind``; its certificate is signed by ``authority``."""

    def __init__(self, behind: int) -> None:
        super().__init__()
        self.behind = behind
        self.authority = Authority(self.folder)
        self.files = self.authority.sign(HOST)

    def is_ready(self) -> bool:
        return accepts_connections(self.port)


class Nginx(Proxy):
    title: ClassVar[str] = "nginx"

    def command(self) -> Sequence[str | Path]:
        config = self.folder / "nginx.conf"
        return [find_program("nginx", package="nginx-light"), "-p", self.folder, "-c", config]

    def prepare(self) -> None:
        server = _changed(
            _block("nginx"),
            ("listen 443 ssl", f"listen {LOOPBACK}:{self.port} ssl"),
            ("/etc/letsencrypt/live/bridge.example.org/fullchain.pem", str(self.files.certificate)),
            ("/etc/letsencrypt/live/bridge.example.org/privkey.pem", str(self.files.key)),
            ("    location /media/v1/ {", f"{_of_the_api()[0]}\n    location /media/v1/ {{"),
            ("127.0.0.1:29331", f"{LOOPBACK}:{self.behind}"),
        )
        places = "".join(
            f"{name}_temp_path {self.folder}/{name};\n"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (self.folder / "nginx.conf").write_text(
            f"daemon off;\nworker_processes 1;\npid {self.folder}/pid;\nerror_log stderr;\nevents {{}}\n"
            f"http {{\naccess_log off;\n{places}{server}}}\n"
        )


class HAProxy(Proxy):
    title: ClassVar[str] = "HAProxy"

    def command(self) -> Sequence[str | Path]:
        return [find_program("haproxy", package="haproxy"), "-db", "-f", self.folder / "haproxy.cfg"]

    def prepare(self) -> None:
        certificates = self.folder / "certs"
        certificates.mkdir()
        pair = self.files.certificate.read_text() + self.files.key.read_text()
        (certificates / f"{HOST}.pem").write_text(pair)
        text = _changed(
            _block("HAProxy"),
            ("bind :443", f"bind {LOOPBACK}:{self.port}"),
            ("/etc/haproxy/certs/", str(certificates)),
            ("    acl media", f"{_of_the_api()[1]}    acl media"),
            ("127.0.0.1:29331", f"{LOOPBACK}:{self.behind}"),
        )
        # Debian's own file has such defaults already.
        times = "defaults\n    timeout connect 5s\n    timeout client 50s\n    timeout server 50s\n\n"
        (self.folder / "haproxy.cfg").write_text(times + text)


@frozen
class _Stream:
    chunks: AsyncIterator[bytes]
    mime_type: str = "text/plain"
    size_bytes: int | None = len(CONTENT)


class _EveryFile:
    """Has the same in every file. Implements ``MediaSource``."""

    @asynccontextmanager
    async def download(self, mxc: MxcURI, *, limit_bytes: int) -> AsyncIterator[_Stream]:
        async def chunks() -> AsyncIterator[bytes]:
            yield CONTENT

        yield _Stream(chunks())


async def _ready() -> Sequence[ReadyCheck]:
    return []


class _Addresses:
    """Tells whose request it is, as the API takes it."""

    def add_to(self, application: web.Application) -> None:
        application.router.add_get("/api/v1/me", self._tell)

    async def _tell(self, request: web.Request) -> web.Response:
        return web.Response(text=client_address(request, behind_proxy=True))


@asynccontextmanager
async def _listener() -> AsyncIterator[tuple[MediaLinks, int]]:
    """The public listener with its own door and health, and the links that it knows."""
    links = MediaLinks(f"https://{HOST}", b"k" * 32, lifetime_s=60.0, clock=HandClock())
    door = MediaDoor(links=links, source=_EveryFile(), limit_bytes=len(CONTENT), at_once=4)
    server = TestServer(public_application(door, Health(checks=_ready), _Addresses()), host=LOOPBACK)
    await server.start_server()
    assert server.port is not None
    try:
        yield links, server.port
    finally:
        await server.close()


async def _ask(proxy: Proxy, address: str, **headers: str) -> tuple[int, bytes]:
    """Status and body of what the world gets at an address, its host looked up on loopback."""
    tls = ssl.create_default_context(cafile=proxy.authority.file)
    path = address.removeprefix(f"https://{HOST}")
    there = URL(f"https://{LOOPBACK}:{proxy.port}{path}", encoded=True)
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls)) as session,
        session.get(there, headers={"Host": HOST, **headers}, server_hostname=HOST) as answer,
    ):
        return answer.status, await answer.read()


@pytest.mark.parametrize("kind", [Nginx, HAProxy])
async def test_a_proxy_set_up_as_on_the_page_passes_links_on_whole(kind: type[Proxy]) -> None:
    """The signature covers every letter of a link: one that a proxy writes otherwise is refused."""
    names = ("photo.jpg", "two words.txt", "Übersicht – Jänner.pdf", "照片 (1).png", "100%25.txt")
    async with _listener() as (links, behind), kind(behind) as proxy:
        made = [links.link(MxcURI("mxc://example.org:8448/a~b=c"), name, None) for name in names]
        answers = [await _ask(proxy, link) for link in made if link is not None]
    assert answers == [(200, CONTENT)] * len(names)


@pytest.mark.parametrize("kind", [Nginx, HAProxy])
@pytest.mark.parametrize(
    "path", ["/ready", "/live", "/media/v1/../../ready", "/media/v1/%2e%2e/%2e%2e/ready"]
)
async def test_a_proxy_set_up_as_on_the_page_shows_nothing_else(kind: type[Proxy], path: str) -> None:
    async with _listener() as (_, behind), kind(behind) as proxy:
        status, body = await _ask(proxy, f"https://{HOST}{path}")
    assert status in {400, 403, 404, 503}
    assert b"ready" not in body
    assert b"live" not in body


@pytest.mark.parametrize("kind", [Nginx, HAProxy])
async def test_behind_a_proxy_set_up_as_on_the_page_nobody_makes_up_an_address(kind: type[Proxy]) -> None:
    """HAProxy writes a header of its own behind the client's, which was the one that was read."""
    made_up = {"X-Forwarded-For": "192.0.2.1, 192.0.2.2"}
    async with _listener() as (_, behind), kind(behind) as proxy:
        answer = await _ask(proxy, f"https://{HOST}/api/v1/me", **made_up)
    assert answer == (200, LOOPBACK.encode())
