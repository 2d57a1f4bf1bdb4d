"""Passes files of the homeserver on to those who have a link; never whole in memory.

What a stranger uploaded comes under our own address here, so a browser is given every reason not to run it:
no guessing of types, a sandbox with nothing allowed, and all but plain pictures only as a file to keep.
"""

import asyncio
from contextlib import AsyncExitStack
from typing import Final

from aiohttp import hdrs, web
from attrs import define, field

from bridge.model.errors import (
    HomeserverRefused,
    HomeserverUnavailable,
    InvalidInput,
    Phrase,
    Rejected,
)
from bridge.telemetry import get_log
from bridge.text.catalogue import sentence
from bridge.web.filenames import KEPT_TYPES, disposition
from bridge.web.media_links import PREFIX, ExpiredLink, MediaLinks, OpenLink, UnknownLink
from bridge.web.ports import MediaSource, MediaStream

STALL_S: Final = 30.0
"""How long either side may keep the other one waiting."""
WHOLE_S: Final = 1800.0
"""How long one file may take; else a slow reader could hold its place for ever."""
_RETRY_S: Final = 60
_CACHE_S: Final = 86_400
_UNTOLD_TYPE: Final = "application/octet-stream"

_log = get_log(__name__)


@define
class _Fault:
    """What is answered in place of a file."""

    status: int
    phrase: Phrase
    retry: bool = False


_BUSY: Final = _Fault(503, Phrase.of("web.media.busy"), retry=True)
_EXPIRED: Final = _Fault(410, Phrase.of("web.media.expired"))
_GONE: Final = _Fault(404, Phrase.of("web.media.gone"))
_REFUSED: Final = _Fault(502, Phrase.of("web.media.unavailable"))
_TOO_LARGE: Final = _Fault(403, Phrase.of("web.media.too_large"))
_UNAVAILABLE: Final = _Fault(503, Phrase.of("web.media.unavailable"), retry=True)
_UNKNOWN: Final = _Fault(404, Phrase.of("web.media.unknown"))


@define(kw_only=True)
class MediaDoor:
    """Answers the links that ``links`` made.

    Attributes:
        limit_bytes: the largest file that is passed on.
        at_once: how many files may be on their way at the same time; more are asked to come later.
    """

    links: MediaLinks
    source: MediaSource
    limit_bytes: int
    at_once: int
    stall_s: float = STALL_S
    whole_s: float = WHOLE_S
    _at_work: int = field(default=0, init=False)

    def add_to(self, application: web.Application) -> None:
        path = PREFIX + "/{server}/{media_id}/{ticket}/{filename}"
        application.router.add_get(path, self._answer, allow_head=True)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        parts = request.match_info
        try:
            link = self.links.check(parts["server"], parts["media_id"], parts["ticket"], parts["filename"])
        except ExpiredLink:
            return _told(request, _EXPIRED)
        except UnknownLink:
            return _told(request, _UNKNOWN)
        if self._at_work >= self.at_once:
            _log.warning("too many downloads", at_once=self.at_once)
            return _told(request, _BUSY)
        self._at_work += 1
        try:
            return await self._fetch(request, link)
        finally:
            self._at_work -= 1

    async def _fetch(self, request: web.Request, link: OpenLink) -> web.StreamResponse:
        async with AsyncExitStack() as stack:
            opened = await self._open(stack, link)
            if isinstance(opened, _Fault):
                return _told(request, opened)
            response = _response(opened, link)
            # The source takes errors that pass it for the homeserver's: a reader's stay in here.
            if not await self._pass_on(request, response, opened):
                # The only way to tell, once begun, that this is not the whole file.
                _cut(request)
        return response

    async def _open(self, stack: AsyncExitStack, link: OpenLink) -> MediaStream | _Fault:
        download = self.source.download(link.mxc, limit_bytes=self.limit_bytes)
        try:
            async with asyncio.timeout(self.stall_s):
                return await stack.enter_async_context(download)
        except InvalidInput:
            return _UNKNOWN
        except Rejected:
            return _TOO_LARGE
        except HomeserverRefused as error:
            if error.status == 404:
                return _GONE
            _log.warning("homeserver refused a file", mxc=link.mxc, reason=error)
            return _REFUSED
        except (HomeserverUnavailable, TimeoutError) as error:
            _log.info("file not fetched", mxc=link.mxc, reason=error)
            return _UNAVAILABLE

    async def _pass_on(self, request: web.Request, response: web.StreamResponse, stream: MediaStream) -> bool:
        """Whether all of the file was handed over; chunk by chunk, as fast as the reader takes it."""
        sent = 0
        try:
            async with asyncio.timeout(self.whole_s):
                await response.prepare(request)
                if request.method == hdrs.METH_HEAD:
                    return True
                while (chunk := await self._next_chunk(stream)) is not None:
                    async with asyncio.timeout(self.stall_s):
                        await response.write(chunk)
                    sent += len(chunk)
        except (ConnectionError, TimeoutError, HomeserverUnavailable, HomeserverRefused, Rejected) as error:
            _log.info("file not passed on whole", size_bytes=stream.size_bytes, sent_bytes=sent, reason=error)
            return False
        return stream.size_bytes is None or sent == stream.size_bytes

    async def _next_chunk(self, stream: MediaStream) -> bytes | None:
        async with asyncio.timeout(self.stall_s):
            return await anext(stream.chunks, None)


def _response(stream: MediaStream, link: OpenLink) -> web.StreamResponse:
    claimed = stream.mime_type.lower()
    kept = claimed in KEPT_TYPES
    shown = kept and claimed.startswith("image/")
    response = web.StreamResponse(
        headers={
            hdrs.CONTENT_TYPE: claimed if kept else _UNTOLD_TYPE,
            hdrs.CONTENT_DISPOSITION: disposition("inline" if shown else "attachment", link.filename),
            hdrs.CACHE_CONTROL: f"private, immutable, max-age={min(_CACHE_S, link.left_s)}",
            hdrs.ACCEPT_RANGES: "none",
        }
    )
    response.content_length = stream.size_bytes
    return response


def _told(request: web.Request, fault: _Fault) -> web.Response:
    """One sentence in the reader's language; nothing of what was asked comes back in it."""
    wish = request.headers.get(hdrs.ACCEPT_LANGUAGE, "").partition(",")[0].partition(";")[0].strip()
    headers = {hdrs.CACHE_CONTROL: "no-store"}
    if fault.retry:
        headers[hdrs.RETRY_AFTER] = str(_RETRY_S)
    return web.Response(status=fault.status, text=sentence(fault.phrase, wish) + "\n", headers=headers)


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
