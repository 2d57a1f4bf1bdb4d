"""Every part of every message on its way to a network."""

import asyncio

from attrs import evolve

from bridge.core.ports import Stores
from bridge.model.errors import Phrase
from bridge.model.ids import EventID, InboxSeq, LaneID, PartID, RemoteMessageID, RoomID, UserID
from bridge.model.portals import Direction
from bridge.model.records import PartResult, PartRow
from bridge.model.statuses import PartState
from tests.storage.builders import ALICE, LATER, NOW, ROOM, plan, portal, raw

ONE = EventID("$one")
BAD = Phrase.of("irc.join.banned", channel="#tea", count=3)


async def states(stores: Stores, event: EventID = ONE) -> list[PartState]:
    return [row.state for row in await stores.ledger.parts_of(event)]


async def planned(stores: Stores, lane: LaneID, event: str = "$one", *, parts: int = 3) -> list[PartRow]:
    return list(await stores.ledger.plan(plan(lane, event, parts=parts), inbox_seq=None, at=NOW))


async def refuse(stores: Stores, part: PartID, state: PartState = PartState.REFUSED) -> None:
    await stores.ledger.advance(PartResult(id=part, state=state, reason=BAD), None, at=NOW)


async def test_a_plan_is_stored_whole_with_its_first_part_on_the_way(stores: Stores, lane: LaneID) -> None:
    rows = await planned(stores, lane)

    assert [row.state for row in rows] == [PartState.SENDING, PartState.WAITING, PartState.WAITING]
    assert [(row.index, row.count, row.attempts) for row in rows] == [(0, 3, 1), (1, 3, 0), (2, 3, 0)]
    assert [row.part.payload for row in rows] == [{"line": "0"}, {"line": "1"}, {"line": "2"}]
    assert rows == list(await stores.ledger.open_parts()) == list(await stores.ledger.parts_of(ONE))
    assert (rows[0].room_id, rows[0].sender, rows[0].created_at) == (ROOM, ALICE, NOW)


async def test_planning_finishes_the_inbox_row(stores: Stores, lane: LaneID) -> None:
    await stores.inbox.accept([raw("$one")], NOW)
    row = (await stores.inbox.pending(InboxSeq(0), 1))[0]
    await stores.ledger.plan(plan(lane), inbox_seq=row.seq, at=NOW)

    assert list(await stores.inbox.pending(InboxSeq(0), 1)) == []


async def test_a_plan_is_made_once(stores: Stores, lane: LaneID) -> None:
    rows = await planned(stores, lane)
    await refuse(stores, rows[0].id)
    again = await stores.ledger.plan(evolve(plan(lane, parts=1), author="other"), inbox_seq=None, at=LATER)

    assert [row.id for row in again] == [row.id for row in rows]
    assert again[0].state is PartState.REFUSED


async def test_one_event_has_a_plan_in_each_lane(stores: Stores, lane: LaneID) -> None:
    other = (await stores.portals.create_portal(portal("#cake"))).lane
    await planned(stores, lane, parts=1)
    await planned(stores, other, parts=2)

    assert [(row.lane, row.index) for row in await stores.ledger.parts_of(ONE)] == [
        (lane, 0),
        (other, 0),
        (other, 1),
    ]


async def test_a_plan_made_twice_at_once_is_one_plan(stores: Stores, lane: LaneID) -> None:
    first, second = await asyncio.gather(planned(stores, lane), planned(stores, lane))

    assert [row.id for row in first] == [row.id for row in second]


async def test_a_part_that_arrived_enters_the_map_and_the_next_one_goes(stores: Stores, lane: LaneID) -> None:
    first, second, _ = await planned(stores, lane)
    remote = (RemoteMessageID("m1"), RemoteMessageID("m2"))
    result = PartResult(id=first.id, state=PartState.CONFIRMED, remote_ids=remote)
    await stores.ledger.advance(result, second.id, at=LATER)

    pairs = await stores.messages.by_event(ONE)
    assert await states(stores) == [PartState.CONFIRMED, PartState.SENDING, PartState.WAITING]
    assert [pair.remote_id for pair in pairs] == ["m1", "m2"]
    assert (pairs[0].sender, pairs[0].author, pairs[0].excerpt) == (ALICE, "alice", "good morning")
    assert (pairs[0].direction, pairs[0].part) == (Direction.TO_NETWORK, 0)
    assert [one.event_id for one in await stores.messages.by_remote(lane, RemoteMessageID("m2"))] == ["$one"]
    assert (await stores.ledger.parts_of(ONE))[1].attempts == 1


