"""What differs between room versions."""

from bridge.matrix.ports import Json
from bridge.matrix.shapes import text_of
from bridge.model.ids import UserID
from bridge.model.rooms import PowerView
from bridge.policy.power import creators_of


def version_of(create: Json) -> str:
    return text_of(create, "room_version") or "1"


def creator_of(create: Json, sender: UserID | None) -> UserID | None:
    """Who made the room: until version 10 the content says so, then the event's sender is meant."""
    named = text_of(create, "creator")
    return sender or (UserID(named) if named else None)


def power_view(create: Json, sender: UserID | None, levels: Json | None) -> PowerView:
    """The rights in a room, from its first event and its ``m.room.power_levels`` (None without one)."""
    creator = creator_of(create, sender)
    creators = creators_of(creator, create)
    if levels is None:
        # Without the event everybody may do anything ordinary, and the creator is at 100.
        users = {creator: 100} if creator and not creators else {}
        levels = {"users": users, "users_default": 0, "events_default": 0, "state_default": 0}
    return PowerView(room_version=version_of(create), creators=creators, levels=levels)
