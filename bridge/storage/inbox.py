"""Matrix events as they were pushed."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Final, TypeAlias

from bridge.model.ids import EventID, InboxSeq, RoomID
from bridge.model.matrix_events import RawEvent
from bridge.model.records import InboxEvent
from bridge.storage.engine import Dialect, Engine, Order, Row, Script, first, run, run_many
from bridge.storage.gathering import Gathering
from bridge.storage.values import clean, from_micros, name, to_micros

_Rows: TypeAlias = Sequence[tuple[str, str, bytes | None, int, str]]
"""Of one call: event ID, room ID, body, time of acceptance, state."""

_INSERT: Final = """
    INSERT INTO inbox (event_id, room_id, body, received_at, state) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING
"""
_INSERT_ARRAYS: Final = """
    INSERT INTO inbox (event_id, room_id, body, received_at, state)
    SELECT event_id, room_id, body, received_at, state
    FROM unnest(?::text[], ?::text[], ?::bytea[], ?::bigint[], ?::text[])
        WITH ORDINALITY AS new (event_id, room_id, body, received_at, state, place)
    ORDER BY place
    ON CONFLICT DO NOTHING
    RETURNING event_id
"""
COLUMNS: Final = "seq, event_id, room_id, body, received_at, attempts"
_OPEN: Final = f"SELECT {COLUMNS} FROM inbox WHERE state = 'open'"  # noqa: S608  # ours
_PENDING: Final = _OPEN + " AND seq > ? ORDER BY seq LIMIT ?"
_PENDING_IN_ROOM: Final = _OPEN + " AND room_id = ? AND seq > ? ORDER BY seq LIMIT ?"
FINISH: Final = "UPDATE inbox SET state = 'done' WHERE seq = ? AND state = 'open'"
_DISCARD: Final = "UPDATE inbox SET state = 'done', body = NULL WHERE seq = ? AND state = 'open'"
_FAILED: Final = """
    UPDATE inbox SET attempts = attempts + 1, failure = ?, state = ? WHERE seq = ? AND state = 'open'
"""


class SqlInbox:
    """The inbox of either engine. Event IDs longer than 1 KiB go by their hash."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._accepting = Gathering(self._accept)

    async def accept(self, events: Sequence[RawEvent], received_at: datetime) -> int:
        at = to_micros(received_at)
        rows = [
            (name(event.event_id), name(event.room_id), None, at, "done")
            if event.settled
            else (name(event.event_id), name(event.room_id), event.body, at, "open")
            for event in events
        ]
        return (await self._accepting([rows]))[0] if rows else 0

    async def pending(self, after: InboxSeq, limit: int) -> Sequence[InboxEvent]:
        return events_of(await self._engine.read(partial(run, _PENDING, after, limit)))

    async def pending_in_room(self, room_id: RoomID, after: InboxSeq, limit: int) -> Sequence[InboxEvent]:
        rows = await self._engine.read(partial(run, _PENDING_IN_ROOM, name(room_id), after, limit))
        return events_of(rows)

    async def finish(self, seqs: Sequence[InboxSeq]) -> None:
        if seqs:
            await self._engine.write(partial(run_many, FINISH, [(seq,) for seq in seqs]))

    async def discard(self, seq: InboxSeq) -> None:
        await self._engine.write(partial(run, _DISCARD, seq))

    async def failed(self, seq: InboxSeq, reason: str, *, set_aside: bool) -> None:
        state = "aside" if set_aside else "open"
        await self._engine.write(partial(run, _FAILED, clean(reason), state, seq))

    async def body_of(self, event_id: EventID) -> bytes | None:
        row = await self._engine.read(
            partial(first, "SELECT body FROM inbox WHERE event_id = ?", name(event_id))
        )
        return None if row is None or row[0] is None else bytes(row[0])

    async def finish_begun(self) -> None:
        """Wait for what is on its way."""
        await self._accepting.close()

    async def _accept(self, calls: Sequence[_Rows]) -> Sequence[int]:
        script = _accept_arrays if self._engine.dialect is Dialect.POSTGRES else _accept_each
        return await self._engine.write_in_order(Order.INBOX, partial(script, calls))


def _accept_each(calls: Sequence[_Rows]) -> Script[Sequence[int]]:
    changes = [(yield from _changes())]
    for rows in calls:
        yield from run_many(_INSERT, rows)
        changes.append((yield from _changes()))
    return [after - before for before, after in pairwise(changes)]


def _changes() -> Script[int]:
    row = yield from first("SELECT total_changes()")
    assert row is not None
    return int(row[0])


def _accept_arrays(calls: Sequence[_Rows]) -> Script[Sequence[int]]:
    columns = zip(*(row for rows in calls for row in rows), strict=True)
    inserted = yield from run(_INSERT_ARRAYS, *(list(column) for column in columns))
    unclaimed = {row[0] for row in inserted}
    found = []
    for rows in calls:
        ours = unclaimed.intersection(row[0] for row in rows)
        unclaimed -= ours
        found.append(len(ours))
    return found


def events_of(rows: Sequence[Row]) -> Sequence[InboxEvent]:
    """From rows of ``COLUMNS`` that are still open."""
    # Only finished rows lose their body.
    return [
        InboxEvent(
            seq=InboxSeq(seq),
            event_id=EventID(event_id),
            room_id=RoomID(room_id),
            body=bytes(body),
            received_at=from_micros(received_at),
            attempts=attempts,
        )
        for seq, event_id, room_id, body, received_at, attempts in rows
    ]
