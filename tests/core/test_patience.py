"""How long what failed waits for its next try."""

import pytest

from bridge.core.patience import FIRST_S, RESEND_S, Patience, resend_wait_s, spread, stretched
from bridge.model.errors import HomeserverUnavailable, Phrase
from bridge.networks.demo.ids import parse_chat_text
from bridge.networks.demo.protocol.place import Fault
from tests.core.world import ALICE, World

OTHER = parse_chat_text("other")


def test_each_failure_in_a_row_makes_the_wait_longer_up_to_a_limit() -> None:
    patience = Patience(1)
    waits = [patience.failed(longest_s=30.0) for _ in range(10)]
    assert waits[0] <= FIRST_S
    assert waits[:5] == sorted(waits[:5])
    assert 24.0 <= waits[-1] <= 30.0


def test_a_success_makes_the_next_wait_short_again() -> None:
    patience = Patience(1)
    first = patience.failed(longest_s=30.0)
    patience.failed(longest_s=30.0)
    assert patience.worked()
    assert not patience.worked()
    assert patience.failed(longest_s=30.0) == first


def test_a_wait_that_was_asked_for_is_never_shortened() -> None:
    waits = [Patience(lane).failed(longest_s=1.0, asked_s=90.0) for lane in range(50)]
    assert all(90.0 <= wait_s <= 99.0 for wait_s in waits)


def test_lanes_that_failed_together_do_not_try_again_together() -> None:
    waits = {round(Patience(lane).failed(longest_s=30.0), 3) for lane in range(50)}
    assert len(waits) > 40


@pytest.mark.parametrize("asked_s", [0.0, 5.0, 60.0, 3600.0])
def test_a_network_waits_as_long_as_it_asked_for_the_first_time(asked_s: float) -> None:
    assert resend_wait_s(asked_s, 1, 7) == asked_s


@pytest.mark.parametrize("tries", range(2, 60))
def test_later_tries_are_further_apart_and_never_sooner_than_asked(tries: int) -> None:
    assert 5.0 <= resend_wait_s(5.0, tries, 7) <= RESEND_S
    assert resend_wait_s(3600.0, tries, 7) == 3600.0


def test_what_was_asked_for_in_the_past_is_no_reason_to_hurry() -> None:
    assert resend_wait_s(-10.0, 1, 7) == 0.0
    assert resend_wait_s(-10.0, 9, 7) > 100.0


def test_the_spread_is_even() -> None:
    found = [spread(number, 1) for number in range(1000)]
    assert 0.45 < sum(found) / 1000 < 0.55
    assert stretched(1.0, 4, 100.0) == 8.0


async def test_a_message_that_is_refused_for_now_is_tried_ever_less_often(world: World) -> None:
    portal = await world.portal()
    world.place.faults += [Fault.BUSY] * 20
    event_id = await world.say(portal.room_id, ALICE, "hello")
    await world.turn(600.0)

    (row,) = await world.store.ledger.parts_of(event_id)
    assert 6 <= row.attempts <= 9


async def test_the_stored_time_of_the_next_try_is_the_real_one(world: World) -> None:
    portal = await world.portal()
    world.place.faults += [Fault.BUSY] * 3
    event_id = await world.say(portal.room_id, ALICE, "hello")
    await world.turn(6.0)
    (row,) = await world.store.ledger.parts_of(event_id)
    assert row.retry_at is not None
    left_s = (row.retry_at - world.clock.now()).total_seconds()

    await world.turn(left_s - 0.1)
    assert (await world.store.ledger.parts_of(event_id))[0].attempts == row.attempts
    await world.turn(0.2)
    assert (await world.store.ledger.parts_of(event_id))[0].attempts == row.attempts + 1


async def test_a_homeserver_that_stays_away_is_asked_ever_less_often(world: World) -> None:
    await world.portal()
    await world.come("carol")
    world.homeserver.down = True
    await world.hear("carol", "one")
    before = sum(world.homeserver.calls.values())
    await world.turn(120.0)
    assert sum(world.homeserver.calls.values()) - before < 20


async def test_a_lane_that_waited_goes_on_at_once_when_it_is_woken(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    world.homeserver.down = True
    await world.hear("carol", "one")
    await world.turn(120.0)
    world.homeserver.down = False
    world.heart.lanes.wake_all()
    await world.turn(0.0)
    assert world.texts(portal) == ["one"]


async def test_a_pause_that_is_asked_for_holds_up_one_room_only(world: World) -> None:
    here, there = await world.portal(), await world.portal(OTHER)
    await world.come("carol")
    await world.come("dave", OTHER)
    pause = HomeserverUnavailable(Phrase.of("matrix.rate_limited"), retry_after_s=30.0)
    world.homeserver.fail_next("send", pause)
    await world.hear("carol", "held up")
    await world.hear("dave", "at full speed", chat=OTHER)
    assert (world.texts(here), world.texts(there)) == ([], ["at full speed"])
    await world.turn(34.0)
    assert world.texts(here) == ["held up"]


async def test_a_pause_that_was_asked_for_is_kept_whoever_rings(world: World) -> None:
    """A network that came back rang for every lane, and a homeserver with too much to do was asked."""
    portal = await world.portal()
    await world.come("carol")
    pause = HomeserverUnavailable(Phrase.of("matrix.rate_limited"), retry_after_s=30.0)
    world.homeserver.fail_next("send", pause)
    await world.hear("carol", "one")
    await world.turn(10.0)
    world.heart.lanes.wake_all()
    await world.turn(10.0)
    assert world.texts(portal) == []
    await world.turn(14.0)
    assert world.texts(portal) == ["one"]
