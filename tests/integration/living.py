"""The joined core on a real database behind the homeserver's door; both sides are fakes that remember."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiohttp.test_utils import TestClient, TestServer
from attrs import define, field

from bridge.app.clock import SystemClock
from bridge.config.secret import Secret
from bridge.core.config import BridgeConfig
from bridge.core.ports import Stores
from bridge.matrix.endpoint import Endpoint
from bridge.matrix.ports import Json, Signal
from bridge.model.ids import RoomAlias, RoomID, UserID
from bridge.model.markup import Document
from bridge.model.matrix_events import RawEvent
from bridge.model.portals import PortalOrigin
from bridge.networks.demo.protocol.place import Said
from bridge.storage.store import OpenStore
from tests.core.world import ALICE, LOBBY, World, make_world
from tests.storage.conftest import as_ports

PATIENCE_S = 60.0
_TOKEN = "homeserver"
_AGAIN_S = 0.05


class _Nobody:
    """Nobody asks for users, rooms or networks here."""

    async def user_wanted(self, user_id: UserID) -> bool:
        return False

    async def alias_wanted(self, alias: RoomAlias) -> bool:
        return False

    async def protocol(self, protocol: str) -> Json | None:
        return None

    async def locations(self, protocol: str, fields: Mapping[str, str]) -> Sequence[Json]:
        return []

    async def users(self, protocol: str, fields: Mapping[str, str]) -> Sequence[Json]:
        return []

    async def locations_of(self, alias: RoomAlias) -> Sequence[Json]:
        return []

    async def users_of(self, user_id: UserID) -> Sequence[Json]:
        return []


@define
class _Sink:
    """As the bridge's own, without what only a real homeserver needs."""

    world: World

    async def accept(self, events: Sequence[RawEvent]) -> None:
        out = self.world.heart.outside
        await out.stores.inbox.accept(events, out.clock.now())
        self.world.heart.dispatcher.ring()

    def ephemeral(self, signals: Sequence[Signal]) -> None: ...


@define
class Living:
    """A bridge that works on a store, and who speaks through it."""

    world: World
    room_id: RoomID
    client: "TestClient[Any, Any]"
    statuses: list[int] = field(factory=list)
    """How the pushes were answered."""
    _pushes: int = 0

    async def push(self, *texts: str) -> int:
        """One transaction, brought once; returns the answer's status."""
        return await self._bring(self._transaction(texts))

    async def push_until_taken(self, *texts: str) -> None:
        """One transaction, brought again and again until it is taken, as homeservers do."""
        transaction = self._transaction(texts)
        while await self._bring(transaction) != 200:  # noqa: ASYNC110
            await asyncio.sleep(_AGAIN_S)

    def hear(self, text: str) -> None:
        """A remote person says something."""
        self.world.do(
            lambda number: Said(
                number=number, chat=LOBBY, nick="carol", text=Document.of(text), reply_to=None
            )
        )

    def said(self) -> list[str]:
        return self.world.said()

    def heard(self) -> list[str]:
        """What ghosts said in the room."""
        ours = self.world.homeserver.namespace.is_ghost
        events = self.world.homeserver.rooms[self.room_id].timeline
        return [
            event["content"]["body"]
            for event in events
            if event["type"] == "m.room.message" and ours(event["sender"])
        ]

    async def until(self, happened: Callable[[], bool]) -> None:
        """What happens on real threads can only be waited for."""
        async with asyncio.timeout(PATIENCE_S):
            while not happened():  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    def _transaction(self, texts: Sequence[str]) -> tuple[str, bytes]:
        events = [self.world.homeserver.say(self.room_id, ALICE, text) for text in texts]
        self._pushes += 1
        bodies = [orjson.loads(event.body) for event in events]
        return f"/_matrix/app/v1/transactions/{self._pushes}", orjson.dumps({"events": bodies})

    async def _bring(self, transaction: tuple[str, bytes]) -> int:
        path, body = transaction
        headers = {"Authorization": f"Bearer {_TOKEN}"}
        async with self.client.put(path, data=body, headers=headers) as answer:
            self.statuses.append(answer.status)
            return answer.status


@asynccontextmanager
async def living(store: OpenStore) -> AsyncIterator[Living]:
    """A bridge with one portal, Alice in its room and Carol in its chat."""
    stores: Stores = as_ports(store.stores)
    world = await make_world(config=BridgeConfig(quiet_s=0.0), store=stores, clock=SystemClock())
    nobody = _Nobody()
    endpoint = Endpoint(
        hs_token=Secret(_TOKEN), sink=_Sink(world), rooms=nobody, users=nobody, third_party=nobody
    )
    try:
        portal = await world.heart.rooms.open(world.demo, LOBBY, PortalOrigin.COMMAND, ALICE)
        world.homeserver.rooms[portal.room_id].members[ALICE] = "join"
        world.place.come(LOBBY, "carol")
        async with TestClient(TestServer(endpoint.application())) as client:
            yield Living(world, portal.room_id, client)
    finally:
        await world.stop()
