"""A homeserver on loopback that answers from a script and writes down what it was asked."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote

import aiohttp
import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import define, field, frozen

from bridge.config.secret import Secret
from bridge.matrix.client import MatrixClient
from bridge.matrix.retry import Policy


@define
class PatientClock:
    """Time passes at once; ``waits`` tells how much."""

    now_s: float = 0.0
    waits: list[float] = field(factory=list)

    def monotonic(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now_s += seconds
        await asyncio.sleep(0)


@frozen
class Asked:
    """``path`` is unquoted and begins behind ``/_matrix/client``."""

    method: str
    path: str
    query: dict[str, str]
    content: Any
    token: str
    headers: Mapping[str, str]


@define
class ScriptedHomeserver:
    """Answers each request with the first rule that fits it, else with ``{}``.

    ``meanwhile`` is called while a request waits for its answer.
    """

    client: MatrixClient
    clock: PatientClock
    asked: list[Asked] = field(factory=list)
    meanwhile: Callable[[], None] = lambda: None
    rules: deque[tuple[str, str, int, Any, dict[str, str], bool]] = field(factory=deque)

    def answer(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        always: bool = False,
    ) -> None:
        """Answer requests whose path holds ``path``: the next one, or ``always``.

        Status 0 hangs up, -1 waits for ever.
        """
        self.rules.append((method, path, status, {} if body is None else body, headers or {}, always))

    def refuse(self, method: str, path: str, code: str, status: int = 403, *, always: bool = False) -> None:
        self.answer(method, path, {"errcode": code, "error": "no"}, status=status, always=always)

    def lines(self) -> list[str]:
        """What was asked, as ``METHOD path``."""
        return [f"{one.method} {one.path}" for one in self.asked]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        path = unquote(request.rel_url.raw_path).removeprefix("/_matrix/client")
        content = orjson.loads(body) if body.startswith((b"{", b"[")) else body
        token = request.headers.get("Authorization", "")
        self.asked.append(Asked(request.method, path, dict(request.query), content, token, request.headers))
        self.meanwhile()
        for rule in self.rules:
            method, part, status, answer, headers, always = rule
            if method == request.method and part in path:
                if not always:
                    self.rules.remove(rule)
                return await self._respond(request, status, answer, headers)
        return web.json_response({})

    @staticmethod
    async def _respond(
        request: web.Request, status: int, answer: Any, headers: dict[str, str]
    ) -> web.StreamResponse:
        if status == 0:
            assert request.transport is not None
            request.transport.abort()
        if status < 0:
            await asyncio.Event().wait()
        if isinstance(answer, bytes):
            return web.Response(status=status or 500, body=answer, headers=headers)
        return web.json_response(answer, status=status or 500, headers=headers)


@asynccontextmanager
async def scripted_homeserver(
    *, policy: Policy | None = None, timeout_s: float = 10.0
) -> AsyncIterator[ScriptedHomeserver]:
    homeserver: ScriptedHomeserver

    async def handle(request: web.Request) -> web.StreamResponse:
        return await homeserver.handle(request)

    application = web.Application(client_max_size=2**26)
    application.router.add_route("*", "/{tail:.*}", handle)
    clock = PatientClock()
    async with (
        aiohttp.ClientSession() as session,
        TestServer(application, host="127.0.0.1") as server,
    ):
        client = MatrixClient(
            session,
            str(server.make_url("/")),
            Secret("as-token"),
            clock=clock,
            policy=policy,
            timeout_s=timeout_s,
            jitter=lambda: 0.0,
        )
        homeserver = ScriptedHomeserver(client, clock)
        yield homeserver
