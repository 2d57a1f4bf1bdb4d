"""What happened in a remote conversation, in our own types.

They are plain values that can be stored and read back (``bridge.model.codec``).
"""

from datetime import datetime
from typing import TypeAlias

from attrs import frozen

from bridge.model.ids import PortalKey, RemoteMessageID, RemoteUserID
from bridge.model.messages import Body


@frozen
class RemoteUser:
    """A person on the remote side, as far as the network shows them now."""

    id: RemoteUserID
    name: str
    account: str | None = None
    """The services account, where the network has one and says so."""


@frozen(kw_only=True)
class RemoteEventBase:
    """
    Attributes:
        remote_id: the network's own ID of this event, or None where it has none. An event with an ID
            takes effect once, however often it is emitted.
        happened_at: the remote side's own time, or None.
        occurrence: names this happening where the network gives it no ID, for a connector that may have to
            emit it again after a crash: what is emitted under one name takes effect once.
        late: nobody of ours was there to hear it; it comes out of the network's history.
    """

    portal: PortalKey
    sender: RemoteUser
    remote_id: RemoteMessageID | None = None
    happened_at: datetime | None = None
    occurrence: str | None = None
    late: bool = False


@frozen(kw_only=True)
class RemoteMessage(RemoteEventBase):
    body: Body
    reply_to: RemoteMessageID | None = None
    mentions: tuple[RemoteUserID, ...] = ()


@frozen(kw_only=True)
class RemoteEdit(RemoteEventBase):
    target: RemoteMessageID
    body: Body


@frozen(kw_only=True)
class RemoteReaction(RemoteEventBase):
    target: RemoteMessageID
    key: str
    removed: bool = False


@frozen(kw_only=True)
class RemoteRedaction(RemoteEventBase):
    target: RemoteMessageID
    reason: str | None = None


@frozen(kw_only=True)
class RemoteTopic(RemoteEventBase):
    topic: str


@frozen(kw_only=True)
class RemoteJoin(RemoteEventBase):
    """``sender`` came into the conversation."""


@frozen(kw_only=True)
class RemoteLeave(RemoteEventBase):
    """``user`` left, or was made to leave by ``sender``."""

    user: RemoteUser
    reason: str | None = None
    kicked: bool = False
    split: str | None = None
    """What broke apart, where nobody left but the network lost a part of itself: the names of its servers."""


@frozen(kw_only=True)
class RemoteRename(RemoteEventBase):
    """``sender`` was called ``previous`` until now; the same person stays the same ghost."""

    previous: RemoteUser


RemoteEvent: TypeAlias = (
    RemoteMessage
    | RemoteEdit
    | RemoteReaction
    | RemoteRedaction
    | RemoteTopic
    | RemoteJoin
    | RemoteLeave
    | RemoteRename
)
