"""The homeserver did not push what happened: it is found by asking, once and in order."""

from collections.abc import AsyncIterator

import pytest_asyncio

from bridge.core.config import BridgeConfig
from bridge.core.reconcile import HOLD_S
from bridge.core.sweep import GRACE_S, LONG_GRACE_S
from bridge.model.ids import ChatID
from bridge.testing.history import lost_place
from tests.core.late_world import LateWorld, make_late
from tests.core.world import ALICE, BOB, World, make_world

EVERY_S = 300.0
CEILING_S = 120.0


async def began(world: World) -> LateWorld:
    """A world that was reconciled up to now, and has nothing to do."""
    late = make_late(world)
    await late.begin()
    assert late.store.place is not None
    return late


async def test_at_the_very_first_start_nothing_of_the_past_is_bridged(world: World) -> None:
    portal = await world.portal()
    late = make_late(world)
    await late.lose(portal.room_id, ALICE, "before")
    await late.begin()
    assert world.said() == []
    assert late.store.place is not None


async def test_what_was_never_pushed_comes_at_the_next_start_once_and_in_order(world: World) -> None:
    chats = [ChatID(name) for name in ("lobby", "kitchen", "garden")]
    portals = [await world.portal(chat) for chat in chats]
    before = await began(world)
    numbers = [str(number) for number in range(100)]
    for number in numbers:
        for portal in portals:
            await before.lose(portal.room_id, ALICE, number)
    late = make_late(world, before=before)
    await late.begin()
    await world.turn(10.0)
    assert [world.said(chat) for chat in chats] == [numbers, numbers, numbers]
    assert late.counted("gap_recovered_total") == 300
    assert late.intake.forgotten == 1


async def test_what_is_pushed_after_all_is_known(world: World) -> None:
    portal = await world.portal()
    late = await began(world)
    events = [await late.lose(portal.room_id, ALICE, text) for text in ("one", "two", "three")]
    late.reconciler.doubt("test")
    await world.turn(1.0)
    await late.push(*events)
    await late.push(events[0])
    await world.turn(EVERY_S * 2)
    assert world.said() == ["one", "two", "three"]


async def test_old_transactions_brought_again_and_reconciling_double_nothing(world: World) -> None:
    portal = await world.portal()
    late = await began(world)
    old = [await late.lose(portal.room_id, ALICE, text) for text in ("one", "two")]
    await late.push(*old)
    lost = [await late.lose(portal.room_id, ALICE, text) for text in ("three", "four")]
    late.reconciler.doubt("test")
    await late.push(*old)
    await late.push(*old, *lost)
    late.reconciler.doubt("test")
    await world.turn(EVERY_S * 2)
    assert world.said() == ["one", "two", "three", "four"]


async def test_a_push_waits_for_the_events_before_it(world: World) -> None:
    portal = await world.portal()
    late = await began(world)
    world.homeserver.down = True
    late.reconciler.doubt("test")
    await world.turn(0.5)
    await late.lose(portal.room_id, ALICE, "lost")
    newer = await late.lose(portal.room_id, ALICE, "newer")
    world.homeserver.down = False
    await late.push(newer)
    await world.turn(1.0)
    assert world.said() == ["lost", "newer"]


async def test_a_push_does_not_wait_for_ever(world: World) -> None:
    portal = await world.portal()
    late = await began(world)
    late.history.error = lost_place()
    late.reconciler.doubt("test")
    await late.push(await late.lose(portal.room_id, ALICE, "newer"))
    assert world.said() == []
    await world.turn(HOLD_S + 0.1)
    assert world.said() == ["newer"]
    await late.push(await late.lose(portal.room_id, ALICE, "newest"))
    assert world.said() == ["newer", "newest"]


async def test_before_the_first_look_a_push_waits_too(world: World) -> None:
    portal = await world.portal()
    before = await began(world)
    await before.lose(portal.room_id, ALICE, "lost")
    late = make_late(world, before=before)
    await late.push(await late.lose(portal.room_id, ALICE, "newer"))
    assert world.said() == []
    await late.begin()
    assert world.said() == ["lost", "newer"]


async def test_a_homeserver_that_is_away_is_asked_again(world: World) -> None:
    portal = await world.portal()
    late = await began(world)
    await late.lose(portal.room_id, ALICE, "lost")
    world.homeserver.down = True
    late.reconciler.doubt("test")
    await world.turn(100.0)
    world.homeserver.down = False
    await world.turn(61.0)
    assert world.said() == ["lost"]
    assert late.counted("reconcile_runs_total", '{outcome="failed"}') >= 3


async def test_the_timer_finds_what_nothing_pointed_to(world: World) -> None:
    portal = await world.portal()
    late = await began(world)
    await late.lose(portal.room_id, ALICE, "lost")
    await world.turn(EVERY_S - 1)
    assert world.said() == []
    await world.turn(1 + GRACE_S)
    assert world.said() == ["lost"]


async def test_when_the_store_comes_back_the_homeserver_is_asked(world: World) -> None:
    """A database that was set back, or failed over to an older copy, has lost what was stored in it."""
    portal = await world.portal()
    late = await began(world)
    world.store.switch.down = True
    await world.turn(6.0)
    await late.lose(portal.room_id, ALICE, "forgotten")
    world.store.switch.down = False
    await world.turn(3.0)
    assert world.said() == ["forgotten"]


