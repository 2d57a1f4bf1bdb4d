"""What is old is forgotten; what waits, what may be retried and what tells a repetition stays."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from attrs import evolve, frozen

from bridge.core.ports import Stores
from bridge.core.upkeep_ports import UpkeepStore
from bridge.model.errors import Phrase
from bridge.model.ids import ArrivalSeq, EventID, InboxSeq, LaneID, PartID, RemoteMessageID
from bridge.model.outgoing import Part
from bridge.model.records import Approval, Arrival, ArrivalResult, NewArrival, PartResult, Pruned
from bridge.model.statuses import PartState
from bridge.model.whereabouts import InboxState
from bridge.policy.retention import Chore
from bridge.storage.engine import run, run_many
from bridge.storage.secrets import SecretKey
from bridge.storage.store import OpenStore, open_store
from bridge.storage.upkeep import ANEW_AFTER
from bridge.testing.store import FakeStore
from tests.storage.builders import ALICE, KEY, LATER, NOW, ROOM, arrival, pair, plan, portal, raw
from tests.storage.conftest import FAKE, POSTGRES, SQLITE, as_ports, place_for

START = InboxSeq(0)
FIRST = ArrivalSeq(0)
LONG_AFTER = NOW + timedelta(days=400)
FAILED = Phrase.of("message.failed")


@frozen
class Kept:
    """A store, and its upkeep."""

    stores: Stores
    upkeep: UpkeepStore
    lane: LaneID

    async def prune(self, chore: Chore, before: datetime = LATER) -> int:
        """All of a chore, in the smallest steps; returns how much was changed."""
        total = 0
        while not (step := await self.upkeep.prune(chore, before, 2)).finished:
            total += step.count
        return total + step.count

    async def said(self, event: str, state: PartState = PartState.CONFIRMED, *, remote: str = "r1") -> PartID:
        """An event of one part that came to its end."""
        await self.stores.inbox.accept([raw(event, body=b"words")], NOW)
        seq = (await self.stores.inbox.pending(START, 999))[-1].seq
        (row,) = await self.stores.ledger.plan(plan(self.lane, event, parts=1), inbox_seq=seq, at=NOW)
        reason = None if state.arrived else FAILED
        ids = (RemoteMessageID(remote),) if state.arrived else ()
        result = PartResult(id=row.id, state=state, remote_ids=ids, reason=reason)
        await self.stores.ledger.advance(result, None, at=NOW)
        return row.id

    async def heard(self, new: NewArrival, state: PartState = PartState.CONFIRMED) -> Arrival:
        (stored,) = await self.stores.arrivals.add([new])
        assert stored is not None
        mapped = (pair(self.lane, f"$of{stored.seq}", new.dedup_key),) if state.arrived else ()
        result = ArrivalResult(seq=stored.seq, state=state, mapped=mapped)
        await self.stores.arrivals.close(result, at=NOW)
        return stored

    async def parts(self, event: str) -> list[tuple[PartState, Part]]:
        return [(row.state, row.part) for row in await self.stores.ledger.parts_of(EventID(event))]

    async def body(self, event: str) -> bytes | None:
        return await self.stores.inbox.body_of(EventID(event))


@pytest_asyncio.fixture(params=[FAKE, SQLITE, POSTGRES])
async def kept(request: pytest.FixtureRequest, tmp_path: Path, key: SecretKey) -> AsyncIterator[Kept]:
    if request.param == FAKE:
        fake = FakeStore()
        yield Kept(fake.stores, fake.upkeep, (await fake.portals.create_portal(portal())).lane)
        return
    opened = await open_store(place_for(request.param, request, tmp_path), key)
    lane = (await opened.stores.portals.create_portal(portal())).lane
    yield Kept(as_ports(opened.stores), opened.stores.upkeep, lane)
    await opened.close()


async def test_words_are_forgotten_and_the_event_stays_known(kept: Kept) -> None:
    for number in range(5):
        await kept.said(f"${number}", remote=f"r{number}")

    assert await kept.prune(Chore.EVENT_BODIES) == 5
    assert await kept.prune(Chore.EVENT_BODIES) == 0
    assert await kept.body("$3") is None
    assert await kept.stores.inbox.accept([raw("$3")], LATER) == 0


async def test_what_is_young_keeps_its_words(kept: Kept) -> None:
    await kept.said("$one")

    assert [await kept.prune(chore, NOW) for chore in Chore] == [0] * len(Chore)
    assert await kept.body("$one") == b"words"


async def test_what_is_still_open_keeps_its_words(kept: Kept) -> None:
    await kept.stores.inbox.accept([raw("$open", body=b"words")], NOW)
    await kept.stores.ledger.plan(plan(kept.lane, "$planned"), inbox_seq=None, at=NOW)
    await kept.stores.arrivals.add([arrival(kept.lane)])

    assert [await kept.prune(chore, LONG_AFTER) for chore in Chore] == [0] * len(Chore)
    assert [row.body for row in await kept.stores.inbox.pending(START, 9)] == [b"words"]
    assert [row.part for row in await kept.stores.ledger.open_parts()] == [
        Part({"line": "0"}),
        Part({"line": "1"}),
        Part({"line": "2"}),
    ]
    assert len(await kept.stores.arrivals.pending(kept.lane, FIRST, 9)) == 1


async def test_parts_that_arrived_lose_their_words_and_keep_their_pair(kept: Kept) -> None:
    await kept.said("$one")

    assert await kept.prune(Chore.PART_BODIES) == 1
    assert await kept.prune(Chore.EXCERPTS) == 1
    assert await kept.parts("$one") == [(PartState.CONFIRMED, Part({}))]
    (found,) = await kept.stores.messages.by_event(EventID("$one"))
    assert (found.remote_id, found.excerpt) == ("r1", None)
    assert list(await kept.stores.messages.by_remote(kept.lane, RemoteMessageID("r1"))) == [found]


async def test_remote_words_are_forgotten_and_the_key_stays_known(kept: Kept) -> None:
    stored = await kept.heard(arrival(kept.lane, key="m1"))

    assert await kept.prune(Chore.ARRIVAL_BODIES) == 1
    assert list(await kept.stores.arrivals.add([arrival(kept.lane, key="m1")])) == [None]
    trace = await kept.stores.traces.arrival(stored.seq)
    assert trace is not None
    assert (trace.event, trace.state) == (None, PartState.CONFIRMED)


async def test_what_may_be_retried_keeps_its_words(kept: Kept) -> None:
    await kept.said("$bad", PartState.EXPIRED)

    assert await kept.prune(Chore.EVENT_BODIES) == 0
    assert await kept.prune(Chore.PART_BODIES) == 0
    assert await kept.prune(Chore.PART_RECORDS) == 0
    assert await kept.body("$bad") == b"words"
    (row,) = await kept.stores.ledger.retriable(ROOM, ALICE, 9)
    assert row.part == Part({"line": "0"})


async def test_a_failure_is_not_forgotten_before_its_sender_was_told(kept: Kept) -> None:
    await kept.said("$bad", PartState.EXPIRED)

    assert await kept.prune(Chore.PART_FAILURES) == 0
    await kept.stores.ledger.told(EventID("$bad"), kept.lane)
    assert await kept.prune(Chore.PART_FAILURES) == 1
    assert await kept.parts("$bad") == [(PartState.DROPPED, Part({}))]
    assert await kept.body("$bad") in (None, b"words")
    await kept.prune(Chore.EVENT_BODIES)
    assert await kept.body("$bad") is None
    assert list(await kept.stores.ledger.retriable(ROOM, ALICE, 9)) == []


async def test_a_failure_forgotten_after_the_walk_takes_its_words_along(kept: Kept) -> None:
    await kept.said("$bad", PartState.EXPIRED)
    await kept.said("$good", remote="r2")
    await kept.prune(Chore.EVENT_BODIES)
    await kept.stores.ledger.told(EventID("$bad"), kept.lane)
    await kept.prune(Chore.PART_FAILURES)
    await kept.prune(Chore.EVENT_BODIES)

    assert await kept.body("$bad") is None


async def test_events_set_aside_are_closed_in_the_end(kept: Kept) -> None:
    await kept.stores.inbox.accept([raw("$poison", body=b"words")], NOW)
    (row,) = await kept.stores.inbox.pending(START, 9)
    await kept.stores.inbox.failed(row.seq, "trace", set_aside=True)

    assert await kept.prune(Chore.EVENT_BODIES) == 0
    assert await kept.prune(Chore.EVENT_FAILURES) == 1
    assert list(await kept.stores.letters.events(9)) == []
    trace = await kept.stores.traces.event(EventID("$poison"))
    assert trace is not None
    assert (trace.state, trace.body, trace.failure) == (InboxState.DROPPED, None, None)


async def test_arrivals_set_aside_are_closed_in_the_end(kept: Kept) -> None:
    stored = await kept.heard(arrival(kept.lane, key="m1"), PartState.DEAD)

    assert await kept.prune(Chore.ARRIVAL_BODIES) == 0
    assert await kept.prune(Chore.ARRIVAL_FAILURES) == 1
    assert list(await kept.stores.letters.arrivals(9)) == []
    assert await kept.stores.letters.reopen_arrival(stored.seq) is None


async def test_records_of_what_arrived_go_and_the_map_stays(kept: Kept) -> None:
    await kept.said("$one")
    await kept.said("$bad", PartState.EXPIRED)

    assert await kept.prune(Chore.PART_RECORDS) == 1
    assert await kept.parts("$one") == []
    assert len(await kept.parts("$bad")) == 1
    assert len(await kept.stores.messages.by_event(EventID("$one"))) == 1


async def test_a_record_stays_while_another_lane_has_yet_to_plan_the_event(kept: Kept) -> None:
    """Without it a crash would have the first lane say it again."""
    await kept.stores.inbox.accept([raw("$both")], NOW)
    (row,) = await kept.stores.ledger.plan(plan(kept.lane, "$both", parts=1), inbox_seq=None, at=NOW)
    await kept.stores.ledger.advance(PartResult(id=row.id, state=PartState.SENT), None, at=NOW)

    assert await kept.prune(Chore.PART_RECORDS) == 0
    assert len(await kept.parts("$both")) == 1


async def test_only_arrivals_that_nothing_can_repeat_are_removed(kept: Kept) -> None:
    named = await kept.heard(arrival(kept.lane, key="RemoteMessage m1"))
    nameless = await kept.heard(evolve(arrival(kept.lane), dedup_key="emit abc"))
    await kept.heard(evolve(arrival(kept.lane), dedup_key="seen 12.3"))

    assert await kept.prune(Chore.ARRIVAL_RECORDS) == 2
    assert await kept.stores.traces.arrival(named.seq) is not None
    assert await kept.stores.traces.arrival(nameless.seq) is None
    assert len(await kept.stores.messages.by_event(EventID(f"$of{nameless.seq}"))) == 1


async def test_approvals_that_are_over_are_removed(kept: Kept) -> None:
    wish = Approval(code_hash="ab", key=KEY, room_id=ROOM, asked_by=ALICE, expires_at=NOW)
    await kept.stores.rooms.put_approval(wish)
    await kept.stores.rooms.put_approval(evolve(wish, code_hash="cd", expires_at=LONG_AFTER))

    assert await kept.prune(Chore.APPROVALS) == 1
    assert await kept.stores.rooms.take_approval("cd", KEY, NOW) is not None


async def test_a_step_looks_at_no_more_rows_than_it_may(opened: OpenStore) -> None:
    await opened.stores.inbox.accept([raw(f"${number}") for number in range(5)], NOW)
    await opened.stores.inbox.finish([row.seq for row in await opened.stores.inbox.pending(START, 9)])
    upkeep = opened.stores.upkeep
    steps = [await upkeep.prune(Chore.EVENT_BODIES, LATER, 2) for _ in range(4)]

    assert steps == [Pruned(2, False), Pruned(2, False), Pruned(1, False), Pruned(0, True)]


async def test_the_place_of_a_walk_outlives_the_process(place: str, key: SecretKey) -> None:
    first = await open_store(place, key)
    await first.stores.inbox.accept([raw(f"${number}") for number in range(4)], NOW)
    await first.stores.inbox.finish([row.seq for row in await first.stores.inbox.pending(START, 9)])
    await first.stores.upkeep.prune(Chore.EVENT_BODIES, LATER, 3)
    await first.close()
    second = await open_store(place, key)
    step = await second.stores.upkeep.prune(Chore.EVENT_BODIES, LATER, 3)
    await second.close()

    assert step == Pruned(1, finished=False)


async def test_what_was_open_when_the_walk_came_by_is_met_by_the_next(opened: OpenStore) -> None:
    inbox, upkeep = opened.stores.inbox, opened.stores.upkeep
    await inbox.accept([raw("$slow"), raw("$quick")], NOW)
    slow, quick = await inbox.pending(START, 9)
    await inbox.finish([quick.seq])
    await upkeep.prune(Chore.EVENT_BODIES, LATER, 9)
    await inbox.finish([slow.seq])
    await upkeep.prune(Chore.EVENT_BODIES, LATER, 9)
    before = await inbox.body_of(EventID("$slow"))
    for _ in range(2):
        await upkeep.prune(Chore.EVENT_BODIES, LATER + ANEW_AFTER, 9)

    assert before == b"{}"
    assert await inbox.body_of(EventID("$slow")) is None


async def test_an_sqlite_file_gives_its_space_back(tmp_path: Path, key: SecretKey) -> None:
    path = tmp_path / "x.db"
    opened = await open_store(path, key)
    fill = partial(run_many, "INSERT INTO meta (name, value) VALUES (?, ?)")
    await opened.engine.write(partial(fill, [(f"{number}", "x" * 40_000) for number in range(1000)]))
    await opened.engine.write(partial(run, "DELETE FROM meta WHERE value LIKE 'xxx%'"))
    pages = "PRAGMA page_count"
    full = (await opened.engine.write(partial(run, pages)))[0][0]
    while await opened.stores.upkeep.give_back():
        pass
    left = (await opened.engine.write(partial(run, pages)))[0][0]
    await opened.close()

    assert full > 10_000
    assert left < 2600
    assert path.stat().st_size < 11_000_000
