"""Putting messages on their way again: those that a person wishes to retry, and all after a start."""

from collections.abc import Sequence

import structlog

from bridge.core.lanes import Lanes
from bridge.core.ports import Clock, InboxStore, LedgerStore, PartResult, PartRow, Reader
from bridge.core.work import UnderWay, Work, resumed
from bridge.model.errors import Phrase, Unreadable
from bridge.model.ids import EventID, LaneID, RoomID, UserID
from bridge.model.statuses import PartState

log = structlog.get_logger(__name__)

RETRY_KEY = "🔁"
"""Who reacts with it to their own failed message wants it sent again."""
_LIMIT = 1000
"""So many parts are looked at for one wish."""


class Retries:
    """Takes up what stands in the ledger."""

    def __init__(
        self,
        *,
        ledger: LedgerStore,
        inbox: InboxStore,
        reader: Reader,
        lanes: Lanes,
        under_way: UnderWay,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._inbox = inbox
        self._reader = reader
        self._lanes = lanes
        self._under_way = under_way
        self._clock = clock
        self._opening: dict[tuple[LaneID, EventID], PartRow] = {}
        """Perhaps opened in the store: its answer was lost, and the next wish finds them here."""

    async def resume(self) -> None:
        """After a start: what was on its way when the bridge stopped, in its old order.

        All of it or, after ``StoreUnavailable``, nothing: it may be repeated then.
        """
        works = [await self._work(rows) for rows in _by_event(await self._ledger.open_parts())]
        for lane, work in works:
            if work is not None:
                self._lanes.to_network(lane).add(work)

    async def retry(
        self, room_id: RoomID, sender: UserID | None, *, event_id: EventID | None = None, every: bool = False
    ) -> int:
        """Try again the newest failed message of a room (or the named one, or every one), oldest first.

        Args:
            sender: whose messages; None for anybody's.

        Returns how many messages are on their way again.
        """
        rows = await self._ledger.retriable(room_id, sender, _LIMIT)
        failed: dict[tuple[LaneID, EventID], PartRow] = {}
        opening = [row for row in self._opening.values() if row.room_id == room_id]
        for row in (*(one for one in opening if sender in (None, one.sender)), *rows):
            # Of a message whose other parts are still going out, these would go out twice.
            if event_id in (None, row.event_id) and not self._under_way.holds(row.lane, row.event_id):
                failed.setdefault((row.lane, row.event_id), row)
        chosen = list(failed.values()) if every or event_id else list(failed.values())[:1]
        done = 0
        for row in reversed(chosen):
            self._opening[row.lane, row.event_id] = row
            opened = await self._ledger.reopen(row.event_id, row.lane, at=self._clock.now())
            del self._opening[row.lane, row.event_id]
            done += bool(opened) and await self._take_up(tuple(opened))
        return done

    async def has_forgotten(self, event_id: EventID, sender: UserID | None) -> bool:
        """Whether it failed so long ago that its words are not kept any longer."""
        rows = [row for row in await self._ledger.parts_of(event_id) if sender in (None, row.sender)]
        if all(row.state is not PartState.DROPPED for row in rows):
            return False
        return await self._inbox.body_of(event_id) is None

    async def _take_up(self, rows: tuple[PartRow, ...]) -> bool:
        lane, work = await self._work(rows)
        if work is not None:
            self._lanes.to_network(lane).add(work)
        return work is not None

    async def _work(self, rows: tuple[PartRow, ...]) -> tuple[LaneID, Work | None]:
        """An event's open parts for its lane, or the event itself if it was never planned.

        None when what was said is not known any longer; that is its end.
        """
        row = rows[0]
        work = resumed(rows) if row.count > 0 else await self._unplanned(row)
        if work is None:
            gone = PartResult(id=row.id, state=PartState.DEAD, reason=Phrase.of("message.forgotten"))
            await self._ledger.advance(gone, None, at=self._clock.now())
        return row.lane, work

    async def _unplanned(self, row: PartRow) -> Work | None:
        """None when what was said is not known any longer."""
        body = await self._inbox.body_of(row.event_id)
        if body is None:
            return None
        try:
            event = self._reader.read(body)
        except Unreadable as error:
            log.warning("event cannot be retried", event_id=row.event_id, reason=str(error))
            return None
        return Work(
            event_id=row.event_id,
            sender=row.sender,
            order=resumed((row,)).order,
            accepted_at=row.created_at,
            event=event,
        )


def _by_event(rows: Sequence[PartRow]) -> list[tuple[PartRow, ...]]:
    """The open parts of each event and lane together, in the order of their first part."""
    events: dict[tuple[LaneID, EventID], list[PartRow]] = {}
    for row in rows:
        events.setdefault((row.lane, row.event_id), []).append(row)
    return [tuple(parts) for parts in events.values()]
