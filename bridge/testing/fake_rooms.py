"""Rooms of the homeserver in memory, what the bridge said in them, and the homeserver's errors."""

from datetime import datetime
from typing import Any

from attrs import define, field, frozen

from bridge.model.errors import HomeserverRefused, HomeserverUnavailable, Phrase
from bridge.model.ids import EventID, RoomID, UserID
from bridge.model.namespace import localpart_of
from bridge.model.outgoing import BridgeInfo, Outgoing

Json = dict[str, Any]


@frozen(kw_only=True)
class FakeSent:
    """One send of the bridge that the homeserver took."""

    room_id: RoomID
    sender: UserID
    outgoing: Outgoing
    txn: str
    at: datetime | None
    event_id: EventID


@define
class FakeRoom:
    """A room as it is now. Tests may change anything here."""

    room_id: RoomID
    creator: UserID
    version: str = "12"
    public: bool = False
    listed: bool = False
    members: dict[UserID, str] = field(factory=dict)
    """User to membership."""
    names: dict[UserID, str] = field(factory=dict)
    levels: Json = field(factory=dict)
    state: dict[tuple[str, str], Json] = field(factory=dict)
    timeline: list[Json] = field(factory=list)
    predecessor: tuple[RoomID, EventID | None] | None = None
    tombstone: tuple[EventID, RoomID] | None = None
    bridge_info: BridgeInfo | None = None
    read_up_to: EventID | None = None

    @property
    def joined(self) -> list[UserID]:
        return [user_id for user_id, membership in self.members.items() if membership == "join"]

    def name_of(self, user_id: UserID) -> str:
        return self.names.get(user_id) or localpart_of(user_id)

    def change_state(self, event: Json) -> None:
        """Take over what a state event says."""
        event_type, state_key, content = event["type"], event["state_key"], event["content"]
        self.state[event_type, state_key] = content
        match event_type:
            case "m.room.member":
                self.members[UserID(state_key)] = content["membership"]
                if content.get("displayname"):
                    self.names[UserID(state_key)] = content["displayname"]
            case "m.room.tombstone":
                self.tombstone = EventID(event["event_id"]), RoomID(content["replacement_room"])
            case "m.room.power_levels":
                self.levels = content


def unavailable() -> HomeserverUnavailable:
    return HomeserverUnavailable(Phrase.of("matrix.no_answer"))


def refused(code: str, status: int) -> HomeserverRefused:
    return HomeserverRefused(Phrase.of("matrix.refused", code=code, status=status), code=code, status=status)


def forbidden() -> HomeserverRefused:
    return refused("M_FORBIDDEN", 403)
