"""Which tombstones lead a portal into another room (CVE-2021-32659)."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.ids import EventID, RoomID, UserID
from bridge.policy.power import PowerLevels
from bridge.policy.room_upgrade import Follow, NewRoom, Stay, Tombstone, may_follow

ANN = UserID("@ann:example.org")
BOB = UserID("@bob:example.org")
EVE = UserID("@eve:elsewhere.net")
OLD = RoomID("!old:example.org")
NEW = RoomID("!new:example.org")
POWER = PowerLevels.read({"users": {ANN: 100, BOB: 100}, "events": {"m.room.tombstone": 100}})
TOMBSTONE = Tombstone(room_id=OLD, event_id=EventID("$end"), sender=ANN, replacement=NEW)
CREATE = NewRoom(
    room_id=NEW, creator=ANN, room_version="11", predecessor_room=OLD, predecessor_event=EventID("$end")
)


def reason(tombstone: Tombstone = TOMBSTONE, *, power: PowerLevels = POWER, new: NewRoom = CREATE) -> str:
    answer = may_follow(tombstone, old_power=power, new=new)
    assert isinstance(answer, Stay)
    return answer.reason.key


def test_an_honest_upgrade_is_followed() -> None:
    assert may_follow(TOMBSTONE, old_power=POWER, new=CREATE) == Follow(NEW)


def test_two_admins_may_share_the_work() -> None:
    assert may_follow(TOMBSTONE, old_power=POWER, new=evolve(CREATE, creator=BOB)) == Follow(NEW)


@pytest.mark.parametrize("version", ["12", "13"])
def test_a_version_12_room_does_not_name_the_tombstone(version: str) -> None:
    new = evolve(CREATE, room_version=version, predecessor_event=None)
    assert may_follow(TOMBSTONE, old_power=POWER, new=new) == Follow(NEW)


@pytest.mark.parametrize("version", ["1", "11", "org.matrix.hydra.11"])
def test_a_room_of_any_other_version_must_name_the_tombstone(version: str) -> None:
    new = evolve(CREATE, room_version=version, predecessor_event=None)
    assert reason(new=new) == "upgrade.predecessor"


def test_a_room_of_an_unknown_version_that_names_the_tombstone_is_followed() -> None:
    new = evolve(CREATE, room_version="org.matrix.hydra.11")
    assert may_follow(TOMBSTONE, old_power=POWER, new=new) == Follow(NEW)


def test_another_tombstone_is_not_enough() -> None:
    assert reason(new=evolve(CREATE, predecessor_event=EventID("$other"))) == "upgrade.predecessor"


@pytest.mark.parametrize("room", [None, RoomID("!other:example.org")])
def test_a_room_with_another_past_is_not_followed(room: RoomID | None) -> None:
    assert reason(new=evolve(CREATE, predecessor_room=room)) == "upgrade.predecessor"


def test_a_sender_without_the_power_is_not_believed() -> None:
    assert reason(evolve(TOMBSTONE, sender=EVE), new=evolve(CREATE, creator=EVE)) == "upgrade.sender"


def test_a_room_made_by_a_stranger_is_not_followed() -> None:
    assert reason(new=evolve(CREATE, creator=EVE)) == "upgrade.creator"


def test_a_room_cannot_follow_itself() -> None:
    assert reason(evolve(TOMBSTONE, replacement=OLD), new=evolve(CREATE, room_id=OLD)) == "upgrade.other_room"


def test_what_is_known_of_another_room_does_not_count() -> None:
    assert reason(new=evolve(CREATE, room_id=RoomID("!third:example.org"))) == "upgrade.other_room"


def test_a_version_12_creator_may_close_the_room() -> None:
    power = PowerLevels.read({"events": {"m.room.tombstone": 150}}, creators=[ANN])
    assert may_follow(TOMBSTONE, old_power=power, new=CREATE) == Follow(NEW)


def test_the_create_event_is_read() -> None:
    content = {"room_version": "11", "predecessor": {"room_id": OLD, "event_id": "$end"}}
    assert NewRoom.read(NEW, ANN, content) == CREATE


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.dictionaries(st.sampled_from(["predecessor", "room_id", "room_version"]), inner),
    )
)
def test_a_create_event_of_any_content_leads_nowhere(content: object) -> None:
    assert isinstance(may_follow(TOMBSTONE, old_power=POWER, new=NewRoom.read(NEW, ANN, content)), Stay)
