"""A store in memory that keeps the promises of the real one.

It outlives the parts that use it: a test of a crash makes new parts on the same ``FakeStore``.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, NoReturn

from attrs import evolve, frozen

from bridge.core.ports import Stores
from bridge.model.backlog import Backlog, Pile
from bridge.model.codec import encode_remote_event
from bridge.model.errors import Phrase, Rejected, StoreUnavailable
from bridge.model.ids import (
    ArrivalSeq,
    EventID,
    InboxSeq,
    LaneID,
    NetworkName,
    PartID,
    PortalKey,
    RemoteMessageID,
    RemoteUserID,
    RoomID,
    Token,
    UserID,
)
from bridge.model.matrix_events import RawEvent
from bridge.model.outgoing import Part
from bridge.model.portals import Direction, Ghost, Mapped, Portal, PortalState
from bridge.model.records import (
    Approval,
    Arrival,
    ArrivalResult,
    InboxEvent,
    NewArrival,
    PartResult,
    PartRow,
    Plan,
    Pruned,
    Shed,
)
from bridge.model.statuses import PartState
from bridge.model.whereabouts import ArrivalTrace, EventTrace, InboxState, PartTrace
from bridge.policy.retention import Chore

_BAD = frozenset({PartState.UNCERTAIN, PartState.REFUSED, PartState.EXPIRED, PartState.DEAD})


class Switch:
    """Lets a test take the database away and give it back."""

    def __init__(self) -> None:
        self.down = False

    def check(self) -> None:
        """Raises ``StoreUnavailable`` while the database is away."""
        if self.down:
            _away()


def _away() -> NoReturn:
    raise StoreUnavailable(Phrase.of("storage.unavailable", error="switched off by the test"))


class FakeInbox:
    """Matrix events. ``set_aside`` and ``failures`` are for tests to look at."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._numbers = count(1)
        self._rows: dict[InboxSeq, InboxEvent] = {}
        self._open: dict[InboxSeq, None] = {}
        self._by_event: dict[EventID, InboxSeq] = {}
        self._dropped: set[InboxSeq] = set()
        self._bodiless: set[InboxSeq] = set()
        self.set_aside: list[InboxSeq] = []
        self.failures: dict[InboxSeq, str] = {}

    async def accept(self, events: Sequence[RawEvent], received_at: datetime) -> int:
        self._switch.check()
        new = 0
        for event in events:
            if event.event_id in self._by_event:
                continue
            seq = InboxSeq(next(self._numbers))
            self._rows[seq] = InboxEvent(
                seq=seq,
                event_id=event.event_id,
                room_id=event.room_id,
                body=event.body,
                received_at=received_at,
            )
            self._by_event[event.event_id] = seq
            if event.settled:
                self._bodiless.add(seq)
            else:
                self._open[seq] = None
            new += 1
        return new

    async def pending(self, after: InboxSeq, limit: int) -> Sequence[InboxEvent]:
        self._switch.check()
        return [self._rows[seq] for seq in self._open if seq > after][:limit]

    async def pending_in_room(self, room_id: RoomID, after: InboxSeq, limit: int) -> Sequence[InboxEvent]:
        self._switch.check()
        rows = (self._rows[seq] for seq in self._open if seq > after)
        return [row for row in rows if row.room_id == room_id][:limit]

    async def finish(self, seqs: Sequence[InboxSeq]) -> None:
        self._switch.check()
        for seq in seqs:
            self._open.pop(seq, None)

    async def discard(self, seq: InboxSeq) -> None:
        self._switch.check()
        if seq in self._open:
            del self._open[seq]
            self._bodiless.add(seq)

    async def failed(self, seq: InboxSeq, reason: str, *, set_aside: bool) -> None:
        self._switch.check()
        self._rows[seq] = evolve(self._rows[seq], attempts=self._rows[seq].attempts + 1)
        self.failures[seq] = reason
        if set_aside and seq in self._open:
            del self._open[seq]
            self.set_aside.append(seq)

    async def body_of(self, event_id: EventID) -> bytes | None:
        self._switch.check()
        seq = self._by_event.get(event_id)
        return None if seq is None or seq in self._bodiless else self._rows[seq].body

    def trace_of(self, seq: InboxSeq) -> EventTrace:
        row = self._rows[seq]
        return EventTrace(
            seq=seq,
            event_id=row.event_id,
            room_id=row.room_id,
            body=None if seq in self._bodiless else row.body,
            received_at=row.received_at,
            state=self._state_of(seq),
            attempts=row.attempts,
            failure=self.failures.get(seq),
        )

    def open_events(self) -> Collection[EventID]:
        return {self._rows[seq].event_id for seq in self._open}

    def seq_of(self, event_id: EventID) -> InboxSeq | None:
        return self._by_event.get(event_id)

    def reopen(self, seq: InboxSeq) -> InboxEvent | None:
        if seq in self.set_aside:
            self.set_aside.remove(seq)
            self._rows[seq] = evolve(self._rows[seq], attempts=0)
            self._open = dict.fromkeys(sorted([*self._open, seq]))
        return self._rows[seq] if seq in self._open else None

    def drop(self, seq: InboxSeq) -> bool:
        if seq not in self.set_aside:
            return False
        self.set_aside.remove(seq)
        self._dropped.add(seq)
        return True

    def forget(self, before: datetime, limit: int, unsettled: Collection[EventID], *, failures: bool) -> int:
        wanted = (InboxState.ASIDE,) if failures else (InboxState.DONE, InboxState.DROPPED)
        old = [
            seq
            for seq, row in self._rows.items()
            if row.received_at < before
            and row.event_id not in unsettled
            and self._state_of(seq) in wanted
            and (failures or seq not in self._bodiless)
        ][:limit]
        for seq in old:
            self._bodiless.add(seq)
            self.failures.pop(seq, None)
            if failures:
                self.drop(seq)
        return len(old)

    def _state_of(self, seq: InboxSeq) -> InboxState:
        if seq in self._open:
            return InboxState.OPEN
        if seq in self._dropped:
            return InboxState.DROPPED
        return InboxState.ASIDE if seq in self.set_aside else InboxState.DONE


