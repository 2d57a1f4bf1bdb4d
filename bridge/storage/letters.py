"""Dead letters: what ended badly, until a person retries or drops it."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from bridge.model.ids import ArrivalSeq, EventID, InboxSeq, LaneID, PartID, RoomID, UserID
from bridge.model.records import Arrival, InboxEvent
from bridge.model.whereabouts import ArrivalTrace, EventTrace, PartTrace
from bridge.storage import arrivals, inbox
from bridge.storage.engine import Engine, Row, Script, first, run
from bridge.storage.ledger import IS_BAD
from bridge.storage.traces import (
    SELECT_ARRIVAL,
    SELECT_EVENT,
    SELECT_PART,
    arrival_trace,
    event_trace,
    part_trace,
)
from bridge.storage.values import name, to_micros

# What failed while it was planned stands in the ledger too, and is a letter there.
_IS_ASIDE: Final = (
    "state = 'aside' AND NOT EXISTS (SELECT 1 FROM ledger WHERE ledger.event_id = inbox.event_id)"
)
_EVENTS: Final = f"{SELECT_EVENT} {_IS_ASIDE} ORDER BY seq DESC LIMIT ?"
_EVENT: Final = f"{SELECT_EVENT} seq = ? AND {_IS_ASIDE}"
_ARRIVALS: Final = f"{SELECT_ARRIVAL} state = 'dead' ORDER BY seq DESC LIMIT ?"
_ARRIVAL: Final = f"{SELECT_ARRIVAL} seq = ? AND state = 'dead'"
_PART: Final = f"{SELECT_PART} id = ? AND {IS_BAD}"

# Its failures are forgotten with the opening: it gets as many tries as a new one.
_REOPEN_EVENT: Final = (
    "UPDATE inbox SET state = 'open', attempts = 0 WHERE seq = ? AND state = 'aside' AND body IS NOT NULL"
)
_OPEN_EVENT: Final = f"SELECT {inbox.COLUMNS} FROM inbox WHERE seq = ? AND state = 'open'"  # noqa: S608  # ours
_REOPEN_ARRIVAL: Final = """
    UPDATE arrivals SET state = 'waiting', attempts = 0, closed_at = NULL, reason = NULL
    WHERE seq = ? AND state = 'dead' AND body IS NOT NULL
"""
_OPEN_ARRIVAL: Final = f"SELECT {arrivals.COLUMNS} FROM arrivals WHERE seq = ? AND state = 'waiting'"  # noqa: S608  # ours
_DROP_EVENT: Final = "UPDATE inbox SET state = 'dropped' WHERE seq = ? AND state = 'aside' RETURNING seq"
_DROP_ARRIVAL: Final = "UPDATE arrivals SET state = 'dropped' WHERE seq = ? AND state = 'dead' RETURNING seq"
_DROP_PARTS: Final = f"""
    UPDATE ledger SET state = 'dropped', retry_at = NULL, changed_at = ?
    WHERE event_id = ? AND lane = ? AND {IS_BAD} RETURNING id
"""  # noqa: S608  # ours


class SqlLetters:
    """The dead letters of either engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def events(self, limit: int) -> Sequence[EventTrace]:
        return [event_trace(row) for row in await self._engine.read(partial(run, _EVENTS, limit))]

    async def parts(
        self, limit: int, *, room_id: RoomID | None = None, sender: UserID | None = None
    ) -> Sequence[PartTrace]:
        asked = [("room_id", room_id), ("sender", sender)]
        given = [(column, name(value)) for column, value in asked if value is not None]
        conditions = "".join(f" AND {column} = ?" for column, _ in given)
        sql = f"{SELECT_PART} {IS_BAD}{conditions} ORDER BY id DESC LIMIT ?"
        values = [value for _, value in given]
        return [part_trace(row) for row in await self._engine.read(partial(run, sql, *values, limit))]

    async def arrivals(self, limit: int) -> Sequence[ArrivalTrace]:
        return [arrival_trace(row) for row in await self._engine.read(partial(run, _ARRIVALS, limit))]

    async def event(self, seq: InboxSeq) -> EventTrace | None:
        row = await self._engine.read(partial(first, _EVENT, seq))
        return None if row is None else event_trace(row)

    async def part(self, part: PartID) -> PartTrace | None:
        row = await self._engine.read(partial(first, _PART, part))
        return None if row is None else part_trace(row)

    async def arrival(self, seq: ArrivalSeq) -> ArrivalTrace | None:
        row = await self._engine.read(partial(first, _ARRIVAL, seq))
        return None if row is None else arrival_trace(row)

    async def reopen_event(self, seq: InboxSeq) -> InboxEvent | None:
        row = await self._engine.write(partial(_reopen, _REOPEN_EVENT, _OPEN_EVENT, seq))
        return None if row is None else inbox.events_of([row])[0]

    async def reopen_arrival(self, seq: ArrivalSeq) -> Arrival | None:
        row = await self._engine.write(partial(_reopen, _REOPEN_ARRIVAL, _OPEN_ARRIVAL, seq))
        return None if row is None else arrivals.arrival_of(row)

    async def drop_event(self, seq: InboxSeq) -> bool:
        return bool(await self._engine.write(partial(run, _DROP_EVENT, seq)))

    async def drop_parts(self, event_id: EventID, lane: LaneID, *, at: datetime) -> int:
        values = (to_micros(at), name(event_id), lane)
        return len(await self._engine.write(partial(run, _DROP_PARTS, *values)))

    async def drop_arrival(self, seq: ArrivalSeq) -> bool:
        return bool(await self._engine.write(partial(run, _DROP_ARRIVAL, seq)))


def _reopen(change: str, read: str, seq: int) -> Script[Row | None]:
    yield from run(change, seq)
    return (yield from first(read, seq))
