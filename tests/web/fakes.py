"""Files that are kept in memory, a clock turned by hand, and a client towards the public application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from attrs import define, field, frozen

from bridge.model.ids import MxcURI
from bridge.web.application import Routes, public_application
from bridge.web.media import MediaDoor
from bridge.web.media_links import MediaLinks

KEY = b"k" * 32
MXC = MxcURI("mxc://example.org/abc_DEF-1")
PUBLIC = "https://bridge.example.org"
DAY_S = 86_400.0
LIMIT = 1024 * 1024

Client = TestClient[web.Request, web.Application]


class HandClock:
    """Stands still until it is turned."""

    def __init__(self) -> None:
        self._now = datetime(2030, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._now.timestamp()

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here sleeps")

    def turn(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


def opened() -> asyncio.Event:
    """A gate that nobody has to wait at."""
    gate = asyncio.Event()
    gate.set()
    return gate


@frozen
class Stream:
    mime_type: str
    size_bytes: int | None
    chunks: AsyncIterator[bytes]


@define
class Files:
    """Implements ``MediaSource``: one file, or what goes wrong with it.

    Attributes:
        said_bytes: what is told of the size beforehand.
        error: raised in place of opening the file.
        error_within: raised when the content has been read.
        door: the file is opened when this is set.
        middle: the end of the file comes when this is set.
    """

    content: bytes = b"picture"
    mime_type: str = "image/png"
    said_bytes: int | None = 7
    error: Exception | None = None
    error_within: Exception | None = None
    door: asyncio.Event = field(factory=opened)
    middle: asyncio.Event = field(factory=opened)
    asked: list[tuple[str, int]] = field(factory=list)
    open_now: int = 0
    closed: asyncio.Event = field(factory=asyncio.Event)

    @asynccontextmanager
    async def download(self, mxc: MxcURI, *, limit_bytes: int) -> AsyncIterator[Stream]:
        self.asked.append((mxc, limit_bytes))
        await self.door.wait()
        if self.error is not None:
            raise self.error
        self.open_now += 1
        try:
            yield Stream(self.mime_type, self.said_bytes, self._chunks())
        finally:
            self.open_now -= 1
            self.closed.set()

    async def _chunks(self) -> AsyncIterator[bytes]:
        for begin in range(0, len(self.content), 65_536):
            yield self.content[begin : begin + 65_536]
        await self.middle.wait()
        if self.error_within is not None:
            raise self.error_within


@define
class World:
    """The public application with one file behind it."""

    files: Files = field(factory=Files)
    clock: HandClock = field(factory=HandClock)
    at_once: int = 4
    stall_s: float = 30.0
    whole_s: float = 30.0

    @property
    def links(self) -> MediaLinks:
        return MediaLinks(PUBLIC, KEY, lifetime_s=30 * DAY_S, clock=self.clock)

    def path(self, filename: str = "cat.png") -> str:
        """The path of a fresh link to the file."""
        link = self.links.link(MXC, filename, None)
        assert link is not None
        return link.removeprefix(PUBLIC)

    @property
    def door(self) -> MediaDoor:
        return MediaDoor(
            links=self.links,
            source=self.files,
            limit_bytes=LIMIT,
            at_once=self.at_once,
            stall_s=self.stall_s,
            whole_s=self.whole_s,
        )


@asynccontextmanager
async def client_of(*routes: Routes) -> AsyncIterator[Client]:
    async with TestClient(TestServer(public_application(*routes))) as client:
        yield client
