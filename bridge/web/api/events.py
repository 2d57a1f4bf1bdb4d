"""The live state as server-sent events, to be taken up again where the connection broke.

Spec: https://html.spec.whatwg.org/multipage/server-sent-events.html

An event's ID names the life of the bridge and the number in it. Who comes without one, or with one that is
not known any longer, is told all that is so now in a ``state`` event, and then what changes.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import orjson
from aiohttp import hdrs, web
from attrs import define, field

from bridge.core.news import News, NewsItem
from bridge.model.errors import Phrase
from bridge.model.ids import UserID
from bridge.model.tokens import ApiToken, Scope
from bridge.policy.access import Action as Right
from bridge.web.api.entry import Entry
from bridge.web.api.refusals import Refusal

_WRITE_S: Final = 60.0
"""A reader that takes nothing for so long is let go."""
HEARTBEAT_S: Final = 20.0
"""So often something is said, that proxies do not end what is quiet; the token is looked at again then."""
AT_ONCE: Final = 5
"""Streams of one person."""
_LAST: Final = "Last-Event-ID"

StateNow = Callable[[], Iterable[tuple[str, Right, Mapping[str, str]]]]
"""What is so now: kind, the right to see it, values."""
May = Callable[[UserID, Right], bool]


@define
class LiveEvents:
    """``GET /api/v1/events``. ``may`` says who may be told what."""

    news: News
    entry: Entry
    state_now: StateNow
    may: May
    heartbeat_s: float = HEARTBEAT_S
    _streams: Counter[UserID] = field(factory=Counter)
    _ending: asyncio.Event = field(factory=asyncio.Event)

    async def end(self, application: web.Application) -> None:
        """The bridge stops: let go of everybody who listens."""
        self._ending.set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        token = await self.entry.token(request, (Scope.READ,))
        if self._streams[token.owner] >= AT_ONCE:
            raise Refusal(429, Phrase.of("http.too_many", seconds=60), {hdrs.RETRY_AFTER: "60"})
        self._streams[token.owner] += 1
        try:
            return await self._stream(request, token)
        finally:
            self._streams[token.owner] -= 1
            if not self._streams[token.owner]:
                del self._streams[token.owner]

    async def _stream(self, request: web.Request, token: ApiToken) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={
                hdrs.CONTENT_TYPE: "text/event-stream",
                hdrs.CACHE_CONTROL: "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(request)
        last = self._place(request)
        loop = asyncio.get_running_loop()
        checked_at = loop.time()
        try:
            while not self._ending.is_set():
                items = None if last is None else self.news.since(last)
                if items is None:
                    last = self.news.newest
                    await _write(response, self._state(token.owner, last))
                    continue
                last = items[-1].number if items else last
                await _write(
                    response, b"".join(self._line(item) for item in items if self._sees(token, item))
                )
                if not await self._more(last):
                    await _write(response, b": \n\n")
                if loop.time() - checked_at >= self.heartbeat_s:
                    # A token that was revoked meanwhile ends the stream, however much there is to tell.
                    await self.entry.token(request, (Scope.READ,))
                    checked_at = loop.time()
        except (ConnectionError, TimeoutError, Refusal):
            return response
        return response

    def _place(self, request: web.Request) -> int | None:
        life, _, number = request.headers.get(_LAST, "").partition("-")
        known = life == self.news.life and number.isdecimal() and len(number) < 19
        return int(number) if known else None

    async def _more(self, last: int | None) -> bool:
        """Whether there is more within a heartbeat, or the end."""
        waiting = {
            asyncio.ensure_future(self.news.wait(last or 0)),
            asyncio.ensure_future(self._ending.wait()),
        }
        try:
            done, _ = await asyncio.wait(
                waiting, timeout=self.heartbeat_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        return bool(done)

    def _sees(self, token: ApiToken, item: NewsItem) -> bool:
        return self.may(token.owner, item.right)

    def _state(self, owner: UserID, number: int) -> bytes:
        """One ``state`` event with all that is so now; what follows has higher numbers."""
        now = [{"kind": kind, **values} for kind, right, values in self.state_now() if self.may(owner, right)]
        return self._event("state", number, {"state": now})

    def _line(self, item: NewsItem) -> bytes:
        return self._event(item.kind, item.number, item.values)

    def _event(self, kind: str, number: int, values: Mapping[str, object]) -> bytes:
        # JSON in one line: there is no line end in it that could begin another field.
        data = orjson.dumps(dict(values))
        return f"event: {kind}\nid: {self.news.life}-{number}\ndata: ".encode() + data + b"\n\n"


async def _write(response: web.StreamResponse, data: bytes) -> None:
    async with asyncio.timeout(_WRITE_S):
        await response.write(data)
