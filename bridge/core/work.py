"""One event's way through a lane towards the network, and what is under way there now."""

from datetime import datetime

from attrs import define, field, frozen

from bridge.core.ports import PartRow
from bridge.model.ids import EventID, InboxSeq, LaneID, UserID
from bridge.model.matrix_events import MatrixEvent


@define
class Claim:
    """The lanes that have yet to plan one inbox event; the last one finishes its row."""

    seq: InboxSeq
    lanes: set[LaneID] = field(factory=set)


@frozen(kw_only=True)
class Work:
    """What one sender wants said in one lane.

    First it has only the event; once planned, ``rows`` are the parts still to go, in order, and ``bad`` those
    that ended badly. ``order`` places it among all events of its room (see ``Receipts``).
    """

    event_id: EventID
    sender: UserID
    order: InboxSeq
    accepted_at: datetime
    event: MatrixEvent | None = None
    claim: Claim | None = None
    rows: tuple[PartRow, ...] = ()
    bad: tuple[PartRow, ...] = ()
    failures: int = 0
    looks: int = 0
    """How often its target was looked for while that was on its way."""


_RESUMED = -(10**15)


def resumed(rows: tuple[PartRow, ...]) -> Work:
    """Work read back from the ledger after a start: before all that is new, in its old order."""
    first = rows[0]
    return Work(
        event_id=first.event_id,
        sender=first.sender,
        order=InboxSeq(_RESUMED + first.id),
        accepted_at=first.created_at,
        rows=rows,
    )


class UnderWay:
    """What is on its way in each lane now: what an edit or a reply may have to wait for."""

    def __init__(self) -> None:
        self._events: dict[LaneID, set[EventID]] = {}
        self._posting: set[LaneID] = set()

    def begin(self, lane: LaneID, event_id: EventID) -> None:
        self._events.setdefault(lane, set()).add(event_id)

    def end(self, lane: LaneID, event_id: EventID) -> None:
        events = self._events.get(lane, set())
        events.discard(event_id)
        if not events:
            self._events.pop(lane, None)

    def posting(self, lane: LaneID, *, now: bool) -> None:
        """Whether a send to Matrix is out in this lane, whose event may be seen before its ID is stored."""
        if now:
            self._posting.add(lane)
        else:
            self._posting.discard(lane)

    def may_hold(self, lane: LaneID, target: EventID) -> bool:
        return lane in self._posting or target in self._events.get(lane, set())