class FakeMap:
    """Pairs of IDs."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self.rows: list[Mapped] = []
        self.made_at: dict[Mapped, datetime] = {}

    async def by_event(self, event_id: EventID) -> Sequence[Mapped]:
        self._switch.check()
        found = [row for row in self.rows if row.event_id == event_id]
        return sorted(found, key=lambda row: (row.lane, row.part))

    async def by_remote(self, lane: LaneID, remote_id: RemoteMessageID) -> Sequence[Mapped]:
        self._switch.check()
        return [row for row in self.rows if row.lane == lane and row.remote_id == remote_id]

    def forget(self, before: datetime, limit: int) -> int:
        old = [row for row in self.rows if row.excerpt is not None and self.made_at[row] < before][:limit]
        bare = {row: evolve(row, excerpt=None) for row in old}
        self.made_at |= {bare[row]: self.made_at[row] for row in old}
        self.rows = [bare.get(row, row) for row in self.rows]
        return len(old)

    def put(self, new: Mapped, at: datetime) -> None:
        """Insert unless it is known; a remote ID takes the place of *none*."""
        same = [row for row in self.rows if _place(row) == _place(new)]
        if new.remote_id is None and same:
            return
        if any(row.remote_id == new.remote_id for row in same):
            return
        self.rows = [row for row in self.rows if row not in same or row.remote_id is not None]
        self.rows.append(new)
        self.made_at[new] = at


def _place(row: Mapped) -> tuple[object, ...]:
    return row.lane, row.event_id, row.part


@frozen(kw_only=True)
class _Planned:
    row: PartRow
    plan: Plan
    changed_at: datetime
    told: bool = False


class FakeLedger:
    """Parts on their way to a network."""

    def __init__(self, switch: Switch, inbox: FakeInbox, messages: FakeMap) -> None:
        self._switch = switch
        self._inbox = inbox
        self._messages = messages
        self._numbers = count(1)
        self._rows: dict[PartID, _Planned] = {}

    async def plan(self, plan: Plan, *, inbox_seq: InboxSeq | None, at: datetime) -> Sequence[PartRow]:
        self._switch.check()
        if inbox_seq is not None:
            await self._inbox.finish([inbox_seq])
        known = [row for row in self._of(plan.event_id) if row.lane == plan.lane]
        if known and known[0].count:
            return known
        for row in known:
            del self._rows[row.id]
        for index, (token, part) in enumerate(plan.parts):
            row = PartRow(
                id=PartID(next(self._numbers)),
                lane=plan.lane,
                event_id=plan.event_id,
                room_id=plan.room_id,
                sender=plan.sender,
                index=index,
                count=len(plan.parts),
                token=token,
                part=part,
                state=PartState.WAITING if index else PartState.SENDING,
                attempts=0 if index else 1,
                retry_at=None,
                reason=None,
                created_at=at,
            )
            self._rows[row.id] = _Planned(row=row, plan=plan, changed_at=at)
        return [row for row in self._of(plan.event_id) if row.lane == plan.lane]

    async def refuse(
        self, plan: Plan, state: PartState, reason: Phrase, *, inbox_seq: InboxSeq | None, at: datetime
    ) -> PartRow:
        self._switch.check()
        if inbox_seq is not None:
            await self._inbox.finish([inbox_seq])
        known = [row for row in self._of(plan.event_id) if row.lane == plan.lane]
        if known and known[0].count:
            return known[0]
        number = known[0].id if known else PartID(next(self._numbers))
        row = PartRow(
            id=number,
            lane=plan.lane,
            event_id=plan.event_id,
            room_id=plan.room_id,
            sender=plan.sender,
            index=0,
            count=0,
            token=Token(f"refused{number}"),
            part=Part({}),
            state=state,
            attempts=0,
            retry_at=None,
            reason=reason,
            created_at=at,
        )
        self._rows[number] = _Planned(row=row, plan=plan, changed_at=at)
        return row

    async def advance(self, result: PartResult, next_id: PartID | None, *, at: datetime) -> None:
        self._switch.check()
        self._change(result.id, at, state=result.state, reason=result.reason, retry_at=result.retry_at)
        if result.state.arrived:
            self._enter(self._rows[result.id], result.remote_ids, at)
        if next_id is not None:
            self._send(next_id, at)

    async def sending(self, part: PartID, *, at: datetime) -> None:
        self._switch.check()
        self._send(part, at)

    async def close_rest(self, event_id: EventID, lane: LaneID, state: PartState, reason: Phrase) -> None:
        self._switch.check()
        for row in self._of(event_id):
            if row.lane == lane and row.state is PartState.WAITING:
                self._change(row.id, None, state=state, reason=reason, retry_at=None)

    async def open_parts(self) -> Sequence[PartRow]:
        self._switch.check()
        return [one.row for one in self._rows.values() if not one.row.state.final]

    async def untold(self) -> Sequence[PartRow]:
        self._switch.check()
        return [one.row for one in self._rows.values() if one.row.state in _BAD and not one.told]

    async def told(self, event_id: EventID, lane: LaneID) -> None:
        self._switch.check()
        for row in self._of(event_id):
            if row.lane == lane and row.state in _BAD:
                self._rows[row.id] = evolve(self._rows[row.id], told=True)

    async def parts_of(self, event_id: EventID) -> Sequence[PartRow]:
        self._switch.check()
        return sorted(self._of(event_id), key=lambda row: (row.lane, row.index))

    async def retriable(self, room_id: RoomID, sender: UserID | None, limit: int) -> Sequence[PartRow]:
        self._switch.check()
        rows = (one.row for one in reversed(self._rows.values()) if one.row.state in _BAD)
        found = [row for row in rows if row.room_id == room_id and sender in (None, row.sender)]
        return found[:limit]

    async def reopen(self, event_id: EventID, lane: LaneID, *, at: datetime) -> Sequence[PartRow]:
        self._switch.check()
        for row in self._of(event_id):
            if row.lane == lane and row.state in _BAD:
                self._change(
                    row.id,
                    at,
                    state=PartState.WAITING,
                    reason=None,
                    retry_at=None,
                    attempts=0,
                    created_at=at,
                )
                self._rows[row.id] = evolve(self._rows[row.id], told=False)
        return [row for row in self._of(event_id) if row.lane == lane and row.state is PartState.WAITING]

    def _of(self, event_id: EventID) -> list[PartRow]:
        return [one.row for one in self._rows.values() if one.row.event_id == event_id]

    def traces(self) -> list[PartTrace]:
        return [PartTrace(one.row, one.changed_at) for one in self._rows.values()]

    def drop(self, event_id: EventID, lane: LaneID, at: datetime) -> int:
        rows = [row for row in self._of(event_id) if row.lane == lane and row.state in _BAD]
        for row in rows:
            self._change(row.id, at, state=PartState.DROPPED, retry_at=None)
        return len(rows)

    def forget(self, before: datetime, limit: int) -> int:
        old = [one for one in self._old(before) if _is_over(one.row) and one.row.part != Part({})][:limit]
        for one in old:
            self._blank(one)
        return len(old)

    def give_up(self, before: datetime, limit: int) -> int:
        old = [one for one in self._old(before) if one.row.state in _BAD and one.told][:limit]
        for one in old:
            self._blank(evolve(one, row=evolve(one.row, state=PartState.DROPPED, retry_at=None)))
        return len(old)

    def remove(self, before: datetime, limit: int) -> int:
        open_events = self._inbox.open_events()
        old = [one for one in self._old(before) if _is_over(one.row) and one.row.event_id not in open_events][
            :limit
        ]
        for one in old:
            del self._rows[one.row.id]
        return len(old)

    def _old(self, before: datetime) -> list[_Planned]:
        return [one for one in self._rows.values() if one.changed_at < before]

    def _blank(self, one: _Planned) -> None:
        plan = evolve(one.plan, excerpt=None)
        self._rows[one.row.id] = evolve(one, row=evolve(one.row, part=Part({})), plan=plan)

    def _send(self, part: PartID, at: datetime) -> None:
        row = self._rows[part].row
        if not row.state.final:
            sending = PartState.SENDING
            self._change(part, at, state=sending, reason=None, retry_at=None, attempts=row.attempts + 1)

    def _change(self, part: PartID, at: datetime | None, **changes: Any) -> None:
        one = self._rows[part]
        self._rows[part] = evolve(one, row=evolve(one.row, **changes), changed_at=at or one.changed_at)

    def _enter(self, one: _Planned, remote_ids: tuple[RemoteMessageID, ...], at: datetime) -> None:
        if one.plan.target is not None:
            return
        for remote_id in remote_ids or (None,):
            self._messages.put(
                Mapped(
                    lane=one.row.lane,
                    event_id=one.row.event_id,
                    remote_id=remote_id,
                    part=one.row.index,
                    direction=Direction.TO_NETWORK,
                    sender=one.row.sender,
                    author=one.plan.author,
                    excerpt=one.plan.excerpt,
                ),
                at,
            )


class FakeArrivals:
    """Remote events on their way to Matrix. ``results`` and ``failures`` are for tests to look at."""

    def __init__(self, switch: Switch, messages: FakeMap) -> None:
        self._switch = switch
        self._messages = messages
        self._numbers = count(1)
        self._open: dict[ArrivalSeq, Arrival] = {}
        self._seen: set[tuple[LaneID, str]] = set()
        self._all: dict[ArrivalSeq, tuple[NewArrival, ArrivalTrace]] = {}
        self._shed: dict[LaneID, Shed] = {}
        self.results: dict[ArrivalSeq, ArrivalResult] = {}
        self.failures: dict[ArrivalSeq, str] = {}

    async def add(self, arrivals: Sequence[NewArrival]) -> Sequence[Arrival | None]:
        self._switch.check()
        return [self._add(arrival) for arrival in arrivals]

    async def pending(self, lane: LaneID, after: ArrivalSeq, limit: int) -> Sequence[Arrival]:
        self._switch.check()
        return [row for row in self._open.values() if row.lane == lane and row.seq > after][:limit]

    async def lanes_with_work(self) -> Sequence[LaneID]:
        self._switch.check()
        return sorted({row.lane for row in self._open.values()})

    async def waiting_bytes(self) -> Mapping[LaneID, int]:
        self._switch.check()
        found: Counter[LaneID] = Counter()
        for row in self._open.values():
            found[row.lane] += row.size_bytes
        return dict(found)

    async def add_shed(self, lane: LaneID, count: int, at: datetime) -> None:
        self._switch.check()
        before = self._shed.get(lane, Shed(lane=lane, count=0, since=at))
        self._shed[lane] = evolve(before, count=before.count + count)

    async def all_shed(self) -> Sequence[Shed]:
        self._switch.check()
        return [self._shed[lane] for lane in sorted(self._shed)]

    async def shed_told(self, shed: Shed) -> None:
        self._switch.check()
        now = self._shed.get(shed.lane)
        if now is not None and now.since == shed.since:
            since = now.since + timedelta(microseconds=1)
            self._shed[shed.lane] = evolve(now, count=now.count - shed.count, since=since)
            if self._shed[shed.lane].count <= 0:
                del self._shed[shed.lane]

    async def heard(self, lane: LaneID, since: datetime, limit: int) -> Sequence[NewArrival]:
        self._switch.check()
        all_new = [new for new, _ in self._all.values()]
        return [new for new in all_new if new.lane == lane and new.received_at >= since][-limit:]

    async def close(self, result: ArrivalResult, *, at: datetime) -> None:
        self._switch.check()
        self.results[result.seq] = result
        self._change(
            result.seq,
            state=result.state,
            reason=result.reason,
            closed_at=at if result.state.final else None,
            event_id=result.mapped[0].event_id if result.mapped else None,
        )
        if result.state.final:
            self._open.pop(result.seq, None)
        for pair in result.mapped:
            self._messages.put(pair, at)

    async def failed(self, seq: ArrivalSeq, reason: str) -> None:
        self._switch.check()
        self.failures[seq] = reason
        self._change(seq, attempts=self._all[seq][1].attempts + 1, failure=reason)
        if seq in self._open:
            self._open[seq] = evolve(self._open[seq], attempts=self._open[seq].attempts + 1)

    def traces(self) -> list[tuple[str | None, ArrivalTrace]]:
        """With their keys."""
        return [(new.dedup_key, trace) for new, trace in self._all.values()]

    def trace_of(self, seq: ArrivalSeq) -> ArrivalTrace | None:
        return self._all[seq][1] if seq in self._all else None

    def reopen(self, seq: ArrivalSeq) -> Arrival | None:
        if self.trace_of(seq) is not None and self._all[seq][1].state is PartState.DEAD:
            self._change(seq, state=PartState.WAITING, attempts=0, closed_at=None, reason=None)
            new = self._all[seq][0]
            again = _arrival(seq, new)
            self._open = dict(sorted([*self._open.items(), (seq, again)]))
        return self._open.get(seq)

    def drop(self, seq: ArrivalSeq) -> bool:
        if seq not in self._all or self._all[seq][1].state is not PartState.DEAD:
            return False
        self._change(seq, state=PartState.DROPPED)
        return True

    def forget(self, before: datetime, limit: int, *, failures: bool) -> int:
        old = [
            seq
            for seq, (_, trace) in self._all.items()
            if trace.closed_at is not None
            and (trace.closed_at if failures else trace.received_at) < before
            and (trace.state is PartState.DEAD) is failures
            and trace.event is not None
        ][:limit]
        for seq in old:
            state = PartState.DROPPED if failures else self._all[seq][1].state
            self._change(seq, state=state, event=None, failure=None)
        return len(old)

    def remove(self, before: datetime, limit: int) -> int:
        old = [
            seq
            for seq, (new, trace) in self._all.items()
            if trace.closed_at is not None
            and trace.received_at < before
            and trace.state is not PartState.DEAD
            and (new.dedup_key or "emit ").startswith(("emit ", "seen "))
        ][:limit]
        for seq in old:
            del self._all[seq]
        return len(old)

    def _change(self, seq: ArrivalSeq, **changes: Any) -> None:
        if seq in self._all:
            new, trace = self._all[seq]
            self._all[seq] = (new, evolve(trace, **changes))

    def _add(self, new: NewArrival) -> Arrival | None:
        if new.dedup_key is not None:
            if (new.lane, new.dedup_key) in self._seen:
                return None
            self._seen.add((new.lane, new.dedup_key))
        seq = ArrivalSeq(next(self._numbers))
        self._open[seq] = _arrival(seq, new)
        self._all[seq] = (
            new,
            ArrivalTrace(
                seq=seq,
                lane=new.lane,
                ghost=new.ghost,
                event=new.event,
                received_at=new.received_at,
                state=PartState.WAITING,
            ),
        )
        return self._open[seq]


def _arrival(seq: ArrivalSeq, new: NewArrival) -> Arrival:
    return Arrival(
        seq=seq,
        lane=new.lane,
        event=new.event,
        ghost=new.ghost,
        received_at=new.received_at,
        size_bytes=len(encode_remote_event(new.event)),
    )


class FakeTraces:
    """Where messages are."""

    def __init__(
        self,
        switch: Switch,
        inbox: FakeInbox,
        ledger: FakeLedger,
        arrivals: FakeArrivals,
        messages: FakeMap,
    ) -> None:
        self._switch = switch
        self._inbox = inbox
        self._ledger = ledger
        self._arrivals = arrivals
        self._messages = messages

    async def event(self, event_id: EventID) -> EventTrace | None:
        self._switch.check()
        seq = self._inbox.seq_of(event_id)
        return None if seq is None else self._inbox.trace_of(seq)

    async def parts(self, event_id: EventID) -> Sequence[PartTrace]:
        self._switch.check()
        found = [one for one in self._ledger.traces() if one.row.event_id == event_id]
        return sorted(found, key=lambda one: (one.row.lane, one.row.index))

    async def arrival(self, seq: ArrivalSeq) -> ArrivalTrace | None:
        self._switch.check()
        return self._arrivals.trace_of(seq)

    async def arrivals_of(self, event_id: EventID) -> Sequence[ArrivalTrace]:
        self._switch.check()
        return [one for _, one in self._arrivals.traces() if one.event_id == event_id]

    async def arrivals_keyed(self, dedup_key: str) -> Sequence[ArrivalTrace]:
        self._switch.check()
        return [one for key, one in self._arrivals.traces() if key == dedup_key]

    async def pairs_named(self, remote_id: RemoteMessageID) -> Sequence[Mapped]:
        self._switch.check()
        return [row for row in self._messages.rows if row.remote_id == remote_id]

    async def backlog(self) -> Backlog:
        self._switch.check()
        parts = [one.row for one in self._ledger.traces()]
        arrivals = [one for _, one in self._arrivals.traces()]
        waiting = [one for one in arrivals if one.state is PartState.WAITING]
        planned = {row.event_id for row in parts}
        aside = [self._inbox.trace_of(seq).event_id for seq in self._inbox.set_aside]
        bad = {(row.state, row.event_id) for row in parts if row.state in _BAD}
        return Backlog(
            inbox=_pile([one.received_at for one in await self._inbox.pending(InboxSeq(0), 10**9)]),
            to_network=_piles([(row.lane, row.created_at) for row in parts if not row.state.final]),
            to_matrix=_piles([(one.lane, one.received_at) for one in waiting]),
            bad=Counter(state for state, _ in bad),
            aside=sum(1 for one in arrivals if one.state is PartState.DEAD)
            + sum(1 for event_id in aside if event_id not in planned),
        )


def _piles(ages: Sequence[tuple[LaneID, datetime]]) -> dict[LaneID, Pile]:
    return {lane: _pile([at for one, at in ages if one == lane]) for lane, _ in ages}


def _pile(times: Sequence[datetime]) -> Pile:
    return Pile(len(times), min(times, default=None))


class FakeLetters:
    """Dead letters."""

    def __init__(self, switch: Switch, inbox: FakeInbox, ledger: FakeLedger, arrivals: FakeArrivals) -> None:
        self._switch = switch
        self._inbox = inbox
        self._ledger = ledger
        self._arrivals = arrivals

    async def events(self, limit: int) -> Sequence[EventTrace]:
        self._switch.check()
        planned = {one.row.event_id for one in self._ledger.traces()}
        aside = [self._inbox.trace_of(seq) for seq in sorted(self._inbox.set_aside, reverse=True)]
        return [one for one in aside if one.event_id not in planned][:limit]

    async def parts(
        self, limit: int, *, room_id: RoomID | None = None, sender: UserID | None = None
    ) -> Sequence[PartTrace]:
        self._switch.check()
        bad = [one for one in reversed(self._ledger.traces()) if one.row.state in _BAD]
        here = [one for one in bad if room_id in (None, one.row.room_id)]
        return [one for one in here if sender in (None, one.row.sender)][:limit]

    async def arrivals(self, limit: int) -> Sequence[ArrivalTrace]:
        self._switch.check()
        dead = [one for _, one in self._arrivals.traces() if one.state is PartState.DEAD]
        return dead[::-1][:limit]

    async def event(self, seq: InboxSeq) -> EventTrace | None:
        return next((one for one in await self.events(10**6) if one.seq == seq), None)

    async def part(self, part: PartID) -> PartTrace | None:
        return next((one for one in await self.parts(10**6) if one.row.id == part), None)

    async def arrival(self, seq: ArrivalSeq) -> ArrivalTrace | None:
        return next((one for one in await self.arrivals(10**6) if one.seq == seq), None)

    async def reopen_event(self, seq: InboxSeq) -> InboxEvent | None:
        self._switch.check()
        return self._inbox.reopen(seq)

    async def reopen_arrival(self, seq: ArrivalSeq) -> Arrival | None:
        self._switch.check()
        return self._arrivals.reopen(seq)

    async def drop_event(self, seq: InboxSeq) -> bool:
        self._switch.check()
        return self._inbox.drop(seq)

    async def drop_parts(self, event_id: EventID, lane: LaneID, *, at: datetime) -> int:
        self._switch.check()
        return self._ledger.drop(event_id, lane, at)

    async def drop_arrival(self, seq: ArrivalSeq) -> bool:
        self._switch.check()
        return self._arrivals.drop(seq)


class FakePortals:
    """Portals, the removed ones too."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._numbers = count(1)
        self._portals: dict[LaneID, Portal] = {}

    async def all_portals(self) -> Sequence[Portal]:
        self._switch.check()
        return [one for one in self._portals.values() if one.state is not PortalState.REMOVED]

    async def create_portal(self, portal: Portal) -> Portal:
        self._switch.check()
        old = next((one for one in self._portals.values() if one.key == portal.key), None)
        if old and old.state is not PortalState.REMOVED and old.room_id != portal.room_id:
            raise Rejected(Phrase.of("storage.portal_taken", chat=portal.key.chat, room=old.room_id))
        made = evolve(portal, lane=old.lane if old else LaneID(next(self._numbers)))
        self._portals[made.lane] = made
        return made

    async def update_portal(self, portal: Portal) -> None:
        self._switch.check()
        if portal.lane in self._portals:
            self._portals[portal.lane] = portal


