"""Telling senders that a message did not arrive: a status event for their client, one sentence for them."""

import structlog

from bridge.core.marks import notice_txn
from bridge.core.ports import Homeserver, LedgerStore, PartRow, Sentence
from bridge.model.errors import HomeserverRefused, Phrase
from bridge.model.ids import EventID, RoomID
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


class StatusTeller:
    """Says on Matrix how a message ended."""

    def __init__(self, homeserver: Homeserver, ledger: LedgerStore, sentence: Sentence) -> None:
        self._homeserver = homeserver
        self._ledger = ledger
        self._sentence = sentence

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
            # The row's time is that of its last opening: a retry that fails as well is told anew.
            occasion=f"{worst.state.value} {worst.created_at.timestamp()}",
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
