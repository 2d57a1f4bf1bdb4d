"""Rooms joined to remote conversations, the people in them, and pairs of IDs."""

from datetime import datetime
from enum import Enum

from attrs import field, frozen

from bridge.model.ids import (
    EventID,
    LaneID,
    NetworkName,
    PortalKey,
    RemoteMessageID,
    RemoteUserID,
    RoomID,
    UserID,
)


class PortalOrigin(Enum):
    """How a portal came to be."""

    ALIAS = "alias"
    COMMAND = "command"
    CONFIG = "config"
    PLUMB = "plumb"


class PortalState(Enum):
    ACTIVE = "active"
    STOPPED = "stopped"
    """Nothing crosses, either way; ``stop_key`` says why."""
    REMOVED = "removed"


@frozen
class FormerRoom:
    """A room that a portal was in until it was replaced, and when it left."""

    room_id: RoomID
    left_at: datetime


@frozen(kw_only=True)
class Portal:
    """One room joined to one remote conversation; ``lane`` is its order and its identity."""

    lane: LaneID
    key: PortalKey
    room_id: RoomID
    origin: PortalOrigin
    state: PortalState = PortalState.ACTIVE
    stop_key: str | None = None
    name: str
    created_by: UserID | None = None
    floor_at: datetime
    """Nothing older than this is ever bridged."""
    data: dict[str, str] = field(factory=dict)
    """The connector's own; never read by others."""
    former: tuple[FormerRoom, ...] = ()
    """Where it was before its room was replaced, oldest first."""


@frozen(kw_only=True)
class Ghost:
    """The Matrix user that stands for a remote person."""

    user_id: UserID
    network: NetworkName
    remote_id: RemoteUserID
    display_name: str
    registered: bool = False


class Direction(Enum):
    TO_MATRIX = "to_matrix"
    TO_NETWORK = "to_network"


@frozen(kw_only=True)
class Mapped:
    """One pair of the message map: an event and what stands for it on the other side.

    ``remote_id`` is None where the network gives none. ``author`` is the name people on the remote side
    know the sender by.
    """

    lane: LaneID
    event_id: EventID
    remote_id: RemoteMessageID | None
    part: int
    direction: Direction
    sender: UserID
    author: str
    author_id: RemoteUserID | None = None
    excerpt: str | None = None
