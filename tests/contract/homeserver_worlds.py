"""A homeserver as the core sees it, with people who are not the bridge: a real one, or one in memory."""

import asyncio
import secrets
import time
from typing import Any, Protocol
from urllib.parse import quote

import aiohttp
from mautrix.api import Method, Path

from bridge.config.plain_yaml import read_yaml
from bridge.core.ports import Homeserver
from bridge.matrix.client import Actor, MatrixClient
from bridge.matrix.homeserver import MatrixHomeserver
from bridge.matrix.registration import Registration, make_registration, write_registration
from bridge.model.ids import RoomID, UserID
from bridge.model.namespace import Namespace
from bridge.testing.homeserver import FakeHomeserver
from bridge.testing.servers import Synapse

Json = dict[str, Any]


class World(Protocol):
    """``bridge`` is what the tests ask; the rest is what people do."""

    @property
    def bridge(self) -> Homeserver: ...

    def ghost(self, name: str) -> UserID:
        """The ID of a ghost whom nobody has met."""

    async def person(self, name: str) -> UserID:
        """A new user of the homeserver who is not ours."""

    async def room_of(self, user_id: UserID, *, public: bool = True, version: str = "12") -> RoomID: ...

    async def invite(self, user_id: UserID, room_id: RoomID, guest: UserID) -> None: ...

    async def set_state(self, user_id: UserID, room_id: RoomID, event_type: str, content: Json) -> None: ...

    async def timeline(self, user_id: UserID, room_id: RoomID) -> list[Json]:
        """The room's events as a person in it reads them, oldest first."""

    async def channels_of(self, room_id: RoomID) -> list[str]:
        """The remote channels that the room's state says it is joined to."""

    async def is_listed(self, room_id: RoomID) -> bool:
        """Whether the room is in the homeserver's public directory."""


class RealClock:
    """The machine's own clock."""

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class FakeWorld:
    def __init__(self) -> None:
        self.bridge = FakeHomeserver()

    def ghost(self, name: str) -> UserID:
        return UserID(f"@_trunkline_net_{name}:{self.bridge.domain}")

    async def person(self, name: str) -> UserID:
        return UserID(f"@{name}:{self.bridge.domain}")

    async def room_of(self, user_id: UserID, *, public: bool = True, version: str = "12") -> RoomID:
        return self.bridge.make_room(user_id, version=version, public=public).room_id

    async def invite(self, user_id: UserID, room_id: RoomID, guest: UserID) -> None:
        content = {"membership": "invite"}
        self.bridge.happen(room_id, user_id, "m.room.member", content, state_key=guest)

    async def set_state(self, user_id: UserID, room_id: RoomID, event_type: str, content: Json) -> None:
        self.bridge.happen(room_id, user_id, event_type, content, state_key="")

    async def timeline(self, user_id: UserID, room_id: RoomID) -> list[Json]:
        return list(self.bridge.rooms[room_id].timeline)

    async def channels_of(self, room_id: RoomID) -> list[str]:
        info = self.bridge.rooms[room_id].bridge_info
        return [info.channel_id] if info else []

    async def is_listed(self, room_id: RoomID) -> bool:
        return self.bridge.rooms[room_id].listed


class SynapseWorld:
    """On a Synapse that was started with ``registration_for_tests``. Names get a random ending."""

    def __init__(self, server: Synapse, registration: Registration, session: aiohttp.ClientSession) -> None:
        self.server = server
        self.registration = registration
        self.client = MatrixClient(session, server.url, registration.as_token, clock=RealClock())
        self.namespace = Namespace(server.server_name)
        self.bridge = MatrixHomeserver(self.client, self.namespace)
        self._ending = secrets.token_hex(3)
        self._tokens: dict[UserID, str] = {}

    def ghost(self, name: str) -> UserID:
        return UserID(f"@_trunkline_net_{name}-{self._ending}:{self.server.server_name}")

    async def person(self, name: str) -> UserID:
        localpart = f"{name}-{self._ending}"
        user_id = UserID(self.server.user_id(localpart))
        self._tokens[user_id] = await self.server.register_user(localpart)
        return user_id

    async def room_of(self, user_id: UserID, *, public: bool = True, version: str = "12") -> RoomID:
        preset = "public_chat" if public else "private_chat"
        content = {"preset": preset, "room_version": version}
        return RoomID((await self._api(user_id, "POST", "createRoom", content))["room_id"])

    async def invite(self, user_id: UserID, room_id: RoomID, guest: UserID) -> None:
        await self._api(user_id, "POST", f"rooms/{quote(room_id)}/invite", {"user_id": guest})

    async def set_state(self, user_id: UserID, room_id: RoomID, event_type: str, content: Json) -> None:
        await self._api(user_id, "PUT", f"rooms/{quote(room_id)}/state/{event_type}/", content)

    async def timeline(self, user_id: UserID, room_id: RoomID) -> list[Json]:
        path = f"rooms/{quote(room_id)}/messages?dir=b&limit=500"
        answer = await self._api(user_id, "GET", path, None)
        return list(reversed(answer["chunk"]))

    async def channels_of(self, room_id: RoomID) -> list[str]:
        client, bot = self.client, Actor(self.bridge.bot)
        state = await client.request_list(Method.GET, Path.v3.rooms[room_id].state, actor=bot)
        told = [event["content"] for event in state if event["type"] == "m.bridge"]
        return [content["channel"]["id"] for content in told if content]

    async def is_listed(self, room_id: RoomID) -> bool:
        path = Path.v3.directory.list.room[room_id]
        answer = await self.client.request(Method.GET, path, actor=Actor(self.bridge.bot))
        return bool(answer["visibility"] == "public")

    async def _api(self, user_id: UserID, method: str, path: str, content: Json | None) -> Json:
        token = self._tokens[user_id]
        return await self.server.request(method, f"/_matrix/client/v3/{path}", token=token, body=content)


def registration_for_tests(url: str, domain: str = "localhost") -> Registration:
    return make_registration(Namespace(domain), url)


def as_synapse_reads(registration: Registration, *, pushed: bool = True) -> Json:
    """The registration's content; without ``pushed`` the homeserver calls nobody."""
    content = read_yaml(write_registration(registration))
    return content if pushed else {**content, "url": None}
