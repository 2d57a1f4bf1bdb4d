"""Where messages are, and what ended badly."""

from bridge.core.ports import Stores
from bridge.model.backlog import Backlog, Pile
from bridge.model.errors import Phrase
from bridge.model.ids import ArrivalSeq, EventID, InboxSeq, LaneID, PartID, RemoteMessageID, RoomID, UserID
from bridge.model.records import Arrival, ArrivalResult, PartResult
from bridge.model.statuses import PartState
from bridge.model.whereabouts import ArrivalTrace, EventTrace, InboxState
from tests.storage.builders import ALICE, LATER, NOW, ROOM, arrival, message, pair, plan, portal, raw

ONE = EventID("$one")
BAD = Phrase.of("irc.join.banned", channel="#tea")


async def set_aside(stores: Stores, name: str = "$one") -> InboxSeq:
    """An event of the inbox that failed for good."""
    await stores.inbox.accept([raw(name)], NOW)
    seq = (await stores.inbox.pending(InboxSeq(0), 9))[-1].seq
    await stores.inbox.failed(seq, "Traceback", set_aside=True)
    return seq


async def dead_part(stores: Stores, lane: LaneID, name: str = "$one") -> PartID:
    """A message of two parts, of which the first was refused."""
    rows = await stores.ledger.plan(plan(lane, name, parts=2), inbox_seq=None, at=NOW)
    await stores.ledger.advance(
        PartResult(id=rows[0].id, state=PartState.REFUSED, reason=BAD), None, at=LATER
    )
    return rows[0].id


async def added(stores: Stores, lane: LaneID, key: str = "m1") -> Arrival:
    (row,) = await stores.arrivals.add([arrival(lane, key=key)])
    assert row is not None
    return row


async def dead_arrival(stores: Stores, lane: LaneID, key: str = "m1") -> ArrivalSeq:
    row = await added(stores, lane, key)
    await stores.arrivals.failed(row.seq, "Traceback")
    await stores.arrivals.close(ArrivalResult(seq=row.seq, state=PartState.DEAD, reason=BAD), at=LATER)
    return row.seq


async def test_an_accepted_event_is_found_with_its_time_and_state(stores: Stores) -> None:
    await stores.inbox.accept([raw("$one", body=b'{"a":1}')], NOW)
    trace = await stores.traces.event(ONE)

    assert trace is not None
    assert trace == EventTrace(
        seq=trace.seq,
        event_id=ONE,
        room_id=ROOM,
        body=b'{"a":1}',
        received_at=NOW,
        state=InboxState.OPEN,
    )
    await stores.inbox.finish([trace.seq])
    done = await stores.traces.event(ONE)
    assert done is not None
    assert done.state is InboxState.DONE


async def test_what_was_never_heard_of_is_nowhere(stores: Stores) -> None:
    assert await stores.traces.event(ONE) is None
    assert list(await stores.traces.parts(ONE)) == []
    assert list(await stores.traces.arrivals_of(ONE)) == []
    assert list(await stores.traces.arrivals_keyed("m1")) == []
    assert list(await stores.traces.pairs_named(RemoteMessageID("m1"))) == []
    assert await stores.traces.arrival(ArrivalSeq(7)) is None


async def test_each_part_tells_when_it_changed_last(stores: Stores, lane: LaneID) -> None:
    await dead_part(stores, lane)
    first, second = await stores.traces.parts(ONE)

    assert (first.row.state, first.row.created_at, first.changed_at) == (PartState.REFUSED, NOW, LATER)
    assert (second.row.state, second.changed_at) == (PartState.WAITING, NOW)
    assert first.row.reason == BAD


async def test_an_arrival_is_found_by_the_event_it_became(stores: Stores, lane: LaneID) -> None:
    row = await added(stores, lane)
    await stores.arrivals.close(
        ArrivalResult(seq=row.seq, state=PartState.CONFIRMED, mapped=(pair(lane, "$one", "m1"),)), at=LATER
    )
    (trace,) = await stores.traces.arrivals_of(ONE)

    assert trace == await stores.traces.arrival(row.seq)
    assert trace == ArrivalTrace(
        seq=row.seq,
        lane=lane,
        ghost=row.ghost,
        event=message(remote_id="m1"),
        received_at=NOW,
        state=PartState.CONFIRMED,
        closed_at=LATER,
        event_id=ONE,
    )


