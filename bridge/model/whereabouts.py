"""Where messages are, as people ask after them: rows of the store with their times."""

from datetime import datetime
from enum import Enum

from attrs import frozen

from bridge.model.errors import Phrase
from bridge.model.ids import ArrivalSeq, EventID, InboxSeq, LaneID, RoomID, UserID
from bridge.model.records import PartRow
from bridge.model.remote_events import RemoteEvent
from bridge.model.statuses import PartState


class InboxState(Enum):
    """What became of a Matrix event in the inbox."""

    OPEN = "open"
    DONE = "done"
    ASIDE = "aside"
    """Failed too often; kept with its traceback."""
    DROPPED = "dropped"
    """Was set aside, and an admin closed it for good."""


@frozen(kw_only=True)
class EventTrace:
    """A Matrix event as it was accepted. ``body`` is None once it is pruned."""

    seq: InboxSeq
    event_id: EventID
    room_id: RoomID
    body: bytes | None
    received_at: datetime
    state: InboxState
    attempts: int = 0
    failure: str | None = None
    """The traceback of the last failure."""


@frozen
class PartTrace:
    """A part of the ledger, and when its state changed last."""

    row: PartRow
    changed_at: datetime


@frozen(kw_only=True)
class ArrivalTrace:
    """A remote event on its way to Matrix. ``event`` is None once it is pruned.

    ``event_id`` is the Matrix event that it became, if it became one of its own.
    """

    seq: ArrivalSeq
    lane: LaneID
    ghost: UserID
    event: RemoteEvent | None
    received_at: datetime
    state: PartState
    attempts: int = 0
    closed_at: datetime | None = None
    event_id: EventID | None = None
    reason: Phrase | None = None
    failure: str | None = None
    """The traceback of the last failure."""
