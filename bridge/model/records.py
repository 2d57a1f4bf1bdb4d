"""Rows of the store, as values: what the core writes down and reads back."""

from datetime import datetime

from attrs import frozen

from bridge.model.errors import Phrase
from bridge.model.ids import (
    ArrivalSeq,
    EventID,
    InboxSeq,
    LaneID,
    PartID,
    PortalKey,
    RemoteMessageID,
    RoomID,
    Token,
    UserID,
)
from bridge.model.outgoing import Part, PlannedPart
from bridge.model.portals import Mapped
from bridge.model.remote_events import RemoteEvent
from bridge.model.statuses import PartState


@frozen(kw_only=True)
class InboxEvent:
    """A stored Matrix event. ``attempts`` counts earlier failures."""

    seq: InboxSeq
    event_id: EventID
    room_id: RoomID
    body: bytes
    received_at: datetime
    attempts: int = 0


@frozen(kw_only=True)
class PartRow:
    """One row of the ledger towards a network."""

    id: PartID
    lane: LaneID
    event_id: EventID
    room_id: RoomID
    sender: UserID
    index: int
    count: int
    token: Token
    part: Part
    state: PartState
    attempts: int
    retry_at: datetime | None
    reason: Phrase | None
    created_at: datetime

    def planned(self) -> PlannedPart:
        return PlannedPart(self.id, self.token, self.part, self.index, self.count)


@frozen(kw_only=True)
class Plan:
    """What one event becomes in one lane. ``mapping`` goes into the message map as parts arrive."""

    lane: LaneID
    event_id: EventID
    room_id: RoomID
    sender: UserID
    parts: tuple[tuple[Token, Part], ...]
    author: str
    excerpt: str | None
    target: EventID | None = None
    """Set when the event speaks about another one and so gets no entry of its own in the map."""


@frozen(kw_only=True)
class PartResult:
    """How a write ended. ``retry_at`` goes with ``WAITING``; ``reason`` with every state but the good."""

    id: PartID
    state: PartState
    remote_ids: tuple[RemoteMessageID, ...] = ()
    reason: Phrase | None = None
    retry_at: datetime | None = None


@frozen(kw_only=True)
class NewArrival:
    """A remote event on its way into the store.

    ``dedup_key`` names it among all of its lane, by the network's own ID or by that of its emission.
    """

    lane: LaneID
    event: RemoteEvent
    ghost: UserID
    dedup_key: str | None
    received_at: datetime


@frozen(kw_only=True)
class Arrival:
    seq: ArrivalSeq
    lane: LaneID
    event: RemoteEvent
    ghost: UserID
    received_at: datetime
    attempts: int = 0
    size_bytes: int = 0
    """What it takes in the store, about."""


@frozen(kw_only=True)
class ArrivalResult:
    """How an arrival ended: ``mapped`` are the pairs of IDs it made (empty for a topic, say)."""

    seq: ArrivalSeq
    state: PartState
    mapped: tuple[Mapped, ...] = ()
    reason: Phrase | None = None


@frozen(kw_only=True)
class Shed:
    """Lines of a lane that were let go; ``since`` names the occasion until it is told."""

    lane: LaneID
    count: int
    since: datetime


@frozen(kw_only=True)
class Approval:
    """A wish to plumb that waits for a word from the remote side. ``code_hash`` is SHA-256, hex."""

    code_hash: str
    key: PortalKey
    room_id: RoomID
    asked_by: UserID
    expires_at: datetime


@frozen
class Pruned:
    """What one step of forgetting did; ``finished`` when nothing more is old enough now."""

    count: int
    finished: bool
