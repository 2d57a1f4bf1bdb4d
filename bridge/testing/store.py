"""A store in memory that keeps the promises of the real one.

It outlives the parts that use it: a test of a crash makes new parts on the same ``FakeStore``.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any, NoReturn

from attrs import evolve, frozen

from bridge.core.ports import Stores
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
)
from bridge.model.statuses import PartState

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
        return None if seq is None else self._rows[seq].body


class FakeMap:
    """Pairs of IDs."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self.rows: list[Mapped] = []

    async def by_event(self, event_id: EventID) -> Sequence[Mapped]:
        self._switch.check()
        found = [row for row in self.rows if row.event_id == event_id]
        return sorted(found, key=lambda row: (row.lane, row.part))

    async def by_remote(self, lane: LaneID, remote_id: RemoteMessageID) -> Sequence[Mapped]:
        self._switch.check()
        return [row for row in self.rows if row.lane == lane and row.remote_id == remote_id]

    def put(self, new: Mapped) -> None:
        """Insert unless it is known; a remote ID takes the place of *none*."""
        same = [row for row in self.rows if _place(row) == _place(new)]
        if new.remote_id is None and same:
            return
        if any(row.remote_id == new.remote_id for row in same):
            return
        self.rows = [row for row in self.rows if row not in same or row.remote_id is not None]
        self.rows.append(new)


def _place(row: Mapped) -> tuple[object, ...]:
    return row.lane, row.event_id, row.part


@frozen(kw_only=True)
class _Planned:
    row: PartRow
    plan: Plan
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
            self._rows[row.id] = _Planned(row=row, plan=plan)
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
        self._rows[number] = _Planned(row=row, plan=plan)
        return row

    async def advance(self, result: PartResult, next_id: PartID | None, *, at: datetime) -> None:
        self._switch.check()
        self._change(result.id, state=result.state, reason=result.reason, retry_at=result.retry_at)
        if result.state.arrived:
            self._enter(self._rows[result.id], result.remote_ids)
        if next_id is not None:
            self._send(next_id)

    async def sending(self, part: PartID, *, at: datetime) -> None:
        self._switch.check()
        self._send(part)

    async def close_rest(self, event_id: EventID, lane: LaneID, state: PartState, reason: Phrase) -> None:
        self._switch.check()
        for row in self._of(event_id):
            if row.lane == lane and row.state is PartState.WAITING:
                self._change(row.id, state=state, reason=reason, retry_at=None)

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

    def _send(self, part: PartID) -> None:
        one = self._rows[part]
        if not one.row.state.final:
            self._change(
                part, state=PartState.SENDING, reason=None, retry_at=None, attempts=one.row.attempts + 1
            )

    def _change(self, part: PartID, **changes: Any) -> None:
        one = self._rows[part]
        self._rows[part] = evolve(one, row=evolve(one.row, **changes))

    def _enter(self, one: _Planned, remote_ids: tuple[RemoteMessageID, ...]) -> None:
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
                )
            )


class FakeArrivals:
    """Remote events on their way to Matrix. ``results`` and ``failures`` are for tests to look at."""

    def __init__(self, switch: Switch, messages: FakeMap) -> None:
        self._switch = switch
        self._messages = messages
        self._numbers = count(1)
        self._open: dict[ArrivalSeq, Arrival] = {}
        self._seen: set[tuple[LaneID, str]] = set()
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

    async def close(self, result: ArrivalResult, *, at: datetime) -> None:
        self._switch.check()
        self.results[result.seq] = result
        if result.state.final:
            self._open.pop(result.seq, None)
        for pair in result.mapped:
            self._messages.put(pair)

    async def failed(self, seq: ArrivalSeq, reason: str) -> None:
        self._switch.check()
        self.failures[seq] = reason
        if seq in self._open:
            self._open[seq] = evolve(self._open[seq], attempts=self._open[seq].attempts + 1)

    def _add(self, new: NewArrival) -> Arrival | None:
        if new.dedup_key is not None:
            if (new.lane, new.dedup_key) in self._seen:
                return None
            self._seen.add((new.lane, new.dedup_key))
        seq = ArrivalSeq(next(self._numbers))
        self._open[seq] = Arrival(
            seq=seq, lane=new.lane, event=new.event, ghost=new.ghost, received_at=new.received_at
        )
        return self._open[seq]


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

    async def take_approval(self, code_hash: str, key: PortalKey, now: datetime) -> Approval | None:
        self._switch.check()
        self._approvals = {place: one for place, one in self._approvals.items() if one.expires_at > now}
        return self._approvals.pop((code_hash, key), None)


class FakeStore:
    """All of the store in memory; ``stores`` is what the core is given."""

    def __init__(self) -> None:
        self.switch = Switch()
        self.inbox = FakeInbox(self.switch)
        self.messages = FakeMap(self.switch)
        self.ledger = FakeLedger(self.switch, self.inbox, self.messages)
        self.arrivals = FakeArrivals(self.switch, self.messages)
        self.portals = FakePortals(self.switch)
        self.ghosts = FakeGhosts(self.switch)
        self.rooms = FakeRooms(self.switch)
        self.stores = Stores(
            inbox=self.inbox,
            ledger=self.ledger,
            arrivals=self.arrivals,
            messages=self.messages,
            portals=self.portals,
            ghosts=self.ghosts,
            rooms=self.rooms,
        )
