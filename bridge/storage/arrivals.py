"""Every remote event on its way to Matrix."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final, TypeAlias

from bridge.model.codec import decode_remote_event, encode_remote_event
from bridge.model.ids import ArrivalSeq, LaneID, UserID
from bridge.model.records import Arrival, ArrivalResult, NewArrival, Shed
from bridge.storage import shed
from bridge.storage.engine import Dialect, Engine, Order, Row, Script, run, run_many
from bridge.storage.gathering import Gathering
from bridge.storage.messages import insert_new
from bridge.storage.values import clean, from_micros, maybe_encode_phrase, maybe_name, name, to_micros

_New: TypeAlias = tuple[int, bytes, str, str | None, int]
"""Lane, body, ghost, key, time of acceptance."""

_INSERT: Final = """
    INSERT INTO arrivals (lane, body, ghost, dedup_key, received_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING RETURNING seq
"""
# RETURNING cannot tell which of the given rows it speaks of, unless they have their numbers before.
_NUMBERS: Final = "SELECT nextval('arrivals_seq_seq') FROM generate_series(1, ?)"
_INSERT_ARRAYS: Final = """
    INSERT INTO arrivals (seq, lane, body, ghost, dedup_key, received_at)
    SELECT seq, lane, body, ghost, dedup_key, received_at
    FROM unnest(?::bigint[], ?::bigint[], ?::bytea[], ?::text[], ?::text[], ?::bigint[])
        AS new (seq, lane, body, ghost, dedup_key, received_at)
    ORDER BY seq
    ON CONFLICT DO NOTHING
    RETURNING seq
"""
COLUMNS: Final = "seq, lane, body, ghost, received_at, attempts"
_PENDING: Final = f"""
    SELECT {COLUMNS} FROM arrivals
    WHERE lane = ? AND state = 'waiting' AND seq > ? ORDER BY seq LIMIT ?
"""  # noqa: S608  # ours
_HEARD: Final = """
    SELECT seq, lane, body, ghost, dedup_key, received_at FROM arrivals
    WHERE seq < ? ORDER BY seq DESC LIMIT ?
"""
_HEARD_PAGE: Final = 1000
_BEYOND: Final = 2**62
"""More than any number of a row."""
_WAITING_BYTES: Final = """
    SELECT lane, CAST(SUM(LENGTH(body)) AS BIGINT) FROM arrivals WHERE state = 'waiting' GROUP BY lane
"""
_LANES: Final = "SELECT DISTINCT lane FROM arrivals WHERE state = 'waiting' ORDER BY lane"
_CLOSE: Final = "UPDATE arrivals SET state = ?, reason = ?, closed_at = ?, event_id = ? WHERE seq = ?"
_FAILED: Final = "UPDATE arrivals SET attempts = attempts + 1, failure = ? WHERE seq = ?"


class SqlArrivals:
    """The arrivals of either engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._adding = Gathering(self._add)
        self._closing = Gathering(self._close)

    async def add(self, arrivals: Sequence[NewArrival]) -> Sequence[Arrival | None]:
        rows = [_values(arrival) for arrival in arrivals]
        seqs = await self._adding(rows)
        return [
            None if seq is None else _stored(arrival, ArrivalSeq(seq), len(row[1]))
            for arrival, row, seq in zip(arrivals, rows, seqs, strict=True)
        ]

    async def pending(self, lane: LaneID, after: ArrivalSeq, limit: int) -> Sequence[Arrival]:
        rows = await self._engine.read(partial(run, _PENDING, lane, after, limit))
        return [arrival_of(row) for row in rows]

    async def lanes_with_work(self) -> Sequence[LaneID]:
        return [LaneID(row[0]) for row in await self._engine.read(partial(run, _LANES))]

    async def heard(self, lane: LaneID, since: datetime, limit: int) -> Sequence[NewArrival]:
        # Backwards over all lanes: what was accepted lately is little, and needs no index of its own.
        found: list[NewArrival] = []
        before = _BEYOND
        while len(found) < limit:
            rows = await self._engine.read(partial(run, _HEARD, before, _HEARD_PAGE))
            recent = [row for row in rows if row[5] >= to_micros(since)]
            found += [_new_of(row) for row in recent if row[1] == lane and row[2] is not None]
            if len(recent) < _HEARD_PAGE:
                break
            before = rows[-1][0]
        return found[:limit][::-1]

    async def waiting_bytes(self) -> Mapping[LaneID, int]:
        return {LaneID(lane): size for lane, size in await self._engine.read(partial(run, _WAITING_BYTES))}

    async def add_shed(self, lane: LaneID, count: int, at: datetime) -> None:
        await self._engine.write(partial(run, shed.ADD, lane, count, to_micros(at)))

    async def all_shed(self) -> Sequence[Shed]:
        return [shed.shed_of(row) for row in await self._engine.read(partial(run, shed.ALL))]

    async def shed_told(self, told: Shed) -> None:
        await self._engine.write(partial(shed.told, told))

    async def close(self, result: ArrivalResult, *, at: datetime) -> None:
        await self._closing([(result, to_micros(at))])

    async def failed(self, seq: ArrivalSeq, reason: str) -> None:
        await self._engine.write(partial(run, _FAILED, clean(reason), seq))

    async def finish_begun(self) -> None:
        """Wait for what is on its way."""
        await self._adding.close()
        await self._closing.close()

    async def _add(self, rows: Sequence[_New]) -> Sequence[int | None]:
        script = _add_arrays if self._engine.dialect is Dialect.POSTGRES else _add_each
        return await self._engine.write_in_order(Order.ARRIVALS, partial(script, rows))

    async def _close(self, results: Sequence[tuple[ArrivalResult, int]]) -> Sequence[None]:
        await self._engine.write(partial(_close_all, results))
        return [None] * len(results)


def _add_each(rows: Sequence[_New]) -> Script[Sequence[int | None]]:
    seqs: list[int | None] = []
    for row in rows:
        inserted = yield from run(_INSERT, *row)
        seqs.append(inserted[0][0] if inserted else None)
    return seqs


def _add_arrays(rows: Sequence[_New]) -> Script[Sequence[int | None]]:
    numbers = [row[0] for row in (yield from run(_NUMBERS, len(rows)))]
    columns = (list(column) for column in zip(*rows, strict=True))
    inserted = {row[0] for row in (yield from run(_INSERT_ARRAYS, numbers, *columns))}
    return [number if number in inserted else None for number in numbers]


def _close_all(results: Sequence[tuple[ArrivalResult, int]]) -> Script[None]:
    changes = [
        (
            result.state.value,
            maybe_encode_phrase(result.reason),
            at if result.state.final else None,
            name(result.mapped[0].event_id) if result.mapped else None,
            result.seq,
        )
        for result, at in results
    ]
    yield from run_many(_CLOSE, changes)
    yield from insert_new((pair, at) for result, at in results for pair in result.mapped)


def _values(arrival: NewArrival) -> _New:
    return (
        arrival.lane,
        encode_remote_event(arrival.event),
        clean(arrival.ghost),
        maybe_name(arrival.dedup_key),
        to_micros(arrival.received_at),
    )


def _stored(new: NewArrival, seq: ArrivalSeq, size_bytes: int) -> Arrival:
    return Arrival(
        seq=seq,
        lane=new.lane,
        event=new.event,
        ghost=new.ghost,
        received_at=new.received_at,
        size_bytes=size_bytes,
    )


def arrival_of(row: Row) -> Arrival:
    """From a row of ``COLUMNS`` that is still open."""
    # Only closed rows lose their body.
    seq, lane, body, ghost, received_at, attempts = row
    return Arrival(
        seq=ArrivalSeq(seq),
        lane=LaneID(lane),
        event=decode_remote_event(bytes(body)),
        ghost=UserID(ghost),
        received_at=from_micros(received_at),
        attempts=attempts,
        size_bytes=len(body),
    )


def _new_of(row: Row) -> NewArrival:
    _, lane, body, ghost, key, received_at = row
    return NewArrival(
        lane=LaneID(lane),
        event=decode_remote_event(bytes(body)),
        ghost=UserID(ghost),
        dedup_key=key,
        received_at=from_micros(received_at),
    )
