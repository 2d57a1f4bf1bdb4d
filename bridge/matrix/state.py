"""The state of rooms, as far as anybody asked: each piece is fetched once and then kept fresh by what
the homeserver pushes.

Pushes may come late and out of order (a transaction in flight when the homeserver died comes after newer
ones), so a pushed event replaces what is known only if it says that it follows it (``replaces_state``);
anything else makes the piece unknown, and the next question fetches it again. Of a piece that is not known
a push says nothing: it may be of yesterday.
"""

from collections import OrderedDict
from typing import Any, Final
from urllib.parse import quote

import orjson
from attrs import define, field, frozen
from mautrix.api import Method, Path

from bridge.matrix.client import Actor, MatrixClient
from bridge.matrix.ports import Json
from bridge.matrix.shapes import object_of, text_of
from bridge.model.errors import HomeserverRefused
from bridge.model.ids import EventID, RoomID, UserID
from bridge.model.matrix_events import RawEvent

MEMBER: Final = "m.room.member"
CREATE: Final = "m.room.create"
KEPT_TYPES: Final = frozenset(
    {
        MEMBER,
        CREATE,
        "m.room.power_levels",
        "m.room.encryption",
        "m.room.tombstone",
        "m.room.topic",
        "m.bridge",
        "uk.half-shot.bridge",
    }
)
"""What is remembered; the rest of a room's state is asked for when it is wanted."""
_STATE_KEY_MARK: Final = b'"state_key"'

Key = tuple[str, str]


@frozen
class StateEvent:
    """A piece of state. ``event_id`` and ``sender`` are None where the homeserver told only the content."""

    content: Json
    event_id: EventID | None = None
    sender: UserID | None = None


@define
class _Room:
    known: dict[Key, StateEvent | None] = field(factory=dict)
    """None: asked for, and there is none."""
    all_members: bool = False
    fetching: dict[int, set[Key]] = field(factory=dict)
    """For each question on its way, by the identity of its set: what was pushed meanwhile and so is newer."""

    def follows(self, key: Key) -> bool:
        """Whether something is known, or asked for, that a push of this piece can be newer than."""
        return key in self.known or bool(self.fetching) or (key[0] == MEMBER and self.all_members)


