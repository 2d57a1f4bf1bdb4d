"""Small values for tests of the store."""

from datetime import UTC, datetime, timedelta

from bridge.model.ids import (
    ChatID,
    EventID,
    LaneID,
    NetworkName,
    PortalKey,
    RemoteMessageID,
    RemoteUserID,
    RoomID,
    Token,
    UserID,
)
from bridge.model.markup import Document
from bridge.model.matrix_events import RawEvent
from bridge.model.messages import TextBody
from bridge.model.outgoing import Part
from bridge.model.portals import Direction, Mapped, Portal, PortalOrigin
from bridge.model.records import NewArrival, Plan
from bridge.model.remote_events import RemoteMessage, RemoteUser

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
ROOM = RoomID("!room:example.org")
ALICE = UserID("@alice:example.org")
GHOST = UserID("@irc_carol:example.org")
KEY = PortalKey(NetworkName("libera"), ChatID("#tea"))


def raw(name: str, *, room: RoomID = ROOM, body: bytes = b"{}") -> RawEvent:
    return RawEvent(event_id=EventID(name), room_id=room, body=body)


def portal(chat: str = "#tea", *, room: RoomID = ROOM) -> Portal:
    return Portal(
        lane=LaneID(0),
        key=PortalKey(NetworkName("libera"), ChatID(chat)),
        room_id=room,
        origin=PortalOrigin.COMMAND,
        name=chat,
        created_by=ALICE,
        floor_at=NOW,
        data={"topic": "tea \0 and cake"},
    )


def plan(lane: LaneID, event: str = "$one", *, parts: int = 3, target: str | None = None) -> Plan:
    return Plan(
        lane=lane,
        event_id=EventID(event),
        room_id=ROOM,
        sender=ALICE,
        parts=tuple((Token(f"t{hash_of(event)}x{lane}x{n}"), Part({"line": f"{n}"})) for n in range(parts)),
        author="alice",
        excerpt="good morning",
        target=None if target is None else EventID(target),
    )


def hash_of(text: str) -> str:
    """A few letters for a text that a token may hold."""
    return text.encode().hex()[-20:]


def message(text: str = "hello", *, remote_id: str | None = None) -> RemoteMessage:
    return RemoteMessage(
        portal=KEY,
        sender=RemoteUser(RemoteUserID("carol"), "carol"),
        remote_id=None if remote_id is None else RemoteMessageID(remote_id),
        happened_at=NOW,
        body=TextBody(Document.of(text)),
    )


def arrival(lane: LaneID, text: str = "hello", *, key: str | None = None) -> NewArrival:
    return NewArrival(
        lane=lane, event=message(text, remote_id=key), ghost=GHOST, dedup_key=key, received_at=NOW
    )


def pair(lane: LaneID, event: str, remote: str | None, *, part: int = 0) -> Mapped:
    return Mapped(
        lane=lane,
        event_id=EventID(event),
        remote_id=None if remote is None else RemoteMessageID(remote),
        part=part,
        direction=Direction.TO_MATRIX,
        sender=GHOST,
        author="carol",
        author_id=RemoteUserID("carol"),
        excerpt="hello",
    )
