"""What a homeserver tells when it is asked what happened, instead of telling it by itself."""

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from bridge.model.ids import EventID, RoomID, UserID
from bridge.model.matrix_events import RawEvent


@frozen(kw_only=True)
class PastEvent:
    """An event that was fetched.

    Attributes:
        state_key: None for an event that is not state.
        sent_at: what the sender's server claims.
        before_us: the homeserver says that the asking user was not in the room at that time.
    """

    raw: RawEvent
    type: str
    sender: UserID
    state_key: str | None
    sent_at: datetime
    before_us: bool = False


@frozen(kw_only=True)
class RoomNews:
    """What happened in a room since a token, oldest first.

    ``gap_until`` is set when there is more than this: it lies between the token asked with and this one.
    ``read_up_to`` is set when the asking user's read receipt has moved.
    """

    room_id: RoomID
    events: Sequence[PastEvent]
    gap_until: str | None = None
    read_up_to: EventID | None = None


@frozen(kw_only=True)
class News:
    """What happened since a token; ``next_token`` is where the next question begins.

    ``invites`` are open ones of the asking user. They have event IDs made from what is known of them, since
    a homeserver does not tell their own.
    """

    rooms: Sequence[RoomNews]
    invites: Sequence[PastEvent]
    next_token: str


@frozen(kw_only=True)
class HistoryPage:
    """A piece of a room's history, oldest first; ``next_token`` is None behind the last one."""

    events: Sequence[PastEvent]
    next_token: str | None
