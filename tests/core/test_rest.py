"""A bridge that is stopped ends what it is writing, and begins nothing more."""

import asyncio

import pytest

from bridge.model.ids import ChatID
from bridge.model.outgoing import PlannedPart, Sent
from bridge.model.statuses import PartState
from bridge.testing.clock import settle
from tests.core.world import ALICE, World


async def test_a_lane_at_rest_begins_nothing_more(world: World) -> None:
    portal = await world.portal()

    await world.heart.lanes.to_network(portal.lane).rest()
    event_id = await world.say(portal.room_id, ALICE, "too late for now")

    assert await world.store.ledger.parts_of(event_id) == []
    assert world.said() == []


async def test_rest_waits_for_the_end_of_what_is_being_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = await world.portal()
    login = world.demo.logins()[0]
    write, go = login.send, asyncio.Event()

    async def slow(chat: ChatID, part: PlannedPart) -> Sent:
        await go.wait()
        return await write(chat, part)

    monkeypatch.setattr(login, "send", slow)
    event_id = await world.say(portal.room_id, ALICE, "on its way")
    resting = asyncio.create_task(world.heart.lanes.rest())
    await settle()
    assert not resting.done()

    go.set()

    await resting
    rows = await world.store.ledger.parts_of(event_id)
    assert [row.state for row in rows] == [PartState.CONFIRMED]