async def test_an_arrival_on_its_way_is_found_by_its_key_in_any_lane(stores: Stores, lane: LaneID) -> None:
    other = (await stores.portals.create_portal(portal("#cake"))).lane
    rows = [await added(stores, lane), await added(stores, other)]
    await added(stores, other, "m2")
    found = await stores.traces.arrivals_keyed("m1")

    assert [one.seq for one in found] == [row.seq for row in rows]
    assert [one.lane for one in found] == [lane, other]


async def test_pairs_are_found_by_remote_id_in_any_lane(stores: Stores, lane: LaneID) -> None:
    row = await added(stores, lane)
    mapped = (pair(lane, "$one", "m1"),)
    await stores.arrivals.close(
        ArrivalResult(seq=row.seq, state=PartState.CONFIRMED, mapped=mapped), at=LATER
    )

    assert list(await stores.traces.pairs_named(RemoteMessageID("m1"))) == list(mapped)


async def test_dead_letters_are_listed_newest_first(stores: Stores, lane: LaneID) -> None:
    events = [await set_aside(stores, "$a"), await set_aside(stores, "$b")]
    parts = [await dead_part(stores, lane, "$c"), await dead_part(stores, lane, "$d")]
    arrivals = [await dead_arrival(stores, lane, "m1"), await dead_arrival(stores, lane, "m2")]

    assert [one.seq for one in await stores.letters.events(9)] == events[::-1]
    assert [one.row.id for one in await stores.letters.parts(9)] == parts[::-1]
    assert [one.seq for one in await stores.letters.arrivals(9)] == arrivals[::-1]
    assert [one.seq for one in await stores.letters.events(1)] == events[1:]
    assert [one.row.id for one in await stores.letters.parts(1)] == parts[1:]
    assert [one.seq for one in await stores.letters.arrivals(1)] == arrivals[1:]


async def test_parts_are_listed_by_room_and_sender(stores: Stores, lane: LaneID) -> None:
    part = await dead_part(stores, lane)

    assert [one.row.id for one in await stores.letters.parts(9, room_id=ROOM, sender=ALICE)] == [part]
    assert list(await stores.letters.parts(9, room_id=RoomID("!other:example.org"))) == []
    assert list(await stores.letters.parts(9, sender=UserID("@bob:example.org"))) == []


async def test_a_dead_letter_is_shown_with_its_traceback(stores: Stores, lane: LaneID) -> None:
    event = await stores.letters.event(await set_aside(stores))
    part = await stores.letters.part(await dead_part(stores, lane))
    dead = await stores.letters.arrival(await dead_arrival(stores, lane))

    assert event is not None
    assert (event.state, event.attempts, event.failure) == (InboxState.ASIDE, 1, "Traceback")
    assert part is not None
    assert part.row.reason == BAD
    assert dead is not None
    assert (dead.state, dead.attempts, dead.failure) == (PartState.DEAD, 1, "Traceback")
    assert (dead.reason, dead.closed_at) == (BAD, LATER)


async def test_what_is_on_its_way_or_arrived_is_no_dead_letter(stores: Stores, lane: LaneID) -> None:
    await stores.inbox.accept([raw("$a")], NOW)
    (row,) = await stores.inbox.pending(InboxSeq(0), 9)
    planned = await stores.ledger.plan(plan(lane), inbox_seq=None, at=NOW)
    waiting = await added(stores, lane)

    assert await stores.letters.event(row.seq) is None
    assert await stores.letters.part(planned[0].id) is None
    assert await stores.letters.arrival(waiting.seq) is None


async def test_an_event_with_parts_is_a_letter_by_these(stores: Stores, lane: LaneID) -> None:
    seq = await set_aside(stores)
    part = await dead_part(stores, lane)

    assert list(await stores.letters.events(9)) == []
    assert await stores.letters.event(seq) is None
    assert [one.row.id for one in await stores.letters.parts(9)] == [part]


