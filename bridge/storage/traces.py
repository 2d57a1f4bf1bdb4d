"""Where messages are, looked up for people who ask."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from bridge.model.backlog import Backlog
from bridge.model.codec import decode_remote_event
from bridge.model.ids import ArrivalSeq, EventID, InboxSeq, LaneID, RemoteMessageID, RoomID, UserID
from bridge.model.portals import Mapped
from bridge.model.statuses import PartState
from bridge.model.whereabouts import ArrivalTrace, EventTrace, InboxState, PartTrace
from bridge.storage import ledger, messages
from bridge.storage.backlog import count_backlog
from bridge.storage.engine import Engine, Row, first, run
from bridge.storage.values import from_micros, maybe_decode_phrase, maybe_time, name

SELECT_EVENT: Final = (
    "SELECT seq, event_id, room_id, body, received_at, state, attempts, failure FROM inbox WHERE"
)
SELECT_PART: Final = f"SELECT {ledger.COLUMNS}, changed_at FROM ledger WHERE"  # noqa: S608  # ours
SELECT_ARRIVAL: Final = (
    "SELECT seq, lane, ghost, body, received_at, state, attempts, closed_at, event_id, reason, failure"
    " FROM arrivals WHERE"
)
# The indexes begin with the lane, and there are few lanes beside all that was ever said in them.
_KEYED: Final = f"{SELECT_ARRIVAL} lane IN (SELECT id FROM lanes) AND dedup_key = ? ORDER BY seq"  # noqa: S608  # ours
_NAMED: Final = (
    f"SELECT {messages.COLUMNS} FROM messages"  # noqa: S608  # ours
    " WHERE lane IN (SELECT id FROM lanes) AND remote_id = ? ORDER BY id"
)


class SqlTraces:
    """The traces of either engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def event(self, event_id: EventID) -> EventTrace | None:
        row = await self._engine.read(partial(first, f"{SELECT_EVENT} event_id = ?", name(event_id)))
        return None if row is None else event_trace(row)

    async def parts(self, event_id: EventID) -> Sequence[PartTrace]:
        sql = f"{SELECT_PART} event_id = ? ORDER BY lane, part"
        return [part_trace(row) for row in await self._engine.read(partial(run, sql, name(event_id)))]

    async def arrival(self, seq: ArrivalSeq) -> ArrivalTrace | None:
        row = await self._engine.read(partial(first, f"{SELECT_ARRIVAL} seq = ?", seq))
        return None if row is None else arrival_trace(row)

    async def arrivals_of(self, event_id: EventID) -> Sequence[ArrivalTrace]:
        return await self._arrivals(f"{SELECT_ARRIVAL} event_id = ? ORDER BY seq", event_id)

    async def arrivals_keyed(self, dedup_key: str) -> Sequence[ArrivalTrace]:
        return await self._arrivals(_KEYED, dedup_key)

    async def pairs_named(self, remote_id: RemoteMessageID) -> Sequence[Mapped]:
        rows = await self._engine.read(partial(run, _NAMED, name(remote_id)))
        return [messages.mapped_of(row) for row in rows]

    async def backlog(self) -> Backlog:
        return await self._engine.read(count_backlog)

    async def _arrivals(self, sql: str, text: str) -> Sequence[ArrivalTrace]:
        return [arrival_trace(row) for row in await self._engine.read(partial(run, sql, name(text)))]


def event_trace(row: Row) -> EventTrace:
    seq, event_id, room_id, body, received_at, state, attempts, failure = row
    return EventTrace(
        seq=InboxSeq(seq),
        event_id=EventID(event_id),
        room_id=RoomID(room_id),
        body=None if body is None else bytes(body),
        received_at=from_micros(received_at),
        state=InboxState(state),
        attempts=attempts,
        failure=failure,
    )


def part_trace(row: Row) -> PartTrace:
    return PartTrace(ledger.part_row(row), from_micros(row[-1]))


def arrival_trace(row: Row) -> ArrivalTrace:
    seq, lane, ghost, body, received_at, state, attempts, closed_at, event_id, reason, failure = row
    return ArrivalTrace(
        seq=ArrivalSeq(seq),
        lane=LaneID(lane),
        ghost=UserID(ghost),
        event=None if body is None else decode_remote_event(bytes(body)),
        received_at=from_micros(received_at),
        state=PartState(state),
        attempts=attempts,
        closed_at=maybe_time(closed_at),
        event_id=None if event_id is None else EventID(event_id),
        reason=maybe_decode_phrase(reason),
        failure=failure,
    )