async def test_a_part_that_arrived_without_an_id_has_one_entry(stores: Stores, lane: LaneID) -> None:
    first, *_ = await planned(stores, lane)
    await stores.ledger.advance(PartResult(id=first.id, state=PartState.SENT), None, at=NOW)

    assert [pair.remote_id for pair in await stores.messages.by_event(ONE)] == [None]


async def test_an_id_that_comes_later_takes_the_place_of_none(stores: Stores, lane: LaneID) -> None:
    first, *_ = await planned(stores, lane)
    await stores.ledger.advance(PartResult(id=first.id, state=PartState.SENT), None, at=NOW)
    late = PartResult(id=first.id, state=PartState.CONFIRMED, remote_ids=(RemoteMessageID("m1"),))
    await stores.ledger.advance(late, None, at=LATER)
    await stores.ledger.advance(evolve(late, remote_ids=()), None, at=LATER)

    assert [pair.remote_id for pair in await stores.messages.by_event(ONE)] == ["m1"]


async def test_the_same_result_twice_is_one_result(stores: Stores, lane: LaneID) -> None:
    first, *_ = await planned(stores, lane)
    result = PartResult(id=first.id, state=PartState.SENT, remote_ids=(RemoteMessageID("m1"),))
    await stores.ledger.advance(result, None, at=NOW)
    await stores.ledger.advance(result, None, at=NOW)

    assert len(await stores.messages.by_event(ONE)) == 1


async def test_what_speaks_about_another_event_gets_no_entry(stores: Stores, lane: LaneID) -> None:
    rows = await stores.ledger.plan(plan(lane, target="$older"), inbox_seq=None, at=NOW)
    result = PartResult(id=rows[0].id, state=PartState.SENT, remote_ids=(RemoteMessageID("m1"),))
    await stores.ledger.advance(result, None, at=NOW)

    assert list(await stores.messages.by_event(ONE)) == []


async def test_a_part_waits_with_its_time_and_reason_until_it_is_sent_again(
    stores: Stores, lane: LaneID
) -> None:
    first, *_ = await planned(stores, lane)
    result = PartResult(id=first.id, state=PartState.WAITING, reason=BAD, retry_at=LATER)
    await stores.ledger.advance(result, None, at=NOW)
    waiting = (await stores.ledger.open_parts())[0]
    await stores.ledger.sending(first.id, at=LATER)
    sending = (await stores.ledger.open_parts())[0]

    assert (waiting.state, waiting.retry_at, waiting.reason) == (PartState.WAITING, LATER, BAD)
    assert (sending.state, sending.attempts, sending.retry_at) == (PartState.SENDING, 2, None)


async def test_a_part_that_ended_is_not_sent_again(stores: Stores, lane: LaneID) -> None:
    first, *_ = await planned(stores, lane)
    await refuse(stores, first.id)
    await stores.ledger.sending(first.id, at=LATER)

    assert (await states(stores))[0] is PartState.REFUSED


async def test_closing_the_rest_leaves_what_was_written(stores: Stores, lane: LaneID) -> None:
    first, second, _ = await planned(stores, lane)
    await stores.ledger.advance(PartResult(id=first.id, state=PartState.SENT), second.id, at=NOW)
    await stores.ledger.close_rest(ONE, lane, PartState.EXPIRED, BAD)

    rows = await stores.ledger.parts_of(ONE)
    assert [row.state for row in rows] == [PartState.SENT, PartState.SENDING, PartState.EXPIRED]
    assert rows[2].reason == BAD


async def test_bad_ends_are_untold_until_they_are_told(stores: Stores, lane: LaneID) -> None:
    first, second, _ = await planned(stores, lane)
    await stores.ledger.advance(PartResult(id=first.id, state=PartState.SENT), second.id, at=NOW)
    await refuse(stores, second.id, PartState.UNCERTAIN)
    await stores.ledger.close_rest(ONE, lane, PartState.DEAD, BAD)
    before = await stores.ledger.untold()
    await stores.ledger.told(ONE, lane)

    assert [row.state for row in before] == [PartState.UNCERTAIN, PartState.DEAD]
    assert list(await stores.ledger.untold()) == []


