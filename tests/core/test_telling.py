"""Senders are told what became of their messages, whatever goes on in other rooms."""

from typing import Any

from bridge.model.ids import RoomID
from bridge.model.portals import Portal
from bridge.networks.demo.ids import parse_chat_text
from tests.core.world import ALICE, BOB, World

OTHER = parse_chat_text("other")
TOLD = "Your message could not be delivered. Use `retry` to send it again."


async def two_rooms(world: World) -> tuple[Portal, Portal]:
    return await world.portal(), await world.portal(OTHER)


def stuck(world: World, room_id: RoomID) -> None:
    """Sends into this room never end, as while the homeserver makes the bot wait there."""
    send = world.homeserver.send

    async def sending(into: RoomID, *arguments: Any, **named: Any) -> Any:
        if into == room_id:
            await world.clock.sleep(1e9)
        return await send(into, *arguments, **named)

    setattr(world.homeserver, "send", sending)  # noqa: B010 - mypy forbids the plain way


async def test_a_room_in_which_the_bot_must_wait_holds_up_no_other(world: World) -> None:
    here, there = await two_rooms(world)
    stuck(world, here.room_id)
    await world.refuse_plans(2)
    await world.say(here.room_id, ALICE, "one")
    await world.say(there.room_id, BOB, "two")
    assert world.texts(there)[-1] == TOLD


async def test_what_fails_in_a_room_that_is_being_told_is_told_as_well(world: World) -> None:
    here, _ = await two_rooms(world)
    await world.refuse_plans(2)
    world.homeserver.fail_next("send")
    await world.say(here.room_id, ALICE, "one")
    await world.say(here.room_id, BOB, "two")
    await world.turn(31.0)
    assert world.texts(here)[-2:] == [TOLD, TOLD]
