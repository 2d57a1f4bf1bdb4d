"""A proxy between the bridge and its homeserver that spoils some of the answers."""

import asyncio
from collections.abc import Callable, Iterator
from enum import Enum

from aiohttp import web

from tests.e2e.counting import Counter

_PATIENCE_S = 60.0


class Spoilt(Enum):
    """What becomes of a request."""

    NOT_AT_ALL = "not at all"
    BEFORE = "502 before the homeserver hears of it"
    AFTER = "502 after the homeserver has done it"
    RESET = "the connection is cut after the homeserver has done it"
    SILENCE = "no answer after the homeserver has done it"


class Storm(Counter):
    """Spoils requests of one kind (see ``Request.deed``), one after another by a plan; then it is over."""

    def __init__(self, homeserver_url: str) -> None:
        super().__init__(homeserver_url)
        self.spoilt: list[Spoilt] = []
        self._deed = ""
        self._plan: Iterator[Spoilt] = iter(())
        self._end = asyncio.Event()
        self._news = asyncio.Event()

    async def until(self, happened: Callable[[], bool]) -> None:
        """Look again after each request."""
        async with asyncio.timeout(_PATIENCE_S):
            while not happened():
                self._news.clear()
                await self._news.wait()

    def begin(self, deed: str, plan: list[Spoilt]) -> None:
        self._deed, self._plan = deed, iter(plan)

    async def __aexit__(self, *problem: object) -> None:
        self._end.set()
        await super().__aexit__(*problem)

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        spoilt = self._next(request)
        if spoilt is Spoilt.BEFORE:
            return web.Response(status=502)
        answer = await super()._pass_on(request)
        self._news.set()
        if spoilt is Spoilt.AFTER:
            return web.Response(status=502)
        if spoilt is Spoilt.RESET:
            assert request.transport is not None
            request.transport.abort()
        if spoilt is Spoilt.SILENCE:
            await self._end.wait()
        return answer

    def _next(self, request: web.Request) -> Spoilt:
        words = request.path.split("/")
        deed = f"{request.method} {words[6] if len(words) > 6 and words[4] == 'rooms' else request.path}"
        if deed != self._deed:
            return Spoilt.NOT_AT_ALL
        spoilt = next(self._plan, Spoilt.NOT_AT_ALL)
        self.spoilt.append(spoilt)
        return spoilt