async def test_an_event_that_was_set_aside_is_opened_again(stores: Stores) -> None:
    seq = await set_aside(stores)
    row = await stores.letters.reopen_event(seq)

    assert row is not None
    assert (row.seq, row.event_id, row.attempts) == (seq, ONE, 0)
    assert list(await stores.inbox.pending(InboxSeq(0), 9)) == [row]
    assert await stores.letters.reopen_event(seq) == row
    assert list(await stores.letters.events(9)) == []


async def test_what_is_finished_is_not_opened_again(stores: Stores, lane: LaneID) -> None:
    await stores.inbox.accept([raw("$a")], NOW)
    (row,) = await stores.inbox.pending(InboxSeq(0), 9)
    await stores.inbox.finish([row.seq])
    waiting = await added(stores, lane)
    await stores.arrivals.close(ArrivalResult(seq=waiting.seq, state=PartState.CONFIRMED), at=NOW)

    assert await stores.letters.reopen_event(row.seq) is None
    assert await stores.letters.reopen_arrival(waiting.seq) is None


async def test_an_arrival_that_was_set_aside_is_opened_again(stores: Stores, lane: LaneID) -> None:
    seq = await dead_arrival(stores, lane)
    row = await stores.letters.reopen_arrival(seq)

    assert row is not None
    assert (row.seq, row.event, row.attempts) == (seq, message(remote_id="m1"), 0)
    assert list(await stores.arrivals.pending(lane, ArrivalSeq(0), 9)) == [row]
    trace = await stores.traces.arrival(seq)
    assert trace is not None
    assert (trace.state, trace.closed_at, trace.reason) == (PartState.WAITING, None, None)


async def test_what_is_dropped_is_closed_for_good(stores: Stores, lane: LaneID) -> None:
    seq, dead = await set_aside(stores, "$a"), await dead_arrival(stores, lane)
    await dead_part(stores, lane)

    assert await stores.letters.drop_event(seq)
    assert await stores.letters.drop_parts(ONE, lane, at=LATER) == 1
    assert await stores.letters.drop_arrival(dead)
    assert await stores.letters.reopen_event(seq) is None
    assert await stores.letters.reopen_arrival(dead) is None
    states = [one.row.state for one in await stores.traces.parts(ONE)]
    assert states == [PartState.DROPPED, PartState.WAITING]
    event = await stores.traces.event(EventID("$a"))
    assert event is not None
    assert event.state is InboxState.DROPPED


async def test_nothing_is_dropped_twice(stores: Stores, lane: LaneID) -> None:
    seq, dead = await set_aside(stores, "$a"), await dead_arrival(stores, lane)
    await dead_part(stores, lane)
    await stores.letters.drop_event(seq)
    await stores.letters.drop_parts(ONE, lane, at=LATER)
    await stores.letters.drop_arrival(dead)

    assert not await stores.letters.drop_event(seq)
    assert not await stores.letters.drop_parts(ONE, lane, at=LATER)
    assert not await stores.letters.drop_arrival(dead)


async def test_an_empty_store_has_no_backlog(stores: Stores) -> None:
    assert await stores.traces.backlog() == Backlog()


async def test_the_backlog_knows_what_is_on_its_way_and_since_when(stores: Stores, lane: LaneID) -> None:
    await stores.inbox.accept([raw("$one"), raw("$two")], NOW)
    await stores.ledger.plan(plan(lane, "$three", parts=2), inbox_seq=None, at=LATER)
    await added(stores, lane)
    backlog = await stores.traces.backlog()

    assert backlog.inbox == Pile(2, NOW)
    assert backlog.to_network == {lane: Pile(2, LATER)}
    assert backlog.to_matrix == {lane: Pile(1, NOW)}


async def test_the_backlog_counts_messages_that_ended_badly_once(stores: Stores, lane: LaneID) -> None:
    await dead_part(stores, lane, "$one")
    await stores.ledger.close_rest(ONE, lane, PartState.REFUSED, BAD)
    await dead_arrival(stores, lane)
    await set_aside(stores, "$two")
    backlog = await stores.traces.backlog()

    assert backlog.bad == {PartState.REFUSED: 1}
    assert backlog.aside == 2
    assert backlog.to_network == {}
