"""What the simulation found, each kept as a test whose docstring tells the story."""

import asyncio
from typing import Any

from bridge.model.ids import EventID
from bridge.model.statuses import PartState
from bridge.networks.demo.protocol.place import Edited, Fault, Reacted
from bridge.testing.clock import settle
from tests.core.simulation.crashes import Crash, Told, tell
from tests.core.simulation.scenarios import room_upgrade
from tests.core.world import ALICE, BOB, LOBBY, Fuse, World, fused, make_world


def happened(world: World, kind: type) -> list[Any]:
    return [each for each in world.place.said_in(LOBBY) if isinstance(each, kind)]


async def cut_off_at(world: World, owner: Any, method: str) -> None:
    """The process ends with that call, which takes effect; the method is whole again for the next one."""
    setattr(owner, method, fused(getattr(owner, method), Fuse(left=1, after=True)))


async def next_life(world: World, owner: Any, method: str) -> World:
    await world.crash()
    vars(owner).pop(method)
    return await make_world(before=world)


async def test_a_line_said_while_the_portal_is_moving_into_a_room_crosses(world: World) -> None:
    """The bot had come into the new room of an upgrade, and the portal had not: the line was ignored."""
    portal = await world.portal()
    new = world.homeserver.make_room(ALICE, ALICE, public=True)
    world.homeserver.rooms[portal.room_id].levels.setdefault("users", {})[ALICE] = 100
    on_its_way = asyncio.Event()
    set_info = world.homeserver.set_bridge_info

    async def slow(*arguments: Any) -> None:
        await on_its_way.wait()
        await set_info(*arguments)

    setattr(world.homeserver, "set_bridge_info", slow)  # noqa: B010
    content = {"replacement_room": new.room_id}
    tombstone = world.homeserver.happen(portal.room_id, ALICE, "m.room.tombstone", content, state_key="")
    new.predecessor = (portal.room_id, tombstone.event_id)
    await world.push(tombstone)
    await world.say(new.room_id, ALICE, "are we there yet")
    assert world.said() == []
    on_its_way.set()
    await world.turn(1.0)
    assert world.said() == ["are we there yet"]


async def test_a_reaction_waits_for_as_long_as_the_other_persons_message_takes(world: World) -> None:
    """After five seconds it was dropped in silence, although the message arrived later."""
    portal = await world.portal()
    world.place.faults += [Fault.BUSY, Fault.BUSY]
    line = await world.say(portal.room_id, ALICE, "slow")
    relation = {"rel_type": "m.annotation", "event_id": line, "key": "+"}
    await world.happen(portal.room_id, BOB, "m.reaction", {"m.relates_to": relation})
    await world.say(portal.room_id, BOB, "and another thing")
    await world.turn(8.0)
    assert world.said() == ["and another thing"]
    await world.turn(30.0)
    (said,) = [each for each in world.lines() if each.number and each.on_behalf_of == "alice"]
    assert [(each.key, each.target) for each in happened(world, Reacted)] == [("+", said.number)]


async def test_an_edit_finds_a_message_that_was_settled_by_evidence(world: World) -> None:
    """The message was known to have arrived, but not by which ID: its edit came as a refusal."""
    portal = await world.portal()
    login = world.demo.logins()[0]
    await cut_off_at(world, login, "send")
    line = await world.say(portal.room_id, ALICE, "firts")
    later = await next_life(world, login, "send")
    await edit(later, line, "first")
    await later.turn(5.0)
    (said,) = later.lines()
    assert [each.target for each in happened(later, Edited)] == [said.number]
    await later.stop()


async def test_an_answer_finds_a_line_whose_id_is_not_stored_yet(world: World) -> None:
    """Somebody else's turn made the lane forget that it had yet to store the ID of the line before."""
    portal = await world.portal()
    await world.come("carol")
    world.fail_advance()
    room_id = portal.room_id
    lines = [world.homeserver.say(room_id, ALICE, "first"), world.homeserver.say(room_id, BOB, "second")]
    await world.push(*lines)
    await world.hear("carol", "indeed", reply_to=world.lines()[0].number)
    await world.turn(5.0)
    (answer,) = [
        each for each in world.homeserver.rooms[room_id].timeline if each["content"].get("body") == "indeed"
    ]
    assert answer["content"]["m.relates_to"]["m.in_reply_to"]["event_id"] == lines[0].event_id


async def test_a_reaction_after_a_crash_waits_until_our_own_event_is_known_again(world: World) -> None:
    """The reaction was looked at before the send of what it is about had been repeated."""
    await world.portal()
    await world.come("carol")
    await cut_off_at(world, world.homeserver, "send")
    number = await world.hear("carol", "seen at once")
    (sent,) = [one for one in world.homeserver.sent if one.sender != world.homeserver.bot]
    await world.crash()
    vars(world.homeserver).pop("send")
    relation = {"rel_type": "m.annotation", "event_id": sent.event_id, "key": "+"}
    reaction = world.homeserver.happen(sent.room_id, ALICE, "m.reaction", {"m.relates_to": relation})
    await world.store.inbox.accept([reaction], world.clock.now())
    world.homeserver.fail_next("send")
    later = await make_world(before=world)
    await later.turn(30.0)
    assert [each.target for each in happened(later, Reacted)] == [number]
    await later.stop()


def test_a_line_in_flight_while_its_room_is_replaced_is_said_once() -> None:
    """It was sent into the old room, the process ended, and the next one sent it into the new room."""
    undisturbed = tell(room_upgrade)
    ends = [Crash(at, after=True) for at in places(undisturbed, "FakeHomeserver.send")]
    assert ends
    assert [tell(room_upgrade, (end,)).breaches for end in ends] == [[] for _ in ends]


def places(told: Told, call: str) -> list[int]:
    """At which numbers the first process made a call."""
    return [number for number, name in enumerate(told.calls[0], 1) if name.endswith(call)]


async def edit(world: World, target: EventID, text: str) -> None:
    room_id = (await world.store.portals.all_portals())[0].room_id
    content = {
        "msgtype": "m.text",
        "body": f"* {text}",
        "m.new_content": {"msgtype": "m.text", "body": text},
        "m.relates_to": {"rel_type": "m.replace", "event_id": target},
    }
    edited = await world.happen(room_id, ALICE, "m.room.message", content)
    await settle()
    assert PartState.REFUSED not in await world.states(edited)
