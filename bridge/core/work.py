"""One event's way through a lane towards the network, and what is under way there now."""

from datetime import datetime

from attrs import define, field, frozen

from bridge.core.ports import PartResult, PartRow
from bridge.model.errors import BridgeError
from bridge.model.ids import EventID, InboxSeq, LaneID, RoomID, UserID
from bridge.model.matrix_events import MatrixEvent
from bridge.model.statuses import PartState


class TargetUnderWay(BridgeError):
    """The event speaks about one that has no ID on the other side yet. It is worth waiting for."""


class RoomReplaced(BridgeError):
    """Nothing gets into the room any more, and its portal has not followed into the next one yet."""


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

    Attributes:
        fresh: the first part was marked as being sent by this very process, and nothing was written yet.
            Without it a part that is being sent may have arrived, and its fate is to be settled.
        result: how the first part's write ended, while the store has yet to learn it.
        looks: how often its target was looked for while that was on its way.
        aside: it waits for what somebody else said, and its sender's further work does not wait with it.
    """

    event_id: EventID
    sender: UserID
    order: InboxSeq
    accepted_at: datetime
    event: MatrixEvent | None = None
    claim: Claim | None = None
    rows: tuple[PartRow, ...] = ()
    bad: tuple[PartRow, ...] = ()
    fresh: bool = False
    result: PartResult | None = None
    looks: int = 0
    aside: bool = False
    size_bytes: int = 0
    """What the event takes in the inbox, as long as it was not planned before the start."""

    @property
    def in_doubt(self) -> bool:
        """Whether a part of it may be on the network without the store knowing it."""
        sending = bool(self.rows) and self.rows[0].state is PartState.SENDING
        return self.result is not None or (sending and not self.fresh)

    @property
    def queue(self) -> UserID:
        """In whose turn it goes: its sender's, or one of its own."""
        return UserID(self.event_id) if self.aside else self.sender

    @property
    def room_id(self) -> RoomID:
        """Where it was said; the portal may have moved since."""
        return self.event.room_id if self.event else self.rows[0].room_id


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
        self._writing: set[LaneID] = set()
        self._unsure: set[LaneID] = set()

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

    def unsure(self, lane: LaneID, *, now: bool) -> None:
        """Whether a send to Matrix may have taken effect without our knowing its event, maybe for long."""
        if now:
            self._unsure.add(lane)
        else:
            self._unsure.discard(lane)

    def writing(self, lane: LaneID, *, now: bool) -> None:
        """Whether a write to the network is out, which may be answered before its remote ID is stored."""
        if now:
            self._writing.add(lane)
        else:
            self._writing.discard(lane)

    def holds(self, lane: LaneID, event_id: EventID) -> bool:
        return event_id in self._events.get(lane, set())

    def may_hold(self, lane: LaneID, target: EventID) -> bool:
        """Whether an event may still get its ID on the network, or its remote one a place on Matrix."""
        return lane in self._posting or self.will_settle(lane, target)

    def will_settle(self, lane: LaneID, target: EventID) -> bool:
        """Whether it is worth waiting until that is known, however long it takes."""
        return lane in self._unsure or self.holds(lane, target)

    def may_be_ours(self, lane: LaneID) -> bool:
        """Whether a remote ID nobody knows may be that of something we are writing just now."""
        return lane in self._writing
