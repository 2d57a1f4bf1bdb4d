"""After a room's upgrade: what was said in the old room, and what comes from the network meanwhile."""

from collections.abc import AsyncIterator

import pytest_asyncio
from attrs import evolve

from bridge.core.config import BridgeConfig
from bridge.model.ids import EventID, RoomID
from bridge.model.portals import Portal
from bridge.testing.fake_rooms import FakeRoom
from tests.core.world import ALICE, BOB, World, make_world


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    made = await make_world(config=BridgeConfig(quiet_s=2.0, lane_memory=10))
    yield made
    await made.stop()


async def portal_of_alice(world: World) -> Portal:
    portal = await world.portal()
    world.homeserver.rooms[portal.room_id].levels["users"] = {ALICE: 100}
    return portal


def successor(world: World, portal: Portal) -> FakeRoom:
    room = world.homeserver.make_room(ALICE, BOB, public=True)
    room.predecessor = (portal.room_id, None)
    return room


async def upgrade(world: World, portal: Portal, new: RoomID) -> EventID:
    content = {"replacement_room": new, "body": "moved"}
    return await world.happen(portal.room_id, ALICE, "m.room.tombstone", content, state_key="")


async def test_a_line_accepted_in_the_old_room_crosses_once_after_a_crash(world: World) -> None:
    """It was accepted and not planned when the process died, and the portal had moved on by then."""
    portal = await portal_of_alice(world)
    await world.disconnect()
    await world.say(portal.room_id, BOB, "before")
    await upgrade(world, portal, successor(world, portal).room_id)
    await world.crash()
    later = await make_world(before=world)
    await later.turn(10.0)

    assert later.said() == ["before"]
    await later.crash()
    last = await make_world(before=later)
    await last.turn(10.0)
    assert last.said() == ["before"]
    await last.stop()


async def test_a_spilled_lane_goes_on_with_the_old_room(world: World) -> None:
    portal = await portal_of_alice(world)
    await world.disconnect()
    for number in range(40):
        await world.say(portal.room_id, BOB, f"{number}")
    new = successor(world, portal)
    await upgrade(world, portal, new.room_id)
    await world.say(new.room_id, BOB, "40")
    await world.connect()
    await world.turn(30.0)

    assert world.said() == [f"{number}" for number in range(41)]


async def test_who_speaks_in_the_old_room_is_sent_to_the_new_one(world: World) -> None:
    portal = await portal_of_alice(world)
    await upgrade(world, portal, successor(world, portal).room_id)
    await world.turn(1.0)
    await world.say(portal.room_id, ALICE, "still here")
    await world.turn(1.0)

    assert world.said() == []
    assert "Say it in the room that follows it." in world.homeserver.texts(portal.room_id)[-1]


async def test_nobody_is_told_after_the_portal_has_ended(world: World) -> None:
    portal = await portal_of_alice(world)
    await upgrade(world, portal, successor(world, portal).room_id)
    await world.heart.rooms.abandon(world.heart.portals.all()[0])
    await world.turn(1.0)
    words = world.homeserver.texts(portal.room_id)
    await world.say(portal.room_id, ALICE, "still here")
    await world.turn(1.0)

    assert world.homeserver.texts(portal.room_id) == [*words, "still here"]


async def test_a_line_waits_for_the_new_room_however_long_it_takes(world: World) -> None:
    """The old room takes nothing from the tombstone on, which may reach us minutes later."""
    portal = await portal_of_alice(world)
    await world.come("carol")
    new = successor(world, portal)
    content = {"replacement_room": new.room_id, "body": "moved"}
    tombstone = world.homeserver.happen(portal.room_id, ALICE, "m.room.tombstone", content, state_key="")
    carol = world.homeserver.namespace.ghost(portal.key.network, "carol")
    world.homeserver.rooms[portal.room_id].members[carol] = "ban"
    await world.hear("carol", "where are you?")
    await world.turn(400.0)
    await world.push(tombstone)
    await world.turn(5.0)

    assert world.homeserver.texts(new.room_id) == ["where are you?"]
    assert "where are you?" not in world.homeserver.texts(portal.room_id)


async def test_a_conversation_that_moves_twice_remembers_both_rooms(world: World) -> None:
    portal = await portal_of_alice(world)
    first = successor(world, portal)
    await upgrade(world, portal, first.room_id)
    moved = world.heart.portals.all()[0]
    first.levels["users"] = {ALICE: 100}
    await upgrade(world, moved, successor(world, moved).room_id)
    now = world.heart.portals.all()[0]

    assert [room.room_id for room in now.former] == [portal.room_id, first.room_id]
    assert evolve(now, former=()) == evolve(portal, room_id=now.room_id)
