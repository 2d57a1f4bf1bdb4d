"""Moves the bot's read receipts: the quiet sign to senders that all up to here has arrived."""

from collections import Counter

from bridge.core.ports import Homeserver, Tasks
from bridge.model.ids import EventID, InboxSeq, RoomID


class ReceiptOrder:
    """How far the receipt of each room may go: to the newest event before which nothing is on its way.

    A receipt on one event says that all earlier ones were seen to as well, so one waiting message holds
    it back: it never claims what has not happened. An event may be on its way in several lanes.
    """

    def __init__(self) -> None:
        self._open: dict[RoomID, Counter[InboxSeq]] = {}
        self._arrived: dict[RoomID, dict[InboxSeq, EventID]] = {}

    def begun(self, room_id: RoomID, seq: InboxSeq) -> None:
        self._open.setdefault(room_id, Counter())[seq] += 1

    def ended(self, room_id: RoomID, seq: InboxSeq, event_id: EventID, *, arrived: bool) -> EventID | None:
        """One event is settled. Returns the event to mark as read, if the receipt can move."""
        waiting = self._open.get(room_id, Counter())
        waiting[seq] -= 1
        if waiting[seq] <= 0:
            del waiting[seq]
        done = self._arrived.setdefault(room_id, {})
        if arrived:
            done[seq] = event_id
        first_open = min(waiting, default=None)
        readable = [each for each in done if first_open is None or each < first_open]
        newest = done[max(readable)] if readable else None
        for each in readable:
            del done[each]
        if not waiting:
            self._open.pop(room_id, None)
        if not done:
            self._arrived.pop(room_id, None)
        return newest


class Receipts:
    """Sends the receipts, beside the lanes: one request at a time a room, and only for the newest event."""

    def __init__(self, homeserver: Homeserver, tasks: Tasks) -> None:
        self._homeserver = homeserver
        self._tasks = tasks
        self._order = ReceiptOrder()
        self._next: dict[RoomID, EventID] = {}
        self._sending: set[RoomID] = set()

    def begun(self, room_id: RoomID, seq: InboxSeq) -> None:
        self._order.begun(room_id, seq)

    def ended(self, room_id: RoomID, seq: InboxSeq, event_id: EventID, *, arrived: bool) -> None:
        newest = self._order.ended(room_id, seq, event_id, arrived=arrived)
        if newest is None:
            return
        self._next[room_id] = newest
        if room_id not in self._sending:
            self._sending.add(room_id)
            self._tasks.spawn("receipts", self._send(room_id))

    async def _send(self, room_id: RoomID) -> None:
        try:
            while (event_id := self._next.pop(room_id, None)) is not None:
                await self._homeserver.mark_read(room_id, event_id)
        finally:
            self._sending.discard(room_id)
