"""Every remote event on its way to Matrix."""

import asyncio

from attrs import evolve

from bridge.core.ports import Stores
from bridge.model.errors import Phrase
from bridge.model.ids import ArrivalSeq, EventID, LaneID, RemoteMessageID
from bridge.model.records import ArrivalResult
from bridge.model.statuses import PartState
from tests.storage.builders import GHOST, LATER, NOW, arrival, message, pair, portal

START = ArrivalSeq(0)


async def test_arrivals_are_pending_in_their_order(stores: Stores, lane: LaneID) -> None:
    stored = await stores.arrivals.add([arrival(lane, "one"), arrival(lane, "two"), arrival(lane, "one")])

    rows = await stores.arrivals.pending(lane, START, 10)
    assert list(rows) == list(stored)
    assert [row.event for row in rows] == [message("one"), message("two"), message("one")]
    assert (rows[0].ghost, rows[0].received_at, rows[0].attempts) == (GHOST, NOW, 0)
    assert rows[0].seq < rows[1].seq < rows[2].seq


async def test_nothing_is_stored_for_nothing(stores: Stores) -> None:
    assert list(await stores.arrivals.add([])) == []


async def test_a_key_is_taken_once_in_its_lane(stores: Stores, lane: LaneID) -> None:
    other = (await stores.portals.create_portal(portal("#cake"))).lane
    stored = await stores.arrivals.add(
        [arrival(lane, key="m1"), arrival(lane, "new"), arrival(lane, key="m1")]
    )
    again = await stores.arrivals.add([arrival(lane, key="m1"), arrival(other, key="m1")])

    assert [row is None for row in stored] == [False, False, True]
    assert [row is None for row in again] == [True, False]
    assert len(await stores.arrivals.pending(lane, START, 10)) == 2


async def test_pending_begins_behind_a_row_and_ends_at_the_limit(stores: Stores, lane: LaneID) -> None:
    await stores.arrivals.add([arrival(lane, f"{number}") for number in range(5)])
    rows = await stores.arrivals.pending(lane, START, 2)

    behind = await stores.arrivals.pending(lane, rows[-1].seq, 2)
    assert [row.event for row in behind] == [message("2"), message("3")]


async def test_lanes_with_work_are_those_with_open_rows(stores: Stores, lane: LaneID) -> None:
    other = (await stores.portals.create_portal(portal("#cake"))).lane
    first, second = await stores.arrivals.add([arrival(other), arrival(lane)])
    assert first is not None
    before = await stores.arrivals.lanes_with_work()
    await stores.arrivals.close(ArrivalResult(seq=first.seq, state=PartState.SENT), at=NOW)

    assert list(before) == sorted([lane, other])
    assert list(await stores.arrivals.lanes_with_work()) == [lane]
    assert list(await stores.arrivals.pending(lane, START, 9)) == [second]


async def test_closing_stores_the_pairs_of_ids(stores: Stores, lane: LaneID) -> None:
    (row,) = await stores.arrivals.add([arrival(lane, key="m1")])
    assert row is not None
    made = (pair(lane, "$e1", "m1"), pair(lane, "$e2", "m1", part=1))
    result = ArrivalResult(seq=row.seq, state=PartState.CONFIRMED, mapped=made)
    await stores.arrivals.close(result, at=NOW)
    await stores.arrivals.close(result, at=NOW)

    assert list(await stores.messages.by_remote(lane, RemoteMessageID("m1"))) == list(made)
    assert list(await stores.messages.by_event(EventID("$e2"))) == [made[1]]
    assert list(await stores.arrivals.pending(lane, START, 9)) == []


async def test_a_refused_arrival_is_not_pending(stores: Stores, lane: LaneID) -> None:
    (row,) = await stores.arrivals.add([arrival(lane)])
    assert row is not None
    reason = Phrase.of("matrix.too_large")
    await stores.arrivals.close(ArrivalResult(seq=row.seq, state=PartState.DEAD, reason=reason), at=NOW)

    assert list(await stores.arrivals.lanes_with_work()) == []


async def test_failures_are_counted(stores: Stores, lane: LaneID) -> None:
    (row,) = await stores.arrivals.add([arrival(lane)])
    assert row is not None
    await stores.arrivals.failed(row.seq, "Traceback …")
    await stores.arrivals.failed(row.seq, "Traceback …")

    assert (await stores.arrivals.pending(lane, START, 1))[0].attempts == 2


async def test_many_at_once_are_stored_each_once(stores: Stores, lane: LaneID) -> None:
    stored = await asyncio.gather(
        *(stores.arrivals.add([arrival(lane, f"{n}", key=f"m{n % 50}"), arrival(lane)]) for n in range(100))
    )

    rows = await stores.arrivals.pending(lane, START, 1000)
    assert sum(row is not None for both in stored for row in both) == len(rows) == 150


async def test_what_was_heard_since_is_given_oldest_first_with_its_key(stores: Stores, lane: LaneID) -> None:
    other = (await stores.portals.create_portal(portal("#cake"))).lane
    new = [evolve(arrival(lane, f"{number}", key=f"m{number}"), received_at=LATER) for number in range(3)]
    await stores.arrivals.add([arrival(lane, "before"), *new, evolve(arrival(other), received_at=LATER)])

    assert list(await stores.arrivals.heard(lane, LATER, 10)) == new
    assert list(await stores.arrivals.heard(lane, LATER, 2)) == new[1:]


async def test_what_waits_is_measured_by_lane(stores: Stores, lane: LaneID) -> None:
    other = (await stores.portals.create_portal(portal("#cake"))).lane
    first, second = await stores.arrivals.add([arrival(lane, "x" * 500), arrival(lane, "y" * 200)])
    assert first is not None
    assert second is not None
    await stores.arrivals.add([arrival(other, "z" * 100)])
    before = await stores.arrivals.waiting_bytes()
    await stores.arrivals.close(ArrivalResult(seq=first.seq, state=PartState.SENT), at=NOW)
    (read,) = await stores.arrivals.pending(lane, START, 9)

    assert before[lane] == first.size_bytes + second.size_bytes
    assert before.keys() == {lane, other}
    assert first.size_bytes > second.size_bytes > 200
    assert await stores.arrivals.waiting_bytes() == {lane: read.size_bytes, other: before[other]}


async def test_what_was_let_go_is_counted_until_it_is_told(stores: Stores, lane: LaneID) -> None:
    await stores.arrivals.add_shed(lane, 3, NOW)
    await stores.arrivals.add_shed(lane, 4, LATER)
    (known,) = await stores.arrivals.all_shed()
    await stores.arrivals.add_shed(lane, 1, LATER)
    await stores.arrivals.shed_told(known)
    await stores.arrivals.shed_told(known)
    (left,) = await stores.arrivals.all_shed()
    await stores.arrivals.shed_told(left)

    assert (known.lane, known.count, known.since) == (lane, 7, NOW)
    assert left.count == 1
    assert left.since > known.since
    assert list(await stores.arrivals.all_shed()) == []
