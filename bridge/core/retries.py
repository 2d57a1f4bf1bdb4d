"""Sending once more what did not arrive, because a person wishes it."""

from bridge.core.lanes import Lanes
from bridge.core.ports import Clock, InboxStore, LedgerStore, PartRow, Reader
from bridge.core.work import Work
from bridge.model.ids import EventID, InboxSeq, LaneID, RoomID, UserID

_LIMIT = 100


class Retries:
    """Finds messages that ended badly and puts them on their way again."""

    def __init__(
        self, ledger: LedgerStore, inbox: InboxStore, reader: Reader, lanes: Lanes, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._inbox = inbox
        self._reader = reader
        self._lanes = lanes
        self._clock = clock

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
        for row in rows:
            if event_id is None or row.event_id == event_id:
                failed.setdefault((row.lane, row.event_id), row)
        chosen = list(failed.values()) if every or event_id else list(failed.values())[:1]
        done = 0
        for row in reversed(chosen):
            done += await self._again(row)
        return done

    async def _again(self, row: PartRow) -> bool:
        if row.count > 0:
            opened = await self._ledger.reopen(row.event_id, row.lane, at=self._clock.now())
            if opened:
                self._lanes.again(opened)
            return bool(opened)
        body = await self._inbox.body_of(row.event_id)
        if body is None:
            return False
        event = self._reader.read(body)
        work = Work(
            event_id=row.event_id,
            sender=row.sender,
            order=InboxSeq(-row.id),
            accepted_at=self._clock.now(),
            event=event,
        )
        self._lanes.plan_again(row.lane, work)
        return True
