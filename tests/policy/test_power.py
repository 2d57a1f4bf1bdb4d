"""Power levels out of content that may hold anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.policy.power import (
    CREATOR_POWER,
    MAX_POWER,
    PowerLevels,
    as_power,
    creators_of,
    has_creators,
)

ANN = "@ann:example.org"
BOB = "@bob:example.org"


@pytest.mark.parametrize(
    ("value", "power"),
    [
        (50, 50),
        (-1, -1),
        ("50", 50),
        (" +7 ", 7),
        ("-3", -3),
        (50.9, 50),
        (2**60, MAX_POWER),
        ("9" * 30, MAX_POWER),
        (-(2**60), -MAX_POWER),
    ],
)
def test_a_level_can_be_written_in_several_ways(value: object, power: int) -> None:
    assert as_power(value) == power


@pytest.mark.parametrize(
    "value", [None, True, "", "x", "5x", "٣", "1e3", [], {}, float("nan"), float("inf"), "9" * 5000]
)
def test_what_is_no_level_counts_as_absent(value: object) -> None:
    assert as_power(value) is None


def test_levels_are_read() -> None:
    power = PowerLevels.read(
        {"users": {ANN: "100"}, "users_default": 5, "events": {"m.room.topic": 0}, "state_default": 60}
    )
    assert (power.power_of(ANN), power.power_of(BOB)) == (100, 5)
    assert (power.needed_for_state("m.room.topic"), power.needed_for_state("m.room.name")) == (0, 60)


def test_what_is_not_said_has_the_default_of_the_specification() -> None:
    power = PowerLevels.read({})
    assert (power.state_default, power.events_default, power.users_default) == (50, 0, 0)
    assert (power.invite, power.kick, power.ban, power.redact) == (0, 50, 50, 50)


def test_content_of_wrong_types_reads_as_empty() -> None:
    wrong: dict[str, object] = {"users": [ANN], "events": "x", "state_default": {}, "users_default": None}
    assert PowerLevels.read(wrong) == PowerLevels()


def test_one_bad_level_does_not_spoil_the_others() -> None:
    power = PowerLevels.read({"users": {ANN: 100, BOB: "much"}})
    assert (power.power_of(ANN), power.power_of(BOB)) == (100, 0)


def test_a_room_without_levels_has_only_its_creator() -> None:
    power = PowerLevels.absent(ANN)
    assert (power.power_of(ANN), power.power_of(BOB), power.state_default) == (100, 0, 0)


def test_a_creator_of_version_12_stands_above_all_levels() -> None:
    power = PowerLevels.read({"state_default": MAX_POWER}, creators=[ANN])
    assert power.power_of(ANN) == CREATOR_POWER
    assert power.may_set(ANN, "m.room.name")
    assert not power.may_set(BOB, "m.room.name")


def test_additional_creators_count() -> None:
    content = {"room_version": "12", "additional_creators": [BOB, 7, None]}
    assert creators_of(ANN, content) == (ANN, BOB)


def test_who_is_named_twice_is_one_creator() -> None:
    assert creators_of(ANN, {"room_version": "12", "additional_creators": [ANN]}) == (ANN,)


@pytest.mark.parametrize("version", ["1", "9", "11", None])
def test_below_version_12_nobody_has_infinite_power(version: object) -> None:
    assert creators_of(ANN, {"room_version": version, "additional_creators": [BOB]}) == ()


@pytest.mark.parametrize(
    "version",
    ["org.example.custom", "org.matrix.hydra.11", "org.matrix.msc3757.11", "12.1", "", "١٢", 12, []],
)
def test_in_a_version_of_a_name_we_do_not_know_nobody_has_infinite_power(version: object) -> None:
    """Its creators may have it or not: of the versions that Synapse has on trial, one does and two do not."""
    assert creators_of(ANN, {"room_version": version, "additional_creators": [BOB]}) == ()


def test_later_versions_have_creators_as_well() -> None:
    assert has_creators("13")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
_levels = st.dictionaries(
    st.sampled_from(["users", "events", "state_default", "users_default", "ban"]),
    _json | st.dictionaries(st.just(ANN), _json),
)


@given(_json | _levels)
def test_any_content_can_be_read(content: object) -> None:
    power = PowerLevels.read(content, creators=creators_of(content, content))
    assert -MAX_POWER <= power.power_of(ANN) <= CREATOR_POWER
    assert -MAX_POWER <= power.needed_for_state("m.room.name") <= MAX_POWER
