"""Whether a tombstone may lead a portal into another room.

A tombstone alone proves little: whoever could set it, or a room that merely claims to be the successor,
must not be able to carry a conversation off (CVE-2021-32659). So both rooms must point at each other, and
whoever made the new room must have had the right to close the old one.

Spec: https://spec.matrix.org/v1.11/client-server-api/#room-upgrades
"""

from typing import TypeAlias

from attrs import frozen

from bridge.model.errors import Phrase
from bridge.model.ids import EventID, RoomID, UserID
from bridge.policy.power import PowerLevels, has_creators

TOMBSTONE = "m.room.tombstone"


@frozen
class Follow:
    room_id: RoomID


@frozen
class Stay:
    reason: Phrase


Upgrade: TypeAlias = Follow | Stay


@frozen(kw_only=True)
class Tombstone:
    """The end of the old room."""

    room_id: RoomID
    event_id: EventID
    sender: UserID
    replacement: RoomID


@frozen(kw_only=True)
class NewRoom:
    """What ``m.room.create`` of the replacement says; ``creator`` is that event's sender."""

    room_id: RoomID
    creator: UserID
    room_version: str
    predecessor_room: str | None
    predecessor_event: str | None

    @classmethod
    def read(cls, room_id: RoomID, creator: UserID, content: object) -> "NewRoom":
        """Out of the content of ``m.room.create``, whatever it holds."""
        content = content if isinstance(content, dict) else {}
        version = content.get("room_version")
        predecessor = content.get("predecessor")
        predecessor = predecessor if isinstance(predecessor, dict) else {}
        room, event = predecessor.get("room_id"), predecessor.get("event_id")
        return cls(
            room_id=room_id,
            creator=creator,
            room_version=version if isinstance(version, str) else "1",
            predecessor_room=room if isinstance(room, str) else None,
            predecessor_event=event if isinstance(event, str) else None,
        )


def may_follow(tombstone: Tombstone, *, old_power: PowerLevels, new: NewRoom) -> Upgrade:
    """Whether the portal moves. ``old_power`` is the old room's, from before the tombstone."""
    if tombstone.replacement == tombstone.room_id or new.room_id != tombstone.replacement:
        return Stay(Phrase.of("upgrade.other_room"))
    if not old_power.may_set(tombstone.sender, TOMBSTONE):
        return Stay(Phrase.of("upgrade.sender", user=tombstone.sender))
    if new.predecessor_room != tombstone.room_id:
        return Stay(Phrase.of("upgrade.predecessor"))
    if not _event_matches(tombstone, new):
        return Stay(Phrase.of("upgrade.predecessor"))
    if new.creator != tombstone.sender and not old_power.may_set(new.creator, TOMBSTONE):
        return Stay(Phrase.of("upgrade.creator", user=new.creator))
    return Follow(new.room_id)


def _event_matches(tombstone: Tombstone, new: NewRoom) -> bool:
    # From version 12 on a room is made before the tombstone's ID is known, and the field is gone.
    if new.predecessor_event is None:
        return has_creators(new.room_version)
    return new.predecessor_event == tombstone.event_id
