"""The store or the homeserver is away, or there is more than the memory holds: nothing is lost."""

from typing import Any

import pytest

from bridge.core.config import BridgeConfig
from bridge.model.errors import HomeserverUnavailable, Phrase
from bridge.model.ids import InboxSeq, RoomID
from bridge.model.matrix_events import RawEvent
from bridge.networks.demo.protocol.place import Fault
from bridge.testing.clock import settle
from tests.core.world import ALICE, BOB, World, make_world

NUMBERS = [str(number) for number in range(50)]


async def small_world() -> World:
    """A world whose lanes hold three messages in memory."""
    return await make_world(config=BridgeConfig(lane_memory=3))


async def test_with_the_store_away_remote_lines_wait_for_it(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    world.store.switch.down = True
    await world.hear("carol", "one")
    await world.hear("carol", "two")
    world.store.switch.down = False
    await world.turn(5.0)
    assert world.texts(portal) == ["one", "two"]


async def test_with_the_store_away_messages_wait_for_it(world: World) -> None:
    portal = await world.portal()
    events = [world.homeserver.say(portal.room_id, ALICE, text) for text in NUMBERS]
    await world.heart.outside.stores.inbox.accept(events, world.clock.now())
    world.store.switch.down = True
    world.heart.dispatcher.ring()
    await world.turn(5.0)
    world.store.switch.down = False
    await world.turn(5.0)
    assert world.said() == NUMBERS


async def test_the_store_away_in_the_middle_of_everything(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    world.place.faults += [Fault.BUSY]
    events = [world.homeserver.say(portal.room_id, ALICE, text) for text in NUMBERS]
    await world.heart.outside.stores.inbox.accept(events, world.clock.now())
    world.heart.dispatcher.ring()
    await settle(7)
    world.store.switch.down = True
    await world.hear("carol", "hello")
    await world.turn(20.0)
    world.store.switch.down = False
    await world.turn(20.0)
    assert world.said() == NUMBERS
    assert world.texts(portal)[-1] == "hello"


async def test_ignored_events_are_finished_although_the_store_was_away(world: World) -> None:
    """They were forgotten with the batch, and stayed in the inbox until the next start."""
    room = world.homeserver.make_room(ALICE)
    events = [world.homeserver.say(room.room_id, ALICE, "nobody's")]
    finish = world.store.inbox.finish

    async def away_once(*arguments: object) -> None:
        world.store.switch.down = True
        setattr(world.store.inbox, "finish", finish)  # noqa: B010 - mypy forbids the plain way
        world.store.switch.check()

    setattr(world.store.inbox, "finish", away_once)  # noqa: B010 - mypy forbids the plain way
    await world.push(*events)
    world.store.switch.down = False
    await world.turn(5.0)
    assert await world.store.inbox.pending_in_room(room.room_id, InboxSeq(0), 9) == []


async def test_with_the_homeserver_away_remote_lines_wait_for_it(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    world.homeserver.down = True
    await world.hear("carol", "one")
    await world.hear("carol", "two")
    await world.turn(5.0)
    world.homeserver.down = False
    await world.turn(5.0)
    assert world.texts(portal) == ["one", "two"]


async def test_a_homeserver_that_asks_for_a_pause_gets_it(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    pause = HomeserverUnavailable(Phrase.of("matrix.rate_limited"), retry_after_s=30.0)
    world.homeserver.fail_next("send", pause)
    await world.hear("carol", "one")
    await world.turn(29.0)
    assert world.texts(portal) == []
    await world.turn(2.0)
    assert world.texts(portal) == ["one"]


async def test_with_the_homeserver_away_messages_still_reach_the_network_later(world: World) -> None:
    portal = await world.portal()
    world.homeserver.down = True
    event = world.homeserver.say(portal.room_id, ALICE, "hello")
    await world.push(event)
    world.homeserver.down = False
    await world.turn(5.0)
    assert world.said() == ["hello"]


async def test_a_slow_homeserver_does_not_hold_up_the_network(world: World) -> None:
    """Receipts and sentences were sent by the lane itself, one request for each message."""
    portal = await world.portal()
    world.place.faults.append(Fault.REFUSE)

    async def never(*_: object, **__: object) -> None:
        await world.clock.sleep(1e9)

    setattr(world.homeserver, "mark_read", never)  # noqa: B010 - mypy forbids the plain way
    setattr(world.homeserver, "send", never)  # noqa: B010 - mypy forbids the plain way
    await world.say(portal.room_id, ALICE, "refused")
    await world.say(portal.room_id, ALICE, "one")
    await world.say(portal.room_id, ALICE, "two")
    assert world.said() == ["one", "two"]


async def test_an_unreadable_event_is_set_aside_and_the_next_one_crosses(world: World) -> None:
    portal = await world.portal()
    broken = world.homeserver.happen(portal.room_id, ALICE, "m.room.message", {"msgtype": 7})
    await world.push(broken)
    await world.say(portal.room_id, ALICE, "next")
    assert len(world.store.inbox.set_aside) == 1
    assert world.said() == ["next"]


async def test_a_reader_that_breaks_costs_one_event(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    portal = await world.portal()
    reader = world.heart.outside.reader
    read = reader.read

    def broken(body: bytes) -> object:
        if b"poison" in body:
            raise RuntimeError("poison")
        return read(body)

    monkeypatch.setattr(type(reader), "read", lambda _, body: broken(body))
    await world.say(portal.room_id, ALICE, "poison")
    await world.say(portal.room_id, ALICE, "next")
    assert len(world.store.inbox.set_aside) == 1
    assert world.said() == ["next"]


@pytest.mark.parametrize(("faults", "heard"), [(2, ["once", "next"]), (3, ["next"])])
async def test_a_fault_in_taking_a_line_is_tried_again_and_then_passed_over(
    world: World, monkeypatch: pytest.MonkeyPatch, faults: int, heard: list[str]
) -> None:
    """A line whose taking failed once was forgotten, with a line in the log."""
    portal = await world.portal()
    await world.come("carol")
    ghosts = type(world.heart.ghosts)
    of, left = ghosts.of, [RuntimeError("poison")] * faults

    async def broken(*args: Any) -> Any:
        if left:
            raise left.pop()
        return await of(*args)

    monkeypatch.setattr(ghosts, "of", broken)
    await world.hear("carol", "once")
    await world.hear("carol", "next")
    await world.turn(5)
    assert world.texts(portal) == heard


async def test_an_arrival_that_breaks_is_set_aside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    portal = await world.portal()
    await world.come("carol")
    encrypted = world.homeserver.is_encrypted
    failures = [RuntimeError("poison")] * 3

    async def broken(room_id: object) -> bool:
        if failures:
            raise failures.pop()
        return await encrypted(portal.room_id)

    monkeypatch.setattr(world.homeserver, "is_encrypted", broken)
    await world.hear("carol", "poison")
    await world.hear("carol", "next")
    assert world.texts(portal) == ["next"]
    assert len(world.store.arrivals.failures) == 1


async def test_a_flood_from_matrix_spills_and_keeps_its_order() -> None:
    world = await small_world()
    portal = await world.portal()
    events = [world.homeserver.say(portal.room_id, ALICE, text) for text in NUMBERS]
    await world.push(*events)
    await world.turn(5.0)
    assert world.said() == NUMBERS
    await world.stop()


async def test_a_flood_for_a_network_that_is_away_spills_and_keeps_its_order() -> None:
    world = await small_world()
    portal = await world.portal()
    await world.disconnect()
    events = [world.homeserver.say(portal.room_id, ALICE, text) for text in NUMBERS]
    events += [world.homeserver.say(portal.room_id, BOB, f"b{text}") for text in NUMBERS]
    await world.push(*events)
    await world.connect()
    await world.turn(10.0)
    assert [text for text in world.said() if text[0] != "b"] == NUMBERS
    assert [text[1:] for text in world.said() if text[0] == "b"] == NUMBERS
    await world.stop()


async def test_a_flood_survives_a_crash_in_its_middle() -> None:
    world = await small_world()
    portal = await world.portal()
    await world.disconnect()
    await world.push(*[world.homeserver.say(portal.room_id, ALICE, text) for text in NUMBERS[:25]])
    await world.crash()
    later = await make_world(before=world)
    await later.push(*[later.homeserver.say(portal.room_id, ALICE, text) for text in NUMBERS[25:]])
    await later.turn(10.0)
    assert later.said() == NUMBERS
    await later.stop()


async def test_a_flood_from_the_network_spills_and_keeps_its_order() -> None:
    world = await small_world()
    portal = await world.portal()
    await world.come("carol")
    world.homeserver.down = True
    for text in NUMBERS:
        await world.hear("carol", text)
    world.homeserver.down = False
    await world.turn(5.0)
    assert world.texts(portal) == NUMBERS
    await world.stop()


async def test_a_flood_from_the_network_survives_a_crash() -> None:
    """Only as many as fit into the memory were read back; the rest waited for the next start."""
    world = await small_world()
    portal = await world.portal()
    await world.come("carol")
    world.homeserver.down = True
    for text in NUMBERS[:25]:
        await world.hear("carol", text)
    await world.crash()
    world.homeserver.down = False
    later = await make_world(before=world)
    for text in NUMBERS[25:]:
        await later.hear("carol", text)
    await later.turn(5.0)
    assert later.texts(portal) == NUMBERS
    await later.stop()


async def test_a_repetition_that_spilled_is_still_kept_back() -> None:
    """Read again out of the inbox, it crossed after all."""
    world = await small_world()
    portal = await world.portal()
    await world.disconnect()
    world.homeserver.down = True
    notices = [notice(world, portal.room_id) for _ in range(12)]
    await world.push(*notices)
    await world.connect()
    await world.turn(2.0)
    world.homeserver.down = False
    await world.turn(30.0)
    assert world.said() == ["beep"] * 4
    await world.stop()


def notice(world: World, room_id: RoomID) -> RawEvent:
    return world.homeserver.say(room_id, BOB, "beep", msgtype="m.notice")