class RoomStates:
    """Asks as the bot, which must be in the room. Raises the errors of ``MatrixClient.request``.

    Args:
        rooms_kept: the rooms longest not asked about are forgotten beyond this number.
    """

    def __init__(self, client: MatrixClient, bot: UserID, *, rooms_kept: int = 5_000) -> None:
        self._client = client
        self._bot = bot
        self._rooms_kept = rooms_kept
        self._rooms: OrderedDict[RoomID, _Room] = OrderedDict()

    # Asking.

    async def get(self, room_id: RoomID, event_type: str, state_key: str = "") -> StateEvent | None:
        """One piece of state; None when the room has no such event."""
        key = (event_type, state_key)
        room = self._room(room_id)
        if key in room.known:
            return room.known[key]
        if event_type == MEMBER and room.all_members:
            return None
        pushed: set[Key] = set()
        room.fetching[id(pushed)] = pushed
        try:
            found = await self._fetch(room_id, key)
        finally:
            del room.fetching[id(pushed)]
        if key in pushed and key in room.known:
            return room.known[key]
        if event_type in KEPT_TYPES and key not in pushed:
            room.known[key] = found
        return found

    async def joined_members(self, room_id: RoomID) -> dict[UserID, StateEvent]:
        """Everybody who is joined."""
        room = self._room(room_id)
        if not room.all_members:
            pushed: set[Key] = set()
            room.fetching[id(pushed)] = pushed
            try:
                answer = await self._client.request(
                    Method.GET, Path.v3.rooms[room_id].joined_members, actor=Actor(self._bot)
                )
            finally:
                del room.fetching[id(pushed)]
            self._take_members(room, object_of(answer, "joined"), pushed)
        return self.known_members(room_id)

    async def members_afresh(self, room_id: RoomID) -> dict[UserID, StateEvent]:
        """Everybody who is joined, asked now whatever is known."""
        self._room(room_id).all_members = False
        return await self.joined_members(room_id)

    def known_members(self, room_id: RoomID) -> dict[UserID, StateEvent]:
        """Those joined of whom it is known without asking."""
        room = self._rooms.get(room_id)
        return {
            UserID(state_key): event
            for (event_type, state_key), event in (room.known.items() if room else ())
            if event_type == MEMBER and event is not None and membership(event) == "join"
        }

    # Learning.

    def apply(self, raw: RawEvent) -> None:
        """Learn from an event of a transaction; anything but a kept state event is passed over."""
        # Nearly all events are messages: they are known by their bytes and not parsed.
        if raw.room_id not in self._rooms or _STATE_KEY_MARK not in raw.body:
            return
        try:
            event = orjson.loads(raw.body)
        except orjson.JSONDecodeError:
            return
        if isinstance(event, dict):
            self.apply_event(raw.room_id, event)

    def apply_event(self, room_id: RoomID, event: Json) -> None:
        """The same for an event that is read already."""
        event_type, state_key = text_of(event, "type"), event.get("state_key")
        room = self._rooms.get(room_id)
        if room is None or event_type not in KEPT_TYPES or not isinstance(state_key, str):
            return
        key = (event_type, state_key)
        for pushed in room.fetching.values():
            pushed.add(key)
        new = _state_event(event)
        if key == (MEMBER, self._bot) and membership(new) != "join":
            # From now on changes may not be pushed any more.
            del self._rooms[room_id]
            return
        if not room.follows(key):
            return
        old = room.known.get(key)
        if old is None or old.event_id is None or _follows(event, old.event_id):
            room.known[key] = new
        elif old.event_id != new.event_id:
            self._forget(room, key)

    def note_membership(
        self, room_id: RoomID, user_id: UserID, kind: str, *, display_name: str | None = None
    ) -> None:
        """Remember what we brought about ourselves, before the homeserver pushes it."""
        content = {"membership": kind, **({"displayname": display_name} if display_name else {})}
        self._room(room_id).known[MEMBER, user_id] = StateEvent(content)

    def forget(self, room_id: RoomID, event_type: str, state_key: str = "") -> None:
        """Make the next question for this piece fetch it."""
        room = self._rooms.get(room_id)
        if room is not None:
            self._forget(room, (event_type, state_key))

    def forget_all(self) -> None:
        """Forget everything: pushes may have been missed."""
        self._rooms.clear()

    # Inside.

    def _room(self, room_id: RoomID) -> _Room:
        room = self._rooms.get(room_id)
        if room is None:
            room = self._rooms[room_id] = _Room()
            while len(self._rooms) > self._rooms_kept:
                self._rooms.popitem(last=False)
        else:
            self._rooms.move_to_end(room_id)
        return room

    async def _fetch(self, room_id: RoomID, key: Key) -> StateEvent | None:
        # An empty state key is a part of the path too.
        path = f"{Path.v3.rooms[room_id].state[key[0]]}/{quote(key[1], safe='')}"
        try:
            answer = await self._client.request(
                Method.GET, path, actor=Actor(self._bot), query={"format": "event"}
            )
        except HomeserverRefused as error:
            if error.status == 404:
                return None
            raise
        # Homeservers that do not know ``format`` answer with the content alone.
        return _state_event(answer) if isinstance(answer.get("content"), dict) else StateEvent(answer)

    @staticmethod
    def _take_members(room: _Room, joined: Json, pushed: set[Key]) -> None:
        for user_id, profile in joined.items():
            key = (MEMBER, user_id)
            if key not in pushed and membership(room.known.get(key)) != "join" and isinstance(profile, dict):
                content = {"membership": "join", "displayname": profile.get("display_name")}
                room.known[key] = StateEvent(content)
        for key in [key for key, event in room.known.items() if key[0] == MEMBER and event is not None]:
            if key not in pushed and key[1] not in joined and membership(room.known[key]) == "join":
                del room.known[key]
        # A member whose news contradicted each other while we asked is not among them yet.
        room.all_members = all(key in room.known for key in pushed if key[0] == MEMBER)

    @staticmethod
    def _forget(room: _Room, key: Key) -> None:
        room.known.pop(key, None)
        if key[0] == MEMBER:
            room.all_members = False


def membership(event: StateEvent | None) -> str:
    """What a member event says; ``leave`` without one."""
    return (text_of(event.content, "membership") if event else None) or "leave"


def _follows(event: Json, event_id: EventID) -> bool:
    unsigned: Any = event.get("unsigned")
    said = unsigned.get("replaces_state") if isinstance(unsigned, dict) else None
    return bool((said or event.get("replaces_state")) == event_id)


def _state_event(event: Json) -> StateEvent:
    event_id, sender = event.get("event_id"), event.get("sender")
    return StateEvent(
        object_of(event, "content"),
        EventID(event_id) if isinstance(event_id, str) else None,
        UserID(sender) if isinstance(sender, str) else None,
    )
