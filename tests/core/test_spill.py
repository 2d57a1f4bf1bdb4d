"""A flood of one person stays in the inbox, and others go past it; nothing is lost, doubled or swapped."""

import pytest

from bridge.core.config import BridgeConfig
from bridge.model.portals import Portal
from tests.core.world import ALICE, BOB, World, make_world

FLOOD = [f"a{number}" for number in range(60)]


async def flooded(memory: int = 10) -> tuple[World, Portal]:
    """Alice has said much more than a lane holds, and its network is away."""
    world = await make_world(config=BridgeConfig(lane_memory=memory))
    portal = await world.portal()
    await world.disconnect()
    await world.push(*[world.homeserver.say(portal.room_id, ALICE, text) for text in FLOOD])
    return world, portal


async def test_a_flood_holds_up_nobody_else() -> None:
    world, portal = await flooded()
    await world.say(portal.room_id, BOB, "may I?")
    await world.connect()
    await world.turn(1.0)
    await world.turn(1.0)

    assert world.said().index("may I?") < 3
    assert [text for text in world.said() if text != "may I?"] == FLOOD
    await world.stop()


async def test_everybody_keeps_their_order_over_a_flood() -> None:
    world, portal = await flooded()
    bobs = [f"b{number}" for number in range(12)]
    for text in bobs:
        await world.say(portal.room_id, BOB, text)
    await world.connect()
    await world.turn(1.0)
    await world.turn(1.0)

    assert [text for text in world.said() if text[0] == "a"] == FLOOD
    assert [text for text in world.said() if text[0] == "b"] == bobs
    await world.stop()


async def test_what_speaks_about_a_message_of_the_flood_waits_for_it() -> None:
    world, portal = await flooded()
    target = world.homeserver.rooms[portal.room_id].timeline[-1]["event_id"]
    relation = {"rel_type": "m.annotation", "event_id": target, "key": "👍"}
    await world.happen(portal.room_id, BOB, "m.reaction", {"m.relates_to": relation})
    await world.connect()
    await world.turn(1.0)
    await world.turn(1.0)

    reacted = [each for each in world.place.said_in(portal.key.chat) if type(each).__name__ == "Reacted"]
    assert len(reacted) == 1
    assert world.said() == FLOOD
    await world.stop()


async def test_a_receipt_waits_for_the_flood_before_it() -> None:
    """What went past says nothing about what stayed."""
    world, portal = await flooded()
    last = world.homeserver.rooms[portal.room_id].timeline[-1]["event_id"]
    bobs = await world.say(portal.room_id, BOB, "may I?")
    read = []
    mark_read = world.homeserver.mark_read

    async def marking(room_id: object, event_id: object) -> None:
        read.append((event_id, len(world.said())))
        await mark_read(portal.room_id, bobs)

    setattr(world.homeserver, "mark_read", marking)  # noqa: B010 - mypy forbids the plain way
    await world.connect()
    await world.turn(1.0)
    await world.turn(1.0)

    assert all(said == len(FLOOD) + 1 for event_id, said in read if event_id == bobs)
    assert {event_id for event_id, _ in read} & {last, bobs}
    assert read[-1][0] == bobs
    await world.stop()


@pytest.mark.parametrize("memory", [10, 11, 30, 59, 60, 61])
async def test_a_flood_over_a_crash(memory: int) -> None:
    world, portal = await flooded(memory)
    await world.say(portal.room_id, BOB, "may I?")
    await world.crash()
    later = await make_world(before=world)
    await later.turn(1.0)
    await later.turn(1.0)

    assert [text for text in later.said() if text != "may I?"] == FLOOD
    assert later.said().count("may I?") == 1
    await later.stop()


async def test_floods_one_after_another_leave_nothing_behind() -> None:
    world, portal = await flooded()
    for turn in range(3):
        await world.say(portal.room_id, BOB, f"bob {turn}")
        await world.connect()
        await world.turn(1.0)
        await world.turn(1.0)
        await world.disconnect()
        await world.push(*[world.homeserver.say(portal.room_id, ALICE, text) for text in FLOOD])
    await world.connect()
    await world.turn(1.0)
    await world.turn(1.0)

    assert [text for text in world.said() if text[0] == "a"] == FLOOD * 4
    assert [text for text in world.said() if text[0] == "b"] == ["bob 0", "bob 1", "bob 2"]
    assert list(await world.store.inbox.pending_in_room(portal.room_id, 0, 999)) == []  # type: ignore[arg-type]
    await world.stop()
