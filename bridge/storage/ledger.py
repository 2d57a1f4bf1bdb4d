"""Every part of every message on its way to a network."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from secrets import token_hex
from typing import Final

from bridge.model.codec import decode_part, encode_part, encode_phrase
from bridge.model.errors import Phrase
from bridge.model.ids import EventID, InboxSeq, LaneID, PartID, RoomID, Token, UserID
from bridge.model.outgoing import Part
from bridge.model.portals import Direction, Mapped
from bridge.model.records import PartResult, PartRow, Plan
from bridge.model.statuses import PartState
from bridge.storage import inbox
from bridge.storage.engine import Engine, Row, Script, run, run_many
from bridge.storage.messages import insert_part
from bridge.storage.values import (
    clean,
    from_micros,
    maybe_clean,
    maybe_decode_phrase,
    maybe_encode_phrase,
    maybe_micros,
    maybe_name,
    maybe_time,
    name,
    to_micros,
)

# Written out, for an index over some of the rows is used only for the very condition it was made with.
IS_OPEN: Final = "state IN ('waiting', 'sending')"
IS_BAD: Final = "state IN ('uncertain', 'refused', 'expired', 'dead')"

COLUMNS: Final = (
    "id, lane, event_id, room_id, sender, part, parts, token, payload, state, attempts, retry_at, reason,"
    " created_at"
)
_SELECT: Final = f"SELECT {COLUMNS} FROM ledger"  # noqa: S608  # ours
_OF_LANE: Final = _SELECT + " WHERE event_id = ? AND lane = ? ORDER BY part"
_OF_EVENT: Final = _SELECT + " WHERE event_id = ? ORDER BY lane, part"
_OPEN: Final = f"{_SELECT} WHERE {IS_OPEN} ORDER BY id"
_UNTOLD: Final = f"{_SELECT} WHERE told = 0 AND {IS_BAD} ORDER BY id"
_BAD: Final = f"{_SELECT} WHERE room_id = ? AND {IS_BAD} ORDER BY id DESC LIMIT ?"
_BAD_OF: Final = f"{_SELECT} WHERE room_id = ? AND sender = ? AND {IS_BAD} ORDER BY id DESC LIMIT ?"
_WAITING: Final = _SELECT + " WHERE event_id = ? AND lane = ? AND state = 'waiting' ORDER BY part"

_INSERT: Final = """
    INSERT INTO ledger (lane, event_id, room_id, sender, part, parts, token, payload, state, attempts, reason,
        author, excerpt, target, created_at, changed_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_DROP_REFUSED: Final = "DELETE FROM ledger WHERE event_id = ? AND lane = ? AND parts = 0"
_CLOSE: Final = """
    UPDATE ledger SET state = ?, reason = ?, retry_at = ?, told = 0, changed_at = ? WHERE id = ?
    RETURNING lane, event_id, part, sender, author, excerpt, target
"""
_SENDING: Final = f"""
    UPDATE ledger SET state = 'sending', attempts = attempts + 1, retry_at = NULL, reason = NULL,
        changed_at = ?
    WHERE id = ? AND {IS_OPEN}
"""  # noqa: S608  # all of it is ours
_CLOSE_REST: Final = """
    UPDATE ledger SET state = ?, reason = ?, retry_at = NULL, told = 0
    WHERE event_id = ? AND lane = ? AND state = 'waiting'
"""
_TOLD: Final = f"UPDATE ledger SET told = 1 WHERE event_id = ? AND lane = ? AND {IS_BAD}"  # noqa: S608  # ours
_REOPEN: Final = f"""
    UPDATE ledger SET state = 'waiting', attempts = 0, retry_at = NULL, reason = NULL, told = 0,
        created_at = ?, changed_at = ?
    WHERE event_id = ? AND lane = ? AND {IS_BAD}
"""  # noqa: S608  # all of it is ours


class SqlLedger:
    """The ledger of either engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def plan(self, plan: Plan, *, inbox_seq: InboxSeq | None, at: datetime) -> Sequence[PartRow]:
        rows = await self._engine.write(partial(_plan, plan, _new_parts(plan, at), inbox_seq))
        return [part_row(row) for row in rows]

    async def refuse(
        self, plan: Plan, state: PartState, reason: Phrase, *, inbox_seq: InboxSeq | None, at: datetime
    ) -> PartRow:
        # It is never written to a network, but every row has a token, and each its own.
        blank = (Token(token_hex(16)), Part({}))
        row = _values(plan, blank, index=0, parts=0, state=state, reason=reason, at=at)
        rows = await self._engine.write(partial(_plan, plan, [row], inbox_seq))
        return part_row(rows[0])

    async def advance(self, result: PartResult, next_id: PartID | None, *, at: datetime) -> None:
        await self._engine.write(partial(_advance, result, next_id, to_micros(at)))

    async def sending(self, part: PartID, *, at: datetime) -> None:
        await self._engine.write(partial(run, _SENDING, to_micros(at), part))

    async def close_rest(self, event_id: EventID, lane: LaneID, state: PartState, reason: Phrase) -> None:
        values = (state.value, encode_phrase(reason), name(event_id), lane)
        await self._engine.write(partial(run, _CLOSE_REST, *values))

    async def open_parts(self) -> Sequence[PartRow]:
        return await self._rows(_OPEN)

    async def untold(self) -> Sequence[PartRow]:
        return await self._rows(_UNTOLD)

    async def told(self, event_id: EventID, lane: LaneID) -> None:
        await self._engine.write(partial(run, _TOLD, name(event_id), lane))

    async def parts_of(self, event_id: EventID) -> Sequence[PartRow]:
        return await self._rows(_OF_EVENT, name(event_id))

    async def retriable(self, room_id: RoomID, sender: UserID | None, limit: int) -> Sequence[PartRow]:
        if sender is None:
            return await self._rows(_BAD, name(room_id), limit)
        return await self._rows(_BAD_OF, name(room_id), name(sender), limit)

    async def reopen(self, event_id: EventID, lane: LaneID, *, at: datetime) -> Sequence[PartRow]:
        rows = await self._engine.write(partial(_reopen, name(event_id), lane, to_micros(at)))
        return [part_row(row) for row in rows]

    async def _rows(self, sql: str, *values: object) -> Sequence[PartRow]:
        return [part_row(row) for row in await self._engine.read(partial(run, sql, *values))]


def _plan(plan: Plan, new: Sequence[Sequence[object]], inbox_seq: InboxSeq | None) -> Script[Sequence[Row]]:
    place = (name(plan.event_id), plan.lane)
    if inbox_seq is not None:
        yield from run(inbox.FINISH, inbox_seq)
    known = yield from run(_OF_LANE, *place)
    if known and known[0][6] > 0:
        return known
    if known:
        yield from run(_DROP_REFUSED, *place)
    yield from run_many(_INSERT, new)
    return (yield from run(_OF_LANE, *place))


def _advance(result: PartResult, next_id: PartID | None, at: int) -> Script[None]:
    reason, retry_at = maybe_encode_phrase(result.reason), maybe_micros(result.retry_at)
    rows = yield from run(_CLOSE, result.state.value, reason, retry_at, at, result.id)
    if rows and result.state.arrived:
        yield from _enter(rows[0], result, at)
    if next_id is not None:
        yield from run(_SENDING, at, next_id)


def _enter(row: Row, result: PartResult, at: int) -> Script[None]:
    lane, event_id, part, sender, author, excerpt, target = row
    if target is not None:
        return
    pairs = [
        Mapped(
            lane=lane,
            event_id=event_id,
            remote_id=remote_id,
            part=part,
            direction=Direction.TO_NETWORK,
            sender=sender,
            author=author,
            excerpt=excerpt,
        )
        for remote_id in result.remote_ids or (None,)
    ]
    yield from insert_part(pairs, at)


def _reopen(event_id: str, lane: LaneID, at: int) -> Script[Sequence[Row]]:
    yield from run(_REOPEN, at, at, event_id, lane)
    return (yield from run(_WAITING, event_id, lane))


def _new_parts(plan: Plan, at: datetime) -> Sequence[Sequence[object]]:
    return [
        _values(
            plan,
            part,
            index=index,
            parts=len(plan.parts),
            state=PartState.WAITING if index else PartState.SENDING,
            reason=None,
            at=at,
        )
        for index, part in enumerate(plan.parts)
    ]


def _values(
    plan: Plan,
    part: tuple[Token, Part],
    *,
    index: int,
    parts: int,
    state: PartState,
    reason: Phrase | None,
    at: datetime,
) -> Sequence[object]:
    return (
        plan.lane,
        name(plan.event_id),
        name(plan.room_id),
        name(plan.sender),
        index,
        parts,
        part[0],
        encode_part(part[1]),
        state.value,
        1 if state is PartState.SENDING else 0,
        maybe_encode_phrase(reason),
        clean(plan.author),
        maybe_clean(plan.excerpt),
        maybe_name(plan.target),
        to_micros(at),
        to_micros(at),
    )


def part_row(row: Row) -> PartRow:
    """From a row that begins with ``COLUMNS``."""
    return PartRow(
        id=PartID(row[0]),
        lane=LaneID(row[1]),
        event_id=EventID(row[2]),
        room_id=RoomID(row[3]),
        sender=UserID(row[4]),
        index=row[5],
        count=row[6],
        token=Token(row[7]),
        part=decode_part(row[8]),
        state=PartState(row[9]),
        attempts=row[10],
        retry_at=maybe_time(row[11]),
        reason=maybe_decode_phrase(row[12]),
        created_at=from_micros(row[13]),
    )
