"""Telling senders how their messages fared: a receipt on success, a status and one sentence on failure."""

from collections.abc import Callable

import structlog

from bridge.core.marks import notice_txn
from bridge.core.ports import Homeserver, LedgerStore, PartRow, Sentence
from bridge.model.errors import HomeserverRefused, Phrase
from bridge.model.ids import EventID, InboxSeq, LaneID, RoomID
from bridge.model.messages import TextBody, Tone
from bridge.model.outgoing import Post, PostStatus
from bridge.model.statuses import PartState
from bridge.text.plain import to_plain

log = structlog.get_logger(__name__)

_UNKNOWN = Phrase.of("message.failed")

_CODES = {
    PartState.REFUSED: "com.beeper.unsupported_event",
    PartState.EXPIRED: "m.event_too_old",
    PartState.UNCERTAIN: "m.bridge_unavailable",
    PartState.DEAD: "m.internal",
}


class Receipts:
    """Moves the bot's read receipt to the newest event before which nothing is on its way any longer.

    A receipt on one event says that all earlier ones were seen to as well, so one waiting message holds
    it back: it never claims what has not happened.
    """

    def __init__(self) -> None:
        self._open: dict[RoomID, set[InboxSeq]] = {}
        self._arrived: dict[RoomID, dict[InboxSeq, EventID]] = {}

    def begun(self, room_id: RoomID, seq: InboxSeq) -> None:
        self._open.setdefault(room_id, set()).add(seq)

    def ended(self, room_id: RoomID, seq: InboxSeq, event_id: EventID, *, arrived: bool) -> EventID | None:
        """One event is settled. Returns the event to mark as read, if the receipt can move."""
        waiting = self._open.get(room_id, set())
        waiting.discard(seq)
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


class StatusTeller:
    """Says on Matrix how a message ended."""

    def __init__(self, homeserver: Homeserver, ledger: LedgerStore, sentence: Sentence) -> None:
        self._homeserver = homeserver
        self._ledger = ledger
        self._sentence = sentence

    async def arrived(self, room_id: RoomID, event_id: EventID) -> None:
        await self._homeserver.mark_read(room_id, event_id)

    async def tell_untold(self, network_of: Callable[[LaneID], str]) -> None:
        """Tell those whose messages ended badly while telling was not possible."""
        events: dict[tuple[LaneID, EventID], list[PartRow]] = {}
        for row in await self._ledger.untold():
            events.setdefault((row.lane, row.event_id), []).append(row)
        for (lane, _), rows in events.items():
            await self.failed(rows, network_of(lane))

    async def failed(self, rows: list[PartRow], network: str) -> None:
        """Tell the sender of an event's parts that ended badly, once for the event.

        Repeating this after a crash repeats nothing in the room: the transaction IDs are the same.
        """
        worst = min(rows, key=lambda row: row.index)
        await self.refused(
            worst.room_id,
            worst.event_id,
            worst.reason or _UNKNOWN,
            network=network,
            state=worst.state,
            occasion=f"{worst.state.value} {worst.attempts}",
        )
        await self._ledger.told(worst.event_id, worst.lane)

    async def refused(
        self,
        room_id: RoomID,
        event_id: EventID,
        reason: Phrase,
        *,
        network: str,
        state: PartState = PartState.REFUSED,
        occasion: str = "refused",
    ) -> None:
        """Say that an event did not cross (or that nobody knows), with its reason.

        Raises ``HomeserverUnavailable``; a definite no of the homeserver is logged and let go, since then
        there is no way to tell.
        """
        words = self._sentence(reason)
        status = PostStatus(
            target=event_id,
            arrived=False,
            network=network,
            reason_code=_CODES.get(state, "m.internal"),
            sentence=to_plain(words),
            can_retry=state is not PartState.REFUSED,
        )
        body = TextBody(words, Tone.NOTICE)
        notice = Post(body=body, reply_to=event_id, mark="status")
        bot = self._homeserver.bot
        for what, outgoing in (("status", status), ("sentence", notice)):
            try:
                await self._homeserver.send(
                    room_id, bot, outgoing, txn=notice_txn(event_id, f"{what} {occasion}")
                )
            except HomeserverRefused as error:
                log.warning("sender could not be told", room_id=room_id, error=str(error))
