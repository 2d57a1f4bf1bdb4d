"""Old things are forgotten beside the work, and what is asked about them is answered."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio

from bridge.core.config import BridgeConfig
from bridge.core.upkeep import Upkeep
from bridge.model.ids import EventID
from bridge.model.portals import Portal
from bridge.policy.retention import RetentionConfig
from bridge.telemetry.metrics import Metrics
from tests.core.world import ALICE, BOB, World, make_world

DAYS = RetentionConfig(bodies_days=30, failures_days=90, records_days=365)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    made = await make_world(config=BridgeConfig(expire_after_s=60.0))
    yield made
    await made.stop()


async def begin_upkeep(world: World) -> Metrics:
    """The worker, as the bridge runs it."""
    metrics = Metrics()
    upkeep = Upkeep(world.store.upkeep, DAYS, metrics, world.clock)
    world.tasks.spawn("upkeep", upkeep.run())
    await world.turn(10.0)
    return metrics


async def pass_days(world: World, days: int) -> None:
    """Nothing happens for so long; what is told now and then is told once."""
    world.clock._now += timedelta(days=days)
    await world.turn(3601.0)


async def retry(world: World, portal: Portal, event_id: EventID) -> str:
    """What is answered to the wish to send a message again."""
    relates = {"m.relates_to": {"m.in_reply_to": {"event_id": event_id}}}
    await world.say(portal.room_id, ALICE, "!trunkline retry", **relates)
    return world.texts(portal)[-1]


async def test_words_are_forgotten_and_counted(world: World) -> None:
    portal = await world.portal()
    metrics = await begin_upkeep(world)
    event_id = await world.say(portal.room_id, ALICE, "hello")
    await pass_days(world, 31)

    assert await world.store.inbox.body_of(event_id) is None
    assert b'trunkline_pruned_rows_total{kind="event_bodies"} ' in metrics.render()


async def test_old_messages_can_be_edited_and_reacted_to(world: World) -> None:
    portal = await world.portal()
    await begin_upkeep(world)
    await world.come("carol")
    number = await world.hear("carol", "tea?")
    heard = world.homeserver.sent[-1].event_id
    said = await world.say(portal.room_id, ALICE, "yes")
    await pass_days(world, 31)
    reaction = {"m.relates_to": {"rel_type": "m.annotation", "event_id": heard, "key": "👍"}}
    await world.happen(portal.room_id, BOB, "m.reaction", reaction)
    edit = {"m.relates_to": {"rel_type": "m.replace", "event_id": said}, "m.new_content": {}}
    edit["m.new_content"] = {"msgtype": "m.text", "body": "no"}
    await world.say(portal.room_id, ALICE, "* no", **edit)
    again = await world.hear("carol", "pity", reply_to=number)
    await world.turn(5.0)

    assert [type(each).__name__ for each in world.place.said_in(portal.key.chat)][-3:] == [
        "Reacted",
        "Edited",
        "Said",
    ]
    assert again > number


async def test_a_failure_can_be_retried_until_it_is_forgotten(world: World) -> None:
    portal = await world.portal()
    await begin_upkeep(world)
    await world.disconnect()
    event_id = await world.say(portal.room_id, ALICE, "hello")
    await world.turn(70.0)
    await pass_days(world, 60)
    await world.connect()
    kept = await world.store.inbox.body_of(event_id)
    await pass_days(world, 60)
    answer = await retry(world, portal, event_id)

    assert kept is not None
    assert await world.store.inbox.body_of(event_id) is None
    assert answer == "It cannot be sent again, because its words are no longer kept here. Say it anew."
    assert world.said() == []


async def test_trace_says_that_words_are_no_longer_kept(world: World) -> None:
    portal = await world.portal()
    await begin_upkeep(world)
    event_id = await world.say(portal.room_id, ALICE, "hello")
    await pass_days(world, 31)
    await world.say(portal.room_id, ALICE, f"!trunkline trace {event_id}")
    steps = world.texts(portal)[-1]
    await pass_days(world, 400)
    await world.say(portal.room_id, ALICE, f"!trunkline trace {event_id}")
    later = world.texts(portal)[-1]

    assert "Its words are no longer kept here." in steps
    assert "arrived; demo confirmed it." in steps
    assert "Its words are no longer kept here." in later
    assert "confirmed" not in later


async def test_a_store_that_is_away_is_cleaned_up_the_next_time(world: World) -> None:
    portal = await world.portal()
    await begin_upkeep(world)
    event_id = await world.say(portal.room_id, ALICE, "hello")
    world.store.switch.down = True
    await pass_days(world, 31)
    world.store.switch.down = False
    await world.turn(4000.0)

    assert await world.store.inbox.body_of(event_id) is None
