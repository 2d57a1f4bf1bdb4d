"""Matrix events, stored as they were pushed."""

import asyncio

from attrs import evolve

from bridge.core.ports import Stores
from bridge.model.ids import EventID, InboxSeq, RoomID
from bridge.storage.store import OpenStore
from tests.storage.builders import LATER, NOW, ROOM, raw

START = InboxSeq(0)


async def test_accepted_events_are_pending_in_their_order(stores: Stores) -> None:
    new = await stores.inbox.accept([raw("$b", body=b"\x00\xff"), raw("$a"), raw("$c")], NOW)

    rows = await stores.inbox.pending(START, 10)
    assert new == 3
    assert [row.event_id for row in rows] == ["$b", "$a", "$c"]
    assert [row.seq for row in rows] == sorted(row.seq for row in rows)
    assert (rows[0].room_id, rows[0].body, rows[0].received_at, rows[0].attempts) == (
        ROOM,
        b"\x00\xff",
        NOW,
        0,
    )


async def test_of_a_settled_event_only_its_id_is_kept(stores: Stores) -> None:
    echo = evolve(raw("$echo"), settled=True)

    assert await stores.inbox.accept([raw("$a"), echo], NOW) == 2

    assert [row.event_id for row in await stores.inbox.pending(START, 10)] == ["$a"]
    assert await stores.inbox.body_of(EventID("$echo")) is None
    assert await stores.inbox.accept([raw("$echo")], LATER) == 0


async def test_no_events_are_no_work(stores: Stores) -> None:
    assert await stores.inbox.accept([], NOW) == 0
    await stores.inbox.finish([])
    assert list(await stores.inbox.pending(START, 10)) == []


async def test_an_event_is_stored_once_however_often_it_is_pushed(stores: Stores) -> None:
    await stores.inbox.accept([raw("$a"), raw("$a", body=b"again")], NOW)
    new = await stores.inbox.accept([raw("$b"), raw("$a", body=b"later"), raw("$c")], LATER)

    rows = await stores.inbox.pending(START, 10)
    assert new == 2
    assert [(row.event_id, row.body) for row in rows] == [("$a", b"{}"), ("$b", b"{}"), ("$c", b"{}")]


async def test_a_finished_event_stays_known(stores: Stores) -> None:
    await stores.inbox.accept([raw("$a", body=b"1"), raw("$b")], NOW)
    first, _ = await stores.inbox.pending(START, 10)
    await stores.inbox.finish([first.seq])

    assert await stores.inbox.accept([raw("$a")], NOW) == 0
    assert [row.event_id for row in await stores.inbox.pending(START, 10)] == ["$b"]
    assert await stores.inbox.body_of(EventID("$a")) == b"1"


async def test_pending_begins_behind_a_row_and_ends_at_the_limit(stores: Stores) -> None:
    await stores.inbox.accept([raw(f"${number}") for number in range(6)], NOW)
    rows = await stores.inbox.pending(START, 2)

    assert [row.event_id for row in rows] == ["$0", "$1"]
    assert [row.event_id for row in await stores.inbox.pending(rows[-1].seq, 3)] == ["$2", "$3", "$4"]


async def test_a_room_reads_its_own_backlog(stores: Stores) -> None:
    other = RoomID("!other:example.org")
    await stores.inbox.accept([raw("$a"), raw("$b", room=other), raw("$c"), raw("$d")], NOW)
    first = (await stores.inbox.pending(START, 1))[0]

    rows = await stores.inbox.pending_in_room(ROOM, first.seq, 1)
    assert [row.event_id for row in rows] == ["$c"]
    assert [row.event_id for row in await stores.inbox.pending_in_room(other, START, 9)] == ["$b"]


async def test_failures_are_counted_until_the_event_is_set_aside(stores: Stores) -> None:
    await stores.inbox.accept([raw("$a", body=b"poison")], NOW)
    row = (await stores.inbox.pending(START, 1))[0]
    await stores.inbox.failed(row.seq, "Traceback …", set_aside=False)
    again = (await stores.inbox.pending(START, 1))[0]
    await stores.inbox.failed(row.seq, "Traceback …", set_aside=True)

    assert again.attempts == 1
    assert list(await stores.inbox.pending(START, 1)) == []
    assert await stores.inbox.body_of(EventID("$a")) == b"poison"


async def test_an_unknown_event_has_no_body(stores: Stores) -> None:
    assert await stores.inbox.body_of(EventID("$unknown")) is None


async def test_many_transactions_at_once_count_each_event_once(stores: Stores) -> None:
    counts = await asyncio.gather(
        *(stores.inbox.accept([raw(f"${n}"), raw(f"${n + 1}"), raw(f"${n + 1}")], NOW) for n in range(60))
    )

    rows = await stores.inbox.pending(START, 1000)
    assert sum(counts) == 61
    assert len({row.event_id for row in rows}) == len(rows) == 61


async def test_event_ids_that_are_none_do_not_stop_the_others(stores: Stores) -> None:
    strange = [raw("$\0"), raw("$\ud800"), raw("$" + "x" * 100_000), raw("$ü" * 700), raw("$good")]
    assert await stores.inbox.accept(strange, NOW) == 5
    assert await stores.inbox.accept(strange, NOW) == 0
    assert len(await stores.inbox.pending(START, 10)) == 5
    assert await stores.inbox.body_of(EventID("$" + "x" * 100_000)) == b"{}"


async def test_rows_appear_in_the_order_of_their_numbers(opened: OpenStore) -> None:
    """A reader that follows by number must never find a row behind one that it has seen."""
    inbox = opened.stores.inbox
    seen: list[InboxSeq] = []

    async def follow() -> None:
        while len(seen) < 300:
            seen.extend(row.seq for row in await inbox.pending(seen[-1] if seen else START, 50))

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(follow())
        for number in range(150):
            tasks.create_task(inbox.accept([raw(f"$a{number}"), raw(f"$b{number}")], NOW))

    assert len(set(seen)) == 300


async def test_what_is_discarded_is_known_and_not_kept(stores: Stores) -> None:
    await stores.inbox.accept([raw("$a", body=b"words"), raw("$b")], NOW)
    first, _ = await stores.inbox.pending(START, 9)
    await stores.inbox.discard(first.seq)

    assert [row.event_id for row in await stores.inbox.pending(START, 9)] == ["$b"]
    assert await stores.inbox.body_of(EventID("$a")) is None
    assert await stores.inbox.accept([raw("$a")], LATER) == 0
