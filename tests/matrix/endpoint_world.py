"""An endpoint on loopback with recorders in the places of its ports."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from attrs import define, field

from bridge.config.secret import Secret
from bridge.matrix.endpoint import Endpoint
from bridge.matrix.ports import Json, Signal
from bridge.model.errors import Phrase, StoreUnavailable
from bridge.model.ids import RoomAlias, UserID
from bridge.model.matrix_events import RawEvent

TOKEN = "the-homeserver-token"
TRANSACTIONS = "/_matrix/app/v1/transactions/1"


@define
class Recorder:
    """Takes what the endpoint hands over; answers ``known`` names with yes."""

    events: list[RawEvent] = field(factory=list)
    signals: list[Signal] = field(factory=list)
    store_down: bool = False
    known: set[str] = field(factory=set)
    news: asyncio.Event = field(factory=asyncio.Event)
    """Set whenever something came."""
    make_room: Callable[[RoomAlias], Awaitable[bool]] | None = None

    async def accept(self, events: Sequence[RawEvent]) -> None:
        if self.store_down:
            raise StoreUnavailable(Phrase.of("storage.unavailable", error="test"))
        self.events.extend(events)
        self.news.set()

    def ephemeral(self, signals: Sequence[Signal]) -> None:
        self.signals.extend(signals)
        self.news.set()

    async def alias_wanted(self, alias: RoomAlias) -> bool:
        if self.store_down:
            raise StoreUnavailable(Phrase.of("storage.unavailable", error="test"))
        return alias in self.known if self.make_room is None else await self.make_room(alias)

    async def user_wanted(self, user_id: UserID) -> bool:
        return user_id in self.known

    async def protocol(self, name: str) -> Json | None:
        return {"instances": []} if name == "irc" else None

    async def locations(self, protocol: str, fields: Mapping[str, str]) -> Sequence[Json]:
        return [{"protocol": protocol, "fields": dict(fields)}]

    async def users(self, protocol: str, fields: Mapping[str, str]) -> Sequence[Json]:
        return [{"protocol": protocol, "fields": dict(fields)}]

    async def locations_of(self, alias: RoomAlias) -> Sequence[Json]:
        return [{"alias": alias}]

    async def users_of(self, user_id: UserID) -> Sequence[Json]:
        return [{"userid": user_id}]


@define
class Homeserver:
    """Calls the endpoint."""

    http: "TestClient[Any, Any]"
    recorder: Recorder

    async def push(self, body: bytes | str | BytesIO, **options: Any) -> ClientResponse:
        return await self.call("PUT", TRANSACTIONS, data=body, **options)

    async def call(self, method: str, path: str, token: str | None = TOKEN, **options: Any) -> ClientResponse:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return await self.http.request(method, path, headers=headers, **options)


@asynccontextmanager
async def endpoint_world(**options: Any) -> AsyncIterator[Homeserver]:
    recorder = Recorder()
    endpoint = Endpoint(
        hs_token=Secret(TOKEN),
        sink=recorder,
        rooms=recorder,
        users=recorder,
        third_party=recorder,
        **options,
    )
    async with TestClient(TestServer(endpoint.application(), host="127.0.0.1")) as http:
        yield Homeserver(http, recorder)
