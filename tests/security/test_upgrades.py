"""A tombstone alone carries no conversation off."""

import pytest
from attrs import evolve

from bridge.model.ids import EventID, RoomID, UserID
from bridge.policy.power import PowerLevels
from bridge.policy.room_upgrade import Follow, NewRoom, Stay, Tombstone, may_follow

ANN, EVE = UserID("@ann:example.org"), UserID("@eve:elsewhere.net")
OLD, NEW = RoomID("!old:example.org"), RoomID("!new:example.org")
POWER = PowerLevels.read({"users": {ANN: 100}, "events": {"m.room.tombstone": 100}})
END = Tombstone(room_id=OLD, event_id=EventID("$end"), sender=ANN, replacement=NEW)
ROOM = NewRoom(
    room_id=NEW, creator=ANN, room_version="11", predecessor_room=OLD, predecessor_event=EventID("$end")
)


def test_an_upgrade_to_which_both_rooms_agree_is_followed() -> None:
    assert may_follow(END, old_power=POWER, new=ROOM) == Follow(NEW)


@pytest.mark.parametrize(
    ("tombstone", "room"),
    [
        (END, evolve(ROOM, predecessor_room=None, predecessor_event=None)),
        (END, evolve(ROOM, predecessor_room=RoomID("!third:example.org"))),
        (END, evolve(ROOM, creator=EVE)),
        (evolve(END, sender=EVE), evolve(ROOM, creator=EVE)),
    ],
    ids=["no predecessor", "another predecessor", "a stranger's room", "a stranger's tombstone"],
)
def test_a_room_that_did_not_consent_is_not_bridged(tombstone: Tombstone, room: NewRoom) -> None:
    """CVE-2021-32659: a tombstone moved the bridge to a room without that room's consent."""
    assert isinstance(may_follow(tombstone, old_power=POWER, new=room), Stay)