class FakeGhosts:
    """Ghosts and the names they go by."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._ghosts: dict[UserID, Ghost] = {}
        self._aliases: dict[tuple[NetworkName, RemoteUserID], UserID] = {}

    async def ghost_of(self, network: NetworkName, remote_id: RemoteUserID) -> Ghost | None:
        self._switch.check()
        user_id = self._aliases.get((network, remote_id))
        return None if user_id is None else self._ghosts[user_id]

    async def ghost_by_user(self, user_id: UserID) -> Ghost | None:
        self._switch.check()
        return self._ghosts.get(user_id)

    async def put_ghost(self, ghost: Ghost) -> None:
        self._switch.check()
        self._ghosts[ghost.user_id] = ghost
        self._aliases[ghost.network, ghost.remote_id] = ghost.user_id


class FakeRooms:
    """Management rooms and open requests."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._rooms: dict[RoomID, UserID] = {}
        self._approvals: dict[tuple[str, PortalKey], Approval] = {}

    async def management_rooms(self) -> Sequence[tuple[RoomID, UserID]]:
        self._switch.check()
        return sorted(self._rooms.items())

    async def put_management_room(self, room_id: RoomID, user_id: UserID) -> None:
        self._switch.check()
        self._rooms[room_id] = user_id

    async def drop_management_room(self, room_id: RoomID) -> None:
        self._switch.check()
        self._rooms.pop(room_id, None)

    async def put_approval(self, approval: Approval) -> None:
        self._switch.check()
        self._approvals[approval.code_hash, approval.key] = approval

    def forget(self, before: datetime) -> int:
        old = [place for place, one in self._approvals.items() if one.expires_at < before]
        for place in old:
            del self._approvals[place]
        return len(old)

    async def take_approval(self, code_hash: str, key: PortalKey, now: datetime) -> Approval | None:
        self._switch.check()
        self._approvals = {place: one for place, one in self._approvals.items() if one.expires_at > now}
        return self._approvals.pop((code_hash, key), None)


