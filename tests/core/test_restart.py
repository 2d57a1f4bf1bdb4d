"""The process ends at the worst moment: what was accepted takes effect once, in its sender's order."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import pytest

from bridge.model.errors import Phrase, StoreUnavailable
from bridge.model.ids import EventID
from bridge.model.statuses import PartState, Settlement
from bridge.networks.demo.protocol.place import Fault
from bridge.testing.clock import settle
from tests.core.world import ALICE, BOB, Fuse, World, fused, make_world


def burn(owner: Any, method: str, fuse: Fuse) -> None:
    """Put one method of the outside behind a fuse."""
    call: Callable[..., Awaitable[Any]] = getattr(owner, method)
    setattr(owner, method, fused(call, fuse))


async def after_crash(world: World, owner: Any, method: str) -> World:
    """The world as it comes up again, with that method mended."""
    await world.crash()
    vars(owner).pop(method)
    return await make_world(before=world)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("method", ["plan", "advance"])
async def test_a_message_survives_a_crash_around_a_write_of_the_ledger(
    world: World, method: str, after: bool
) -> None:
    portal = await world.portal()
    ledger = world.store.ledger
    burn(ledger, method, Fuse(left=1, after=after))
    event_id = await world.say(portal.room_id, ALICE, "once")
    later = await after_crash(world, ledger, method)
    await later.turn(10.0)
    assert later.said() == ["once"]
    assert await later.states(event_id) == [PartState.CONFIRMED]
    await later.stop()


@pytest.mark.parametrize("after", [False, True])
async def test_a_message_survives_a_crash_around_its_sending(world: World, after: bool) -> None:
    portal = await world.portal()
    login = world.demo.logins()[0]
    burn(login, "send", Fuse(left=1, after=after))
    event_id = await world.say(portal.room_id, ALICE, "once")
    later = await after_crash(world, login, "send")
    await later.turn(10.0)
    assert later.said() == ["once"]
    assert await later.states(event_id) == [PartState.CONFIRMED]
    await later.stop()


async def test_without_evidence_a_message_cut_off_is_uncertain_and_told(world: World) -> None:
    portal = await world.portal()
    login = world.demo.logins()[0]
    burn(login, "send", Fuse(left=1))
    event_id = await world.say(portal.room_id, ALICE, "once")
    await world.crash()
    later = await make_world(before=world, connect=False)
    knows_nothing(later)
    await later.connect()
    await later.turn(10.0)
    assert later.said() == []
    assert await later.states(event_id) == [PartState.UNCERTAIN]
    assert len(later.statuses()) == 1
    await later.stop()


def knows_nothing(world: World) -> None:
    async def unknown(*_: object) -> Settlement:
        return Settlement.UNKNOWN

    setattr(world.demo.logins()[0], "settle", unknown)  # noqa: B010 - mypy forbids the plain way


async def test_the_rest_of_a_refused_message_stays_refused_after_a_crash(world: World) -> None:
    """The refused part was closed before the rest, and a crash in between sent the rest."""
    portal = await world.portal()
    world.one_part_a_line()
    world.place.faults.append(Fault.REFUSE)
    ledger = world.store.ledger
    burn(ledger, "close_rest", Fuse(left=1))
    await world.say(portal.room_id, ALICE, "one\ntwo\nthree")
    world.place.faults.append(Fault.REFUSE)
    later = await after_crash(world, ledger, "close_rest")
    await later.turn(60.0)
    assert later.said() == []
    assert len(later.statuses()) == 1
    await later.stop()


async def test_what_waited_for_the_network_is_said_in_order_after_a_crash(world: World) -> None:
    portal = await world.portal()
    await world.disconnect()
    await world.say(portal.room_id, ALICE, "one")
    await world.say(portal.room_id, ALICE, "two")
    await world.crash()
    later = await make_world(before=world)
    await later.say(portal.room_id, ALICE, "three")
    assert later.said() == ["one", "two", "three"]
    await later.stop()


async def test_the_parts_still_to_go_are_said_after_a_crash(world: World) -> None:
    portal = await world.portal()
    world.one_part_a_line()
    login = world.demo.logins()[0]
    burn(login, "send", Fuse(left=2, after=True))
    await world.say(portal.room_id, ALICE, "one\ntwo\nthree")
    await world.say(portal.room_id, ALICE, "next")
    later = await after_crash(world, login, "send")
    await later.turn(10.0)
    assert later.said() == ["one", "two", "three", "next"]
    await later.stop()


@pytest.mark.parametrize("after", [False, True])
async def test_a_remote_line_survives_a_crash_around_its_posting(world: World, after: bool) -> None:
    portal = await world.portal()
    await world.come("carol")
    burn(world.homeserver, "send", Fuse(left=1, after=after))
    await world.hear("carol", "once")
    later = await after_crash(world, world.homeserver, "send")
    assert later.texts(portal) == ["once"]
    await later.stop()


@pytest.mark.parametrize("after", [False, True])
async def test_a_remote_line_survives_a_crash_around_its_closing(world: World, after: bool) -> None:
    portal = await world.portal()
    await world.come("carol")
    arrivals = world.store.arrivals
    burn(arrivals, "close", Fuse(left=1, after=after))
    number = await world.hear("carol", "once")
    later = await after_crash(world, arrivals, "close")
    assert later.texts(portal) == ["once"]
    relation = {"m.in_reply_to": {"event_id": later.homeserver.sent[0].event_id}}
    await later.say(portal.room_id, ALICE, "heard", **{"m.relates_to": relation})
    assert [line.reply_to for line in later.lines()] == [number]
    await later.stop()


async def test_a_lost_answer_of_the_homeserver_doubles_nothing(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    world.homeserver.lose_next_answer()
    await world.hear("carol", "one")
    await world.hear("carol", "two")
    await world.turn(10.0)
    assert world.texts(portal) == ["one", "two"]


async def test_what_waited_for_the_homeserver_is_posted_in_order_after_a_crash(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    world.homeserver.down = True
    await world.hear("carol", "one")
    await world.hear("carol", "two")
    await world.crash()
    world.homeserver.down = False
    later = await make_world(before=world)
    await later.come("dave")
    await later.hear("carol", "three")
    assert later.texts(portal) == ["one", "two", "three"]
    await later.stop()


async def test_a_command_cut_off_is_answered_once(world: World) -> None:
    portal = await world.portal()
    inbox = world.store.inbox
    burn(inbox, "finish", Fuse(left=1))
    await world.say(portal.room_id, ALICE, "!trunkline help")
    later = await after_crash(world, inbox, "finish")
    assert len(later.texts(portal)) == 2
    await later.stop()


async def test_an_unplumb_cut_off_is_finished(world: World) -> None:
    """The portal was forgotten first, and its ghosts stayed in the room for ever."""
    portal = await world.portal()
    await world.come("carol")
    await world.hear("carol", "hello")
    room = world.homeserver.rooms[portal.room_id]
    burn(world.homeserver, "leave", Fuse(left=1))
    room.levels["users"] = {ALICE: 100}
    await world.say(portal.room_id, ALICE, "!trunkline unplumb")
    later = await after_crash(world, world.homeserver, "leave")
    await later.turn(5.0)
    assert room.members[world.homeserver.sent[0].sender] == "leave"
    assert later.heart.portals.all() == ()
    assert later.texts(portal).count("This room is no longer joined to ~lobby.") == 1
    await later.stop()


async def test_a_room_without_a_portal_is_taken_up_after_a_crash(world: World) -> None:
    portals = world.store.portals
    burn(portals, "create_portal", Fuse(left=1))
    world.tasks.spawn("join", opening(world))
    await settle()
    later = await after_crash(world, portals, "create_portal")
    portal = await later.portal()
    assert list(later.homeserver.rooms) == [portal.room_id]
    await later.stop()


async def opening(world: World) -> None:
    await world.portal()


async def test_a_part_of_a_portal_that_ended_is_told_and_closed(world: World) -> None:
    """Its rows stayed open for ever, and were taken up again at each start."""
    portal = await world.portal()
    await world.disconnect()
    event_id = await world.say(portal.room_id, BOB, "hello")
    await world.heart.rooms.abandon(portal)
    await world.turn(10.0)
    assert await world.states(event_id) == [PartState.REFUSED]
    assert len(world.statuses()) == 1
    assert await world.store.ledger.open_parts() == []


async def test_a_start_in_which_the_store_goes_away_goes_on_when_it_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was taken up before it went was taken up a second time, and said twice."""
    portal = await world.portal()
    await world.refuse_plans(2)
    events = [await world.say(portal.room_id, ALICE, text) for text in ("one", "two")]
    await world.crash()
    for event_id in events:
        await world.store.ledger.reopen(event_id, portal.lane, at=world.clock.now())
    body_of, asked = type(world.store.inbox).body_of, count()

    async def away_once(self: Any, event_id: EventID) -> bytes | None:
        if next(asked) == 1:
            raise StoreUnavailable(Phrase.of("storage.unavailable", error="gone"))
        return await body_of(self, event_id)

    monkeypatch.setattr(type(world.store.inbox), "body_of", away_once)
    starting = asyncio.ensure_future(make_world(before=world))
    await settle()
    await world.clock.turn(5)
    later = await starting

    await later.turn(10.0)
    assert later.said() == ["one", "two"]
    await later.stop()
