"""What we are about to say, on either side."""

from datetime import datetime
from typing import TypeAlias

from attrs import frozen

from bridge.model.ids import EventID, MxcURI, PartID, RemoteMessageID, RemoteUserID, Token, UserID
from bridge.model.markup import Document
from bridge.model.messages import Body

# ---------------------------------------------------------------- to a network


@frozen
class Speaker:
    """On whose behalf something is said.

    ``relayed`` is the form under which a relay shows them, made unspoofable by ``bridge.policy``;
    None when the login is their own.
    """

    user_id: UserID
    display_name: str
    relayed: str | None = None


@frozen
class Target:
    """An earlier message that this one speaks about.

    ``remote_ids`` is empty where the network gives none. ``author`` is who said it, as the remote side
    knows them; ``excerpt`` is the beginning of its text (at most 80 characters), if it is still known.
    """

    remote_ids: tuple[RemoteMessageID, ...] = ()
    author: str | None = None
    author_id: RemoteUserID | None = None
    """Set when the author is a remote person; None when the message came from Matrix."""
    excerpt: str | None = None


@frozen(kw_only=True)
class SayBase:
    speaker: Speaker
    event_id: EventID


@frozen(kw_only=True)
class SayMessage(SayBase):
    body: Body
    media_url: str | None = None
    """Where people without Matrix can fetch ``body``'s file; None without ``public_url``."""
    reply_to: Target | None = None
    said_at: datetime | None = None
    """Set when it comes late: when it was said, to be shown where the network keeps no such time."""


@frozen(kw_only=True)
class SayEdit(SayBase):
    target: Target
    body: Body
    media_url: str | None = None


@frozen(kw_only=True)
class SayReaction(SayBase):
    target: Target
    key: str


@frozen(kw_only=True)
class SayRedaction(SayBase):
    target: Target
    reason: str | None = None


@frozen(kw_only=True)
class SayTopic(SayBase):
    topic: str


@frozen(kw_only=True)
class SayKick(SayBase):
    user: RemoteUserID
    reason: str | None = None


Say: TypeAlias = SayMessage | SayEdit | SayReaction | SayRedaction | SayTopic | SayKick


@frozen
class Part:
    """One write to the network, as the network itself planned it.

    ``payload`` is the network's own JSON object of strings, opaque to all others, stored in the ledger
    before the first write. ``summary`` is a short word for people who trace a message.
    """

    payload: dict[str, str]
    summary: str = ""


@frozen
class PlannedPart:
    """A part with its place in the ledger."""

    id: PartID
    token: Token
    part: Part
    index: int
    count: int


@frozen
class Sent:
    """A network took a part.

    ``confirmed`` is True when the network itself said so (an echo, a receipt, an answer that can only
    follow it), False when it was merely written.
    """

    remote_ids: tuple[RemoteMessageID, ...] = ()
    confirmed: bool = False


@frozen
class Arrived:
    """Evidence says that a part is there, though nobody told us when it was sent.

    ``remote_ids`` are what the network calls it, as far as they are known: an edit of it needs them.
    """

    remote_ids: tuple[RemoteMessageID, ...] = ()


# ---------------------------------------------------------------- to Matrix


@frozen(kw_only=True)
class Post:
    """A message into a room."""

    body: Body
    reply_to: EventID | None = None
    edit_of: EventID | None = None
    mentions: tuple[UserID, ...] = ()
    mark: str | None = None
    """Goes into the content, so that an echo is known as ours before the commit."""
    silent_status: bool = False
    late: bool = False
    """It was said while nobody of ours was there, and is told with its own time; the content says so."""


@frozen(kw_only=True)
class PostReaction:
    target: EventID
    key: str
    mark: str | None = None


@frozen(kw_only=True)
class PostRedaction:
    target: EventID
    reason: str | None = None


@frozen(kw_only=True)
class PostTopic:
    """A state event; the homeserver's own de-duplication makes it safe to repeat."""

    topic: str


@frozen(kw_only=True)
class PostStatus:
    """``com.beeper.message_send_status`` about an earlier event."""

    target: EventID
    arrived: bool
    network: str
    reason_code: str | None = None
    sentence: str | None = None
    can_retry: bool = False


Outgoing: TypeAlias = Post | PostReaction | PostRedaction | PostTopic | PostStatus


@frozen(kw_only=True)
class GhostProfile:
    """How a remote person is shown on Matrix."""

    display_name: str
    avatar: MxcURI | None = None


@frozen(kw_only=True)
class RoomRequest:
    """A room to be made by the bridge bot. Public means: anybody on the server may join."""

    alias_localpart: str | None
    name: str
    topic: str | None
    public: bool
    invite: tuple[UserID, ...] = ()
    listed: bool = False
    direct: bool = False
    keep_for_s: float | None = None
    """How long messages need to be kept; heeded only by homeservers that are set up so (MSC1763)."""


@frozen(kw_only=True)
class BridgeInfo:
    """What ``m.bridge`` and ``uk.half-shot.bridge`` say of a room (MSC2346)."""

    creator: UserID | None
    protocol_id: str
    protocol_name: str
    network_id: str
    network_name: str
    channel_id: str
    channel_name: str
    external_url: str | None = None


@frozen
class Notice:
    """A sentence of the bridge itself for people in a room."""

    text: Document
    at: datetime | None = None