async def test_retriable_parts_are_the_bad_ones_of_the_room_newest_first(
    stores: Stores, lane: LaneID
) -> None:
    old, *_ = await planned(stores, lane, "$old", parts=1)
    good, *_ = await planned(stores, lane, "$good", parts=1)
    new, *_ = await planned(stores, lane, "$new", parts=1)
    await refuse(stores, old.id, PartState.EXPIRED)
    await refuse(stores, new.id, PartState.UNCERTAIN)
    await stores.ledger.advance(PartResult(id=good.id, state=PartState.SENT), None, at=NOW)

    ledger = stores.ledger
    assert [row.event_id for row in await ledger.retriable(ROOM, ALICE, 9)] == ["$new", "$old"]
    assert [row.event_id for row in await ledger.retriable(ROOM, None, 1)] == ["$new"]
    assert list(await ledger.retriable(ROOM, UserID("@bob:example.org"), 9)) == []
    assert list(await ledger.retriable(RoomID("!other:example.org"), None, 9)) == []


async def test_reopening_takes_up_what_did_not_arrive(stores: Stores, lane: LaneID) -> None:
    first, second, _ = await planned(stores, lane)
    await stores.ledger.advance(PartResult(id=first.id, state=PartState.SENT), second.id, at=NOW)
    await refuse(stores, second.id)
    await stores.ledger.told(ONE, lane)
    rows = await stores.ledger.reopen(ONE, lane, at=LATER)

    assert [(row.index, row.state, row.attempts, row.reason) for row in rows] == [
        (1, PartState.WAITING, 0, None),
        (2, PartState.WAITING, 0, None),
    ]
    assert await states(stores) == [PartState.SENT, PartState.WAITING, PartState.WAITING]


async def test_an_event_refused_before_its_plan_is_kept(stores: Stores, lane: LaneID) -> None:
    await stores.inbox.accept([raw("$one")], NOW)
    seq = (await stores.inbox.pending(InboxSeq(0), 1))[0].seq
    row = await stores.ledger.refuse(plan(lane, parts=0), PartState.REFUSED, BAD, inbox_seq=seq, at=NOW)

    assert (row.count, row.state, row.reason, row.part.payload) == (0, PartState.REFUSED, BAD, {})
    assert [one.id for one in await stores.ledger.untold()] == [row.id]
    assert [one.event_id for one in await stores.ledger.retriable(ROOM, ALICE, 9)] == ["$one"]
    assert list(await stores.inbox.pending(InboxSeq(0), 1)) == []


async def test_a_later_plan_takes_the_place_of_a_refusal(stores: Stores, lane: LaneID) -> None:
    await stores.ledger.refuse(plan(lane, parts=0), PartState.REFUSED, BAD, inbox_seq=None, at=NOW)
    rows = await planned(stores, lane, parts=2)

    assert [row.state for row in rows] == [PartState.SENDING, PartState.WAITING]
    assert await states(stores) == [PartState.SENDING, PartState.WAITING]


async def test_a_refusal_changes_no_plan_and_can_be_repeated(stores: Stores, lane: LaneID) -> None:
    empty = plan(lane, "$two", parts=0)
    await planned(stores, lane)
    await stores.ledger.refuse(plan(lane, parts=0), PartState.DEAD, BAD, inbox_seq=None, at=NOW)
    await stores.ledger.refuse(empty, PartState.REFUSED, BAD, inbox_seq=None, at=NOW)
    again = await stores.ledger.refuse(empty, PartState.EXPIRED, BAD, inbox_seq=None, at=NOW)

    assert (await states(stores))[0] is PartState.SENDING
    assert again.state is PartState.EXPIRED
    assert len(await stores.ledger.parts_of(EventID("$two"))) == 1


async def test_reopening_begins_the_time_anew_and_takes_up_refusals(stores: Stores, lane: LaneID) -> None:
    await stores.ledger.refuse(plan(lane, parts=0), PartState.REFUSED, BAD, inbox_seq=None, at=NOW)
    rows = await stores.ledger.reopen(ONE, lane, at=LATER)

    assert [(row.count, row.state, row.created_at) for row in rows] == [(0, PartState.WAITING, LATER)]
    assert list(await stores.ledger.open_parts()) == list(rows)