async def test_a_push_on_its_way_is_not_taken_for_lost(world: World) -> None:
    portal = await world.portal()
    late = await began(world)
    event = await late.lose(portal.room_id, ALICE, "slow")
    await world.turn(EVERY_S + GRACE_S / 2)
    await late.push(event)
    await world.turn(GRACE_S)
    assert world.said() == ["slow"]
    assert late.counted("gap_recovered_total") == 0


async def test_the_place_is_kept_only_behind_what_it_covers(world: World) -> None:
    portal = await world.portal()
    late = await began(world)
    place = late.store.place
    await late.lose(portal.room_id, ALICE, "lost")
    world.store.switch.down = True
    late.reconciler.doubt("test")
    await world.turn(3.0)
    assert late.store.place == place
    world.store.switch.down = False
    await world.turn(70.0)
    assert late.store.place != place
    assert world.said() == ["lost"]


async def test_a_crash_before_the_place_was_kept_doubles_nothing(world: World) -> None:
    portal = await world.portal()
    before = await began(world)
    place = before.store.place
    lost = [await before.lose(portal.room_id, ALICE, text) for text in ("one", "two", "three")]
    before.reconciler.doubt("test")
    await world.turn(1.0)
    await world.crash()
    later = await make_world(before=world)
    again = make_late(later, place=place)
    await again.begin()
    await later.turn(10.0)
    assert later.said() == ["one", "two", "three"]
    assert {event.event_id for event in lost}.isdisjoint(again.intake.taken)
    await later.stop()


async def test_what_was_said_before_the_portal_is_never_bridged(world: World) -> None:
    late = await began(world)
    room = world.homeserver.make_room(ALICE, world.homeserver.bot)
    await late.lose(room.room_id, ALICE, "between us")
    await world.turn(1.0)
    await world.portal()
    portal = world.heart.portals.all()[0]
    await world.heart.portals.move(portal, room.room_id, at=world.clock.now())
    late.reconciler.doubt("test")
    await world.turn(1.0)
    assert world.said() == []


@pytest_asyncio.fixture
async def hasty() -> AsyncIterator[World]:
    """A world where a message is too old after two minutes."""
    made = await make_world(config=BridgeConfig(gap_ceiling_s=CEILING_S))
    yield made
    await made.stop()


async def test_what_is_too_old_becomes_one_sentence(hasty: World) -> None:
    portal = await hasty.portal()
    late = await began(hasty)
    events = [await late.lose(portal.room_id, who, "hello") for who in (ALICE, BOB, ALICE)]
    hasty.homeserver.down = True
    await hasty.turn(CEILING_S * 2)
    hasty.homeserver.down = False
    await hasty.turn(EVERY_S + LONG_GRACE_S + 2 * GRACE_S)
    await late.push(*events)
    sentences = [text for text in hasty.texts(portal) if "lost 3 messages" in text]
    assert hasty.said() == []
    assert len(sentences) == 1
    assert late.counted("gap_given_up_total") == 3


async def test_what_is_old_but_pushed_in_time_is_carried(hasty: World) -> None:
    portal = await hasty.portal()
    before = await began(hasty)
    await hasty.turn(CEILING_S * 2)
    event = await before.lose(portal.room_id, ALICE, "hello")
    late = make_late(hasty, before=before)
    await late.begin()
    await late.push(event)
    await hasty.turn(LONG_GRACE_S * 2)
    assert hasty.said() == ["hello"]
    assert "lost" not in " ".join(hasty.texts(portal))


async def test_a_place_that_the_homeserver_does_not_know_is_replaced(world: World) -> None:
    portal = await world.portal()
    late = await began(world)
    late.history.error = lost_place()
    late.reconciler.doubt("test")
    await world.turn(0.0)
    assert late.counted("reconcile_runs_total", '{outcome="refused"}') >= 1
    late.history.error = None
    await late.lose(portal.room_id, ALICE, "lost")
    await world.turn(120.0)
    assert world.said() == ["lost"]


async def test_an_invite_that_was_not_pushed_is_answered_after_a_while(world: World) -> None:
    late = await began(world)
    room = world.homeserver.make_room(ALICE)
    content = {"membership": "invite", "is_direct": True}
    world.homeserver.happen(room.room_id, ALICE, "m.room.member", content, state_key=world.homeserver.bot)
    late.reconciler.doubt("test")
    await world.turn(LONG_GRACE_S + 1.0)
    assert room.members[world.homeserver.bot] == "join"


async def test_an_invite_that_was_pushed_is_answered_once(world: World) -> None:
    late = await began(world)
    room = world.homeserver.make_room(ALICE)
    content = {"membership": "invite", "is_direct": True}
    event = world.homeserver.happen(
        room.room_id, ALICE, "m.room.member", content, state_key=world.homeserver.bot
    )
    late.reconciler.doubt("test")
    await late.push(event)
    await world.turn(LONG_GRACE_S + 1.0)
    assert late.intake.taken == []
    assert len(world.homeserver.texts(room.room_id)) == 1
