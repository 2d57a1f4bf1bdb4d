"""Dead letters: finding what ended badly, sending it on its way again, and closing it for good."""

from collections.abc import Callable, Sequence
from typing import TypeAlias, assert_never

import structlog

from bridge.core.lanes import Lanes
from bridge.core.ports import Clock, InboxEvent, LetterStore
from bridge.core.retries import Retries
from bridge.model.ids import ArrivalSeq, EventID, InboxSeq, LaneID, PartID, RoomID, UserID
from bridge.model.whereabouts import ArrivalTrace, EventTrace, PartTrace

log = structlog.get_logger(__name__)

Letter: TypeAlias = EventTrace | PartTrace | ArrivalTrace

_PARTS_LOOKED_AT = 1000


class Letters:
    """What stands in the store as failed. A message of many parts is one letter: its first bad part."""

    def __init__(
        self,
        *,
        store: LetterStore,
        retries: Retries,
        lanes: Lanes,
        again: Callable[[InboxEvent], None],
        clock: Clock,
    ) -> None:
        self._store = store
        self._retries = retries
        self._lanes = lanes
        self._again = again
        self._clock = clock
        # Perhaps opened in the store: its answer was lost, and the next wish finds them here.
        self._opening_messages: dict[PartID, PartTrace] = {}
        self._opening_events: dict[InboxSeq, EventTrace] = {}
        self._opening_arrivals: dict[ArrivalSeq, ArrivalTrace] = {}

    async def messages(
        self, limit: int, *, room_id: RoomID | None = None, sender: UserID | None = None
    ) -> Sequence[PartTrace]:
        """Messages that did not reach their network, newest first."""
        found: dict[tuple[LaneID, EventID], PartTrace] = {}
        for part in await self._store.parts(_PARTS_LOOKED_AT, room_id=room_id, sender=sender):
            # Newest first: the last one of a message is its first part.
            place = (part.row.lane, part.row.event_id)
            if place in found or len(found) < limit:
                found[place] = part
        return tuple(found.values())

    async def events(self, limit: int) -> Sequence[EventTrace]:
        """Matrix events that were set aside before anybody could act on them, newest first."""
        return await self._store.events(limit)

    async def arrivals(self, limit: int) -> Sequence[ArrivalTrace]:
        """Remote events that were set aside, newest first."""
        return await self._store.arrivals(limit)

    async def event(self, seq: InboxSeq) -> EventTrace | None:
        return self._opening_events.get(seq) or await self._store.event(seq)

    async def message(self, part: PartID) -> PartTrace | None:
        return self._opening_messages.get(part) or await self._store.part(part)

    async def arrival(self, seq: ArrivalSeq) -> ArrivalTrace | None:
        return self._opening_arrivals.get(seq) or await self._store.arrival(seq)

    async def retry(self, letter: Letter) -> bool:
        """Put it on its way again. Returns whether it could be: its words may be forgotten by now."""
        match letter:
            case EventTrace():
                self._opening_events[letter.seq] = letter
                event = await self._store.reopen_event(letter.seq)
                del self._opening_events[letter.seq]
                if event is not None:
                    self._again(event)
                return event is not None
            case PartTrace(row=row):
                self._opening_messages[row.id] = letter
                count = await self._retries.retry(row.room_id, None, event_id=row.event_id)
                del self._opening_messages[row.id]
                return count > 0
            case ArrivalTrace():
                self._opening_arrivals[letter.seq] = letter
                arrival = await self._store.reopen_arrival(letter.seq)
                del self._opening_arrivals[letter.seq]
                if arrival is not None:
                    self._lanes.to_matrix(letter.lane).take_again(arrival)
                return arrival is not None
        assert_never(letter)

    async def drop(self, letter: Letter, by: UserID) -> bool:
        """Close it for good, and write down who wished it. Returns whether it was there."""
        match letter:
            case EventTrace(seq=seq):
                done = await self._store.drop_event(seq)
                log.info("dead letter dropped", event_id=letter.event_id, user_id=by)
            case PartTrace(row=row):
                at = self._clock.now()
                done = await self._store.drop_parts(row.event_id, row.lane, at=at) > 0
                log.info("dead letter dropped", event_id=row.event_id, lane=row.lane, user_id=by)
            case ArrivalTrace(seq=seq):
                done = await self._store.drop_arrival(seq)
                log.info("dead letter dropped", arrival=seq, lane=letter.lane, user_id=by)
            case _:
                assert_never(letter)
        return done
