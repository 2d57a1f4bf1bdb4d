"""A homeserver in memory that keeps the promises of the real one, as far as the core can see them.

People are played by the test: ``say`` and its kin return the event as it would be pushed. What the bridge
does is in ``sent`` and in the rooms' timelines. It can be switched off, made to refuse, to lose its answer
after it took a send, and to keep senders waiting.
"""

import asyncio
from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime
from itertools import count
from typing import Any

import orjson

from bridge.matrix.content import MARK_KEY, MessageEvent, Redaction, StateChange, action_of
from bridge.matrix.sends import hashed_txn
from bridge.model.errors import BridgeError
from bridge.model.ids import EventID, RoomAlias, RoomID, UserID
from bridge.model.matrix_events import RawEvent
from bridge.model.namespace import Namespace
from bridge.model.outgoing import BridgeInfo, GhostProfile, Outgoing, RoomRequest
from bridge.model.rooms import PowerView
from bridge.policy.power import has_creators
from bridge.testing.fake_rooms import FakeRoom, FakeSent, Json, forbidden, refused, unavailable


class FakeHomeserver:
    """Conforms to the core's ``Homeserver``.

    Attributes:
        down: while True, every request is answered by nobody.
        gate: while set to an event, sends wait until it is set.
        calls: how often each method was called.
    """

    def __init__(self, domain: str = "example.org") -> None:
        self.namespace = Namespace(domain)
        self.down = False
        self.gate: asyncio.Event | None = None
        self.calls: Counter[str] = Counter()
        self.sent: list[FakeSent] = []
        self.leaves: list[tuple[UserID, RoomID, str | None]] = []
        self.rooms: dict[RoomID, FakeRoom] = {}
        self.aliases: dict[RoomAlias, RoomID] = {}
        self.profiles: dict[UserID, GhostProfile] = {}
        self._numbers = count(1)
        self._known_txns: dict[tuple[RoomID, str], EventID] = {}
        self._failures: list[tuple[str, BridgeError]] = []
        self._lost_answers: list[BridgeError] = []
        self._lines: dict[RoomID, asyncio.Lock] = {}

    # What a test does.

    def make_room(
        self, creator: UserID, *members: UserID, version: str = "12", public: bool = False
    ) -> FakeRoom:
        """A room made by a person, with these people in it."""
        room = FakeRoom(RoomID(f"!room{next(self._numbers)}"), creator, version, public)
        self.rooms[room.room_id] = room
        for user_id in (creator, *members):
            room.members[user_id] = "join"
        room.levels = {"users": {} if version == "12" else {creator: 100}}
        return room

    def say(self, room_id: RoomID, sender: UserID, text: str, **content: Any) -> RawEvent:
        """A person says plain text."""
        said = {"msgtype": "m.text", "body": text, "m.mentions": {}, **content}
        return self.happen(room_id, sender, "m.room.message", said)

    def happen(
        self, room_id: RoomID, sender: UserID, event_type: str, content: Json, **fields: Any
    ) -> RawEvent:
        """Anything else, such as state (with ``state_key``) or a redaction (with ``redacts``)."""
        event = self._append(room_id, sender, event_type, content, **fields)
        body = orjson.dumps(event)
        return RawEvent(event_id=EventID(event["event_id"]), room_id=room_id, body=body)

    def fail_next(self, method: str, error: BridgeError | None = None) -> None:
        """The next call of this method fails and has done nothing."""
        self._failures.append((method, error or unavailable()))

    def lose_next_answer(self) -> None:
        """The next send is taken, but its sender is told that nobody answered."""
        self._lost_answers.append(unavailable())

    def forget_sends(self) -> None:
        """A day has passed: sends that are repeated now are new ones."""
        self._known_txns.clear()

    def texts(self, room_id: RoomID) -> list[str]:
        """The bodies of all messages in the room, in order."""
        messages = (event for event in self.rooms[room_id].timeline if event["type"] == "m.room.message")
        return [str(event["content"].get("body", "")) for event in messages]

    # What the core does.

    @property
    def bot(self) -> UserID:
        return self.namespace.bot

    @property
    def domain(self) -> str:
        return self.namespace.domain

    async def send(
        self, room_id: RoomID, sender: UserID, outgoing: Outgoing, *, txn: str, at: datetime | None = None
    ) -> EventID:
        async with self._lines.setdefault(room_id, asyncio.Lock()):
            if self.gate is not None:
                await self.gate.wait()
            await self._called("send")
            known = self._known_txns.get((room_id, hashed_txn(sender, txn)))
            if known is not None:
                return known
            await self._let_in(room_id, sender)
            event_id = self._take(room_id, sender, outgoing, at)
            self._known_txns[room_id, hashed_txn(sender, txn)] = event_id
            self.sent.append(
                FakeSent(room_id=room_id, sender=sender, outgoing=outgoing, txn=txn, at=at, event_id=event_id)
            )
            if self._lost_answers:
                raise self._lost_answers.pop(0)
            return event_id

    async def event_marked(self, room_id: RoomID, sender: UserID, mark: str) -> EventID | None:
        await self._called("event_marked")
        for event in self._room(room_id).timeline:
            if event["sender"] == sender and event["content"].get(MARK_KEY) == mark:
                return EventID(event["event_id"])
        return None

    async def ensure_ghost(self, user_id: UserID, profile: GhostProfile) -> None:
        await self._called("ensure_ghost")
        self.profiles[user_id] = profile
        for room in self.rooms.values():
            if user_id in room.members:
                room.names[user_id] = profile.display_name

    async def ensure_joined(self, user_id: UserID, room_id: RoomID) -> None:
        await self._called("ensure_joined")
        self._join(self._room(room_id), user_id)

    async def leave(self, user_id: UserID, room_id: RoomID, reason: str | None = None) -> None:
        await self._called("leave")
        room = self.rooms.get(room_id)
        if room is not None and room.members.get(user_id) in ("join", "invite"):
            room.members[user_id] = "leave"
            self.leaves.append((user_id, room_id, reason))

    async def invite(self, room_id: RoomID, user_id: UserID) -> None:
        await self._called("invite")
        room = self._room(room_id)
        if room.members.get(self.bot) != "join" or room.members.get(user_id) == "ban":
            raise forbidden()
        if room.members.get(user_id) != "join":
            room.members[user_id] = "invite"

    async def kick(self, room_id: RoomID, user_id: UserID, reason: str | None = None) -> None:
        await self._called("kick")
        room = self._room(room_id)
        if room.members.get(user_id) != "join" or room.members.get(self.bot) != "join":
            raise forbidden()
        room.members[user_id] = "leave"

    async def create_room(self, request: RoomRequest, power: dict[str, int]) -> RoomID:
        await self._called("create_room")
        alias = RoomAlias(f"#{request.alias_localpart}:{self.domain}")
        if request.alias_localpart is not None and alias in self.aliases:
            raise refused("M_ROOM_IN_USE", 400)
        room = self.make_room(self.bot, public=request.public)
        room.listed = request.listed
        room.levels = {"events": dict(power), "users": {}}
        room.members.update(dict.fromkeys(request.invite, "invite"))
        room.state["m.room.name", ""] = {"name": request.name}
        if request.topic:
            room.state["m.room.topic", ""] = {"topic": request.topic}
        if request.alias_localpart is not None:
            self.aliases[alias] = room.room_id
        return room.room_id

    async def close_room(self, room_id: RoomID) -> None:
        await self.leave(self.bot, room_id)

    async def resolve_alias(self, alias: RoomAlias) -> RoomID | None:
        await self._called("resolve_alias")
        return self.aliases.get(alias)

    async def put_alias(self, alias: RoomAlias, room_id: RoomID) -> None:
        await self._called("put_alias")
        self.aliases[alias] = room_id

    async def drop_alias(self, alias: RoomAlias) -> None:
        await self._called("drop_alias")
        self.aliases.pop(alias, None)

    async def set_bridge_info(self, room_id: RoomID, info: BridgeInfo | None) -> None:
        await self._called("set_bridge_info")
        self._room(room_id).bridge_info = info

    async def mark_read(self, room_id: RoomID, event_id: EventID) -> None:
        self.calls["mark_read"] += 1
        if not self.down and room_id in self.rooms:
            self.rooms[room_id].read_up_to = event_id

    async def power(self, room_id: RoomID) -> PowerView:
        await self._called("power")
        room = self._room(room_id)
        creators = (room.creator,) if has_creators(room.version) else ()
        return PowerView(room_version=room.version, creators=creators, levels=room.levels)

    async def is_encrypted(self, room_id: RoomID) -> bool:
        await self._called("is_encrypted")
        return ("m.room.encryption", "") in self._room(room_id).state

    async def is_joined(self, room_id: RoomID, user_id: UserID) -> bool:
        await self._called("is_joined")
        room = self.rooms.get(room_id)
        return room is not None and room.members.get(user_id) == "join"

    async def display_name(self, room_id: RoomID, user_id: UserID) -> str:
        await self._called("display_name")
        return self._room(room_id).name_of(user_id)

    async def our_members(self, room_id: RoomID) -> Collection[UserID]:
        await self._called("our_members")
        return [user_id for user_id in self._room(room_id).joined if self.namespace.is_ours(user_id)]

    async def member_names(self, room_id: RoomID) -> dict[UserID, str]:
        await self._called("member_names")
        room = self._room(room_id)
        return {user_id: room.name_of(user_id) for user_id in room.joined}

    async def people(self, room_id: RoomID) -> Collection[UserID]:
        await self._called("people")
        return [user_id for user_id in self._room(room_id).joined if not self.namespace.is_ours(user_id)]

    async def predecessor(self, room_id: RoomID) -> tuple[RoomID, EventID | None, UserID] | None:
        await self._called("predecessor")
        room = self._room(room_id)
        return None if room.predecessor is None else (*room.predecessor, room.creator)

    async def tombstone(self, room_id: RoomID) -> tuple[EventID, RoomID] | None:
        await self._called("tombstone")
        return self._room(room_id).tombstone

    # Inside.

    async def _called(self, method: str) -> None:
        self.calls[method] += 1
        # A real request always lets others run.
        await asyncio.sleep(0)
        if self.down:
            raise unavailable()
        for number, (failing, error) in enumerate(self._failures):
            if failing == method:
                del self._failures[number]
                raise error

    def _room(self, room_id: RoomID) -> FakeRoom:
        room = self.rooms.get(room_id)
        if room is None:
            raise forbidden()
        return room

    async def _let_in(self, room_id: RoomID, sender: UserID) -> None:
        room = self._room(room_id)
        if room.members.get(sender) != "join":
            if sender == self.bot:
                raise forbidden()
            self._join(room, sender)

    def _join(self, room: FakeRoom, user_id: UserID) -> None:
        bot_inside = room.members.get(self.bot) == "join"
        if room.members.get(user_id) == "ban" or not (
            room.public or bot_inside or room.members.get(user_id) in ("invite", "join")
        ):
            raise forbidden()
        room.members[user_id] = "join"
        if user_id in self.profiles:
            room.names[user_id] = self.profiles[user_id].display_name

    def _take(self, room_id: RoomID, sender: UserID, outgoing: Outgoing, at: datetime | None) -> EventID:
        match action_of(outgoing):
            case MessageEvent(type=event_type, content=content):
                event = self._append(room_id, sender, event_type, content, at=at)
            case StateChange(type=event_type, content=content):
                event = self._append(room_id, sender, event_type, content, at=at, state_key="")
            case Redaction(target=target, reason=reason):
                content = {"redacts": target, **({"reason": reason} if reason else {})}
                event = self._append(room_id, sender, "m.room.redaction", content, at=at)
        return EventID(event["event_id"])

    def _append(
        self,
        room_id: RoomID,
        sender: UserID,
        event_type: str,
        content: Json,
        *,
        at: datetime | None = None,
        **fields: Any,
    ) -> Json:
        room = self._room(room_id)
        number = next(self._numbers)
        event: Json = {
            "type": event_type,
            "event_id": f"$event{number}",
            "room_id": room_id,
            "sender": sender,
            "origin_server_ts": int((at or _BEGINNING).timestamp() * 1000) + (0 if at else number),
            "content": content,
            **fields,
        }
        room.timeline.append(event)
        if "state_key" in fields:
            room.change_state(event)
        return event


_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
