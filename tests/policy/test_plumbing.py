"""Who may join a room to a remote conversation."""

import pytest

from bridge.model.errors import Phrase
from bridge.model.ids import UserID
from bridge.policy.plumbing import may_plumb, may_unplumb, needed_to_plumb
from bridge.policy.power import MAX_POWER, PowerLevels
from bridge.policy.verdict import Allowed, Refused, Verdict

ANN = UserID("@ann:example.org")
BOB = UserID("@bob:example.org")
POWER = PowerLevels.read({"users": {ANN: 50}})


def ask(
    user: UserID = ANN,
    *,
    power: PowerLevels = POWER,
    joined: bool = True,
    encrypted: bool = False,
    network_approved: bool = True,
) -> Verdict:
    return may_plumb(user, power=power, joined=joined, encrypted=encrypted, network_approved=network_approved)


def test_a_moderator_may_plumb_when_the_network_agrees() -> None:
    assert ask() == Allowed()


def test_others_may_not() -> None:
    assert ask(BOB) == Refused(Phrase.of("plumb.power", has=0, needed=50))


def test_the_network_must_agree() -> None:
    assert ask(network_approved=False) == Refused(Phrase.of("plumb.network"))


def test_an_encrypted_room_is_never_plumbed() -> None:
    assert ask(encrypted=True) == Refused(Phrase.of("plumb.encrypted"))


def test_whoever_is_not_in_the_room_may_not() -> None:
    assert ask(joined=False) == Refused(Phrase.of("plumb.not_joined"))


@pytest.mark.parametrize("event_type", ["m.bridge", "uk.half-shot.bridge"])
def test_a_room_may_ask_for_more(event_type: str) -> None:
    assert needed_to_plumb(PowerLevels.read({"events": {event_type: 75}})) == 75


def test_a_room_where_all_may_set_state_still_asks_for_a_moderator() -> None:
    assert needed_to_plumb(PowerLevels.absent(ANN)) == 50


def test_a_creator_of_version_12_may_always() -> None:
    power = PowerLevels.read({"state_default": MAX_POWER}, creators=[BOB])
    assert ask(BOB, power=power) == Allowed()


def test_a_moderator_may_unplumb_without_the_network() -> None:
    assert may_unplumb(ANN, power=POWER, admin=False) == Allowed()


def test_an_admin_of_the_bridge_may_unplumb_any_room() -> None:
    assert may_unplumb(BOB, power=POWER, admin=True) == Allowed()


def test_others_may_not_unplumb() -> None:
    assert isinstance(may_unplumb(BOB, power=POWER, admin=False), Refused)
