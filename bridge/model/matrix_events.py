"""What happened in a Matrix room, in our own types.

``sent_at`` is what the sender's server claims (``origin_server_ts``): fit for showing, never for deciding.
"""

from datetime import datetime
from enum import Enum
from typing import TypeAlias

from attrs import frozen

from bridge.model.ids import EventID, RoomID, UserID
from bridge.model.messages import Body


class Membership(Enum):
    INVITE = "invite"
    JOIN = "join"
    KNOCK = "knock"
    LEAVE = "leave"
    BAN = "ban"


@frozen(kw_only=True)
class MatrixEventBase:
    event_id: EventID
    room_id: RoomID
    sender: UserID
    sent_at: datetime
    mark: str | None = None
    """Our own mark, when the event is one that we sent (see ``outgoing.Mark``)."""


@frozen(kw_only=True)
class MatrixMessage(MatrixEventBase):
    body: Body
    reply_to: EventID | None = None
    thread_root: EventID | None = None
    mentions: tuple[UserID, ...] = ()
    mentions_room: bool = False
    foreign_bridge: bool = False
    """The content says that another bridge or bot relayed it (loop guard)."""


@frozen(kw_only=True)
class MatrixEdit(MatrixEventBase):
    target: EventID
    body: Body


@frozen(kw_only=True)
class MatrixReaction(MatrixEventBase):
    target: EventID
    key: str


@frozen(kw_only=True)
class MatrixRedaction(MatrixEventBase):
    target: EventID
    reason: str | None = None


@frozen(kw_only=True)
class MatrixMembership(MatrixEventBase):
    """A change of ``user_id``'s membership by ``sender``."""

    user_id: UserID
    membership: Membership
    previous: Membership | None = None
    """None when the homeserver did not say."""
    display_name: str | None = None
    reason: str | None = None
    is_direct: bool = False


@frozen(kw_only=True)
class MatrixTopic(MatrixEventBase):
    topic: str


@frozen(kw_only=True)
class MatrixTombstone(MatrixEventBase):
    """The room says that it is replaced by another one. To be believed only with care."""

    replacement: RoomID
    message: str


@frozen(kw_only=True)
class MatrixEncryptionOn(MatrixEventBase):
    """Encryption was switched on in the room."""


@frozen(kw_only=True)
class MatrixUnreadable(MatrixEventBase):
    """An encrypted event for which there is no key here."""


@frozen(kw_only=True)
class MatrixOther(MatrixEventBase):
    """Something we take note of but do not act on."""

    type: str


MatrixEvent: TypeAlias = (
    MatrixMessage
    | MatrixEdit
    | MatrixReaction
    | MatrixRedaction
    | MatrixMembership
    | MatrixTopic
    | MatrixTombstone
    | MatrixEncryptionOn
    | MatrixUnreadable
    | MatrixOther
)


@frozen(kw_only=True)
class RawEvent:
    """An event as the homeserver pushed it, not yet opened.

    ``body`` is the event's own JSON. ``event_id`` is never trusted to be well formed: it is only a name.

    Attributes:
        said_by: the sender of an event that is no state; None of state, and of what makes no sense.
        settled: nobody will want it (an echo of our own): only its ID is kept.
    """

    event_id: EventID
    room_id: RoomID
    body: bytes
    said_by: UserID | None = None
    settled: bool = False


@frozen(kw_only=True)
class Receipt:
    """Somebody has read a room up to an event (ephemeral, never stored)."""

    room_id: RoomID
    user_id: UserID
    event_id: EventID


@frozen(kw_only=True)
class Typing:
    """Who is typing in a room now (ephemeral, never stored)."""

    room_id: RoomID
    user_ids: tuple[UserID, ...]