class FakeWatches:
    """Until when each network was listened to."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._until: dict[NetworkName, datetime] = {}

    async def watched_until(self, network: NetworkName) -> datetime | None:
        self._switch.check()
        return self._until.get(network)

    async def note_watched(self, network: NetworkName, at: datetime) -> None:
        self._switch.check()
        self._until[network] = at


class FakeUpkeep:
    """Forgets what is old. It looks at everything each time, and changes ``limit`` rows."""

    def __init__(
        self,
        switch: Switch,
        inbox: FakeInbox,
        ledger: FakeLedger,
        arrivals: FakeArrivals,
        messages: FakeMap,
        rooms: FakeRooms,
    ) -> None:
        self._switch = switch
        self._inbox = inbox
        self._ledger = ledger
        self._arrivals = arrivals
        self._messages = messages
        self._rooms = rooms

    async def prune(self, chore: Chore, before: datetime, limit: int) -> Pruned:
        self._switch.check()
        match chore:
            case Chore.EVENT_BODIES | Chore.EVENT_FAILURES:
                unsettled = {one.row.event_id for one in self._ledger.traces() if not _is_over(one.row)}
                failures = chore is Chore.EVENT_FAILURES
                count = self._inbox.forget(before, limit, unsettled, failures=failures)
            case Chore.PART_BODIES:
                count = self._ledger.forget(before, limit)
            case Chore.PART_FAILURES:
                count = self._ledger.give_up(before, limit)
            case Chore.PART_RECORDS:
                count = self._ledger.remove(before, limit)
            case Chore.ARRIVAL_BODIES | Chore.ARRIVAL_FAILURES:
                count = self._arrivals.forget(before, limit, failures=chore is Chore.ARRIVAL_FAILURES)
            case Chore.ARRIVAL_RECORDS:
                count = self._arrivals.remove(before, limit)
            case Chore.EXCERPTS:
                count = self._messages.forget(before, limit)
            case Chore.APPROVALS:
                count = self._rooms.forget(before)
        return Pruned(count, finished=count == 0)

    async def give_back(self) -> bool:
        self._switch.check()
        return False


def _is_over(row: PartRow) -> bool:
    return row.state in (PartState.SENT, PartState.CONFIRMED, PartState.DROPPED)


class FakeStore:
    """All of the store in memory; ``stores`` is what the core is given."""

    def __init__(self) -> None:
        self.switch = Switch()
        self.inbox = FakeInbox(self.switch)
        self.messages = FakeMap(self.switch)
        self.ledger = FakeLedger(self.switch, self.inbox, self.messages)
        self.arrivals = FakeArrivals(self.switch, self.messages)
        self.traces = FakeTraces(self.switch, self.inbox, self.ledger, self.arrivals, self.messages)
        self.letters = FakeLetters(self.switch, self.inbox, self.ledger, self.arrivals)
        self.portals = FakePortals(self.switch)
        self.ghosts = FakeGhosts(self.switch)
        self.rooms = FakeRooms(self.switch)
        self.watches = FakeWatches(self.switch)
        self.upkeep = FakeUpkeep(
            self.switch, self.inbox, self.ledger, self.arrivals, self.messages, self.rooms
        )
        self.stores = Stores(
            inbox=self.inbox,
            ledger=self.ledger,
            arrivals=self.arrivals,
            messages=self.messages,
            traces=self.traces,
            letters=self.letters,
            portals=self.portals,
            ghosts=self.ghosts,
            rooms=self.rooms,
            watches=self.watches,
        )
