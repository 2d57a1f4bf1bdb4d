"""A send whose answer was lost is found by our mark where repeating it would not tell."""

from datetime import timedelta

from attrs import evolve

from bridge.core.evidence import WINDOW, rooms_to_look
from bridge.model.ids import EventID, RoomID
from bridge.model.portals import FormerRoom, Portal
from bridge.model.records import Arrival
from bridge.model.whereabouts import ArrivalTrace
from tests.core.world import Fuse, World, fused, make_world


def event_of(world: World, portal: Portal, text: str) -> EventID:
    (event,) = [
        event
        for event in world.homeserver.rooms[portal.room_id].timeline
        if event["content"].get("body") == text
    ]
    return EventID(event["event_id"])


async def cut_off_after_a_send(world: World) -> World:
    """A line is sent, and the process ends before it is kept that it was. The next one has not begun."""
    keep = world.store.arrivals.close
    setattr(world.store.arrivals, "close", fused(keep, Fuse(left=1)))  # noqa: B010
    await world.come("carol")
    await world.hear("carol", "once")
    setattr(world.store.arrivals, "close", keep)  # noqa: B010
    await world.crash()
    return world


async def test_a_send_older_than_a_day_is_not_repeated_but_found(world: World) -> None:
    """The homeserver forgets after a day which sends it knows; a database that comes back later does not."""
    portal = await world.portal()
    await cut_off_after_a_send(world)
    world.homeserver.forget_sends()
    await world.turn(WINDOW.total_seconds() + 1.0)
    later = await make_world(before=world)
    await later.turn(5.0)
    assert later.texts(portal).count("once") == 1
    assert await later.store.arrivals.lanes_with_work() == []
    pairs = [row for row in later.store.messages.rows if row.lane == portal.lane]
    assert [row.event_id for row in pairs] == [event_of(later, portal, "once")]
    await later.stop()


async def test_within_a_day_a_send_is_repeated_and_known_again(world: World) -> None:
    portal = await world.portal()
    await cut_off_after_a_send(world)
    later = await make_world(before=world)
    await later.turn(5.0)
    assert later.texts(portal).count("once") == 1
    assert later.homeserver.calls["event_marked"] == 0
    await later.stop()


async def test_an_old_line_that_was_never_sent_is_sent(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    world.homeserver.down = True
    await world.hear("carol", "late")
    await world.crash()
    await world.turn(WINDOW.total_seconds() + 1.0)
    world.homeserver.down = False
    later = await make_world(before=world)
    await later.turn(5.0)
    assert later.texts(portal).count("late") == 1
    await later.stop()


async def test_only_what_was_heard_before_a_move_is_looked_for_in_the_room_left(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    await world.hear("carol", "one")
    arrival = _arrival(world.store.arrivals.traces()[-1][1])
    now = world.clock.now()
    left_later = evolve(portal, former=(FormerRoom(RoomID("!left"), now + timedelta(seconds=1)),))
    left_before = evolve(portal, former=(FormerRoom(RoomID("!left"), now - timedelta(seconds=1)),))
    assert rooms_to_look(left_later, arrival, now=now) == (RoomID("!left"),)
    assert rooms_to_look(left_before, arrival, now=now) == ()


def _arrival(trace: ArrivalTrace) -> Arrival:
    assert trace.event is not None
    return Arrival(
        seq=trace.seq,
        lane=trace.lane,
        event=trace.event,
        ghost=trace.ghost,
        received_at=trace.received_at,
    )
