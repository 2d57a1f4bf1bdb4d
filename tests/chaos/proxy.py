"""A bad road between the bridge and its homeserver: an HTTP proxy that refuses, fails, or loses answers."""

from enum import Enum
from random import Random
from typing import Final, Self

import aiohttp
from aiohttp import web
from yarl import URL

from bridge.testing.servers.ports import LOOPBACK, free_port

_MAX_BYTES: Final = 1 << 27
_PASSED_ON: Final = ("authorization", "content-type")
_BROKEN: Final = (500, 502, 503, 504)
_RETRY_MS: Final = 400


class Weather(Enum):
    FINE = "fine"
    TOO_MANY = "429"
    FAILING = "5xx"
    LOSING = "lost answers"
    """What was asked is done, and the answer never comes."""
    CUT = "cut"


class Proxy:
    """Answers on ``url`` with what the server behind it answers, as far as the weather lets it.

    In bad weather three of four requests are hit, and all of them when the road is cut.
    """

    def __init__(self, server_port: int, dice: Random) -> None:
        self.weather = Weather.FINE
        self.port = free_port()
        self._server = f"http://{LOOPBACK}:{server_port}"
        self._dice = dice
        application = web.Application(client_max_size=_MAX_BYTES)
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1, access_log=None)
        self._session: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, self.port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._session is not None
        await self._session.close()
        await self._runner.cleanup()

    def hang_up(self) -> None:
        """End all connections, as they end without a proxy when the server's process ends."""
        assert self._runner.server is not None
        for connection in list(self._runner.server.connections):
            if connection.transport is not None:
                connection.transport.abort()

    def turn(self, weather: Weather) -> None:
        self.weather = weather
        if weather is Weather.CUT:
            self.hang_up()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        weather = self.weather
        if weather is not Weather.CUT and self._dice.random() < 0.25:
            weather = Weather.FINE
        if weather is Weather.TOO_MANY:
            refusal = {"errcode": "M_LIMIT_EXCEEDED", "error": "too many", "retry_after_ms": _RETRY_MS}
            return web.json_response(refusal, status=429)
        if weather is Weather.FAILING:
            return web.Response(status=self._dice.choice(_BROKEN), text="<html>it is broken</html>")
        if weather is Weather.CUT:
            return _no_answer(request)
        try:
            answer = await self._pass_on(request, body)
        except (TimeoutError, aiohttp.ClientError, OSError):
            return _no_answer(request)
        return _no_answer(request) if weather is Weather.LOSING else answer

    async def _pass_on(self, request: web.Request, body: bytes) -> web.Response:
        assert self._session is not None
        headers = {name: value for name, value in request.headers.items() if name.lower() in _PASSED_ON}
        url = URL(self._server + request.raw_path, encoded=True)
        async with self._session.request(
            request.method, url, data=body, headers=headers, allow_redirects=False
        ) as answer:
            kept = {
                name: answer.headers[name]
                for name in ("Content-Type", "Content-Encoding")
                if name in answer.headers
            }
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)


def _no_answer(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=502)
