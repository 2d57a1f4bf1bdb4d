"""A counter between the bridge and its homeserver: passes requests on, and remembers which there were."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Self

import aiohttp
from aiohttp import web
from attrs import frozen
from yarl import URL

from bridge.testing.servers.ports import LOOPBACK, free_port

_MAX_BYTES = 1 << 27
_PASSED_ON = ("authorization", "content-type")


@frozen
class Request:
    """What the bridge asked; ``path`` without the query."""

    method: str
    path: str

    @property
    def deed(self) -> str:
        """The method and the word behind the room: ``PUT send``, ``POST receipt``."""
        words = self.path.split("/")
        return f"{self.method} {words[6] if len(words) > 6 and words[4] == 'rooms' else self.path}"


class Counter:
    """Answers on ``url`` with what the homeserver answers."""

    def __init__(self, homeserver_url: str) -> None:
        self.requests: list[Request] = []
        self._held: dict[str, asyncio.Event] = {}
        self._port = free_port()
        self._homeserver_url = homeserver_url
        application = web.Application(client_max_size=_MAX_BYTES)
        application.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(application, shutdown_timeout=1)
        self._session: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, self._port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._session is not None
        await self._session.close()
        await self._runner.cleanup()

    def deeds(self, room_id: str) -> list[str]:
        """What was asked about a room so far, in order."""
        return [request.deed for request in self.requests if room_id in request.path]

    @contextlib.contextmanager
    def holding(self, deed: str) -> Iterator[None]:
        """Let requests of a kind wait for the end of the block; they count when they come."""
        self._held[deed] = asyncio.Event()
        try:
            yield
        finally:
            self._held.pop(deed).set()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        assert self._session is not None
        asked = Request(request.method, URL(request.raw_path).path)
        self.requests.append(asked)
        if (held := self._held.get(asked.deed)) is not None:
            await held.wait()
        headers = {name: value for name, value in request.headers.items() if name.lower() in _PASSED_ON}
        url = URL(self._homeserver_url + request.raw_path, encoded=True)
        async with self._session.request(
            request.method, url, data=await request.read(), headers=headers, allow_redirects=False
        ) as answer:
            content_type = answer.headers.get("Content-Type", "application/octet-stream")
            return web.Response(
                status=answer.status, body=await answer.read(), headers={"Content-Type": content_type}
            )
