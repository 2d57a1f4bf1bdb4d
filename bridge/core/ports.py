"""What the core needs of the rooms beside it. Each method is one transaction or one request.

``bridge.app`` proves in one typed assignment each that the real thing fits; tests hand in fakes.
"""

from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from attrs import frozen

from bridge.model.backlog import Backlog
from bridge.model.errors import Phrase
from bridge.model.ids import (
    ArrivalSeq,
    EventID,
    InboxSeq,
    LaneID,
    MxcURI,
    NetworkName,
    PartID,
    PortalKey,
    RemoteMessageID,
    RemoteUserID,
    RoomAlias,
    RoomID,
    UserID,
)
from bridge.model.markup import Document
from bridge.model.matrix_events import MatrixEvent, MatrixMessage, RawEvent
from bridge.model.outgoing import BridgeInfo, GhostProfile, Outgoing, RoomRequest
from bridge.model.portals import Ghost, Mapped, Portal
from bridge.model.records import (
    Approval,
    Arrival,
    ArrivalResult,
    InboxEvent,
    NewArrival,
    PartResult,
    PartRow,
    Plan,
    Shed,
)
from bridge.model.remote_events import RemoteEvent
from bridge.model.rooms import PowerView as PowerView
from bridge.model.statuses import PartState
from bridge.model.whereabouts import ArrivalTrace, EventTrace, PartTrace

# ------------------------------------------------------------------------------------------- time


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """The aware UTC time."""

    def monotonic(self) -> float:
        """Seconds that only grow."""

    async def sleep(self, seconds: float) -> None: ...


class Task(Protocol):
    def cancel(self) -> object: ...

    def done(self) -> bool: ...


class Tasks(Protocol):
    """Owns what runs beside the caller; a task that fails is logged and counted, never lost in silence."""

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> Task: ...


# ------------------------------------------------------------------------------------------ store


class InboxStore(Protocol):
    """Matrix events, as pushed. Raises ``StoreUnavailable`` throughout."""

    async def accept(self, events: Sequence[RawEvent], received_at: datetime) -> int:
        """Store those whose event ID was never stored before, in order. Returns how many were new.

        Of a ``settled`` one only the ID is kept; it never becomes pending.

        Rows become visible to ``pending`` in the order of their ``seq``: no row appears behind one that
        was already seen.
        """

    async def pending(self, after: InboxSeq, limit: int) -> Sequence[InboxEvent]:
        """Events not finished, by growing ``seq``, beginning behind ``after``."""

    async def pending_in_room(self, room_id: RoomID, after: InboxSeq, limit: int) -> Sequence[InboxEvent]:
        """The same for one room: how a lane that spilled goes on."""

    async def finish(self, seqs: Sequence[InboxSeq]) -> None:
        """Nothing (more) is to be done for these."""

    async def discard(self, seq: InboxSeq) -> None:
        """The same for one whose words are not to be kept; its ID is."""

    async def failed(self, seq: InboxSeq, reason: str, *, set_aside: bool) -> None:
        """Count a failure with its traceback; ``set_aside`` ends the tries (poison)."""

    async def body_of(self, event_id: EventID) -> bytes | None:
        """The stored JSON of an event, None when it is not known or already pruned."""


class LedgerStore(Protocol):
    """Every part of every message on its way to a network."""

    async def plan(self, plan: Plan, *, inbox_seq: InboxSeq | None, at: datetime) -> Sequence[PartRow]:
        """Store the parts of an event for a lane as WAITING, the first as SENDING, in one transaction.

        With ``inbox_seq`` that inbox row is finished in the same transaction. If this event was planned
        for this lane before, nothing is changed and the earlier rows are returned: a plan is made once.
        """

    async def refuse(
        self,
        plan: Plan,
        state: PartState,
        reason: Phrase,
        *,
        inbox_seq: InboxSeq | None,
        at: datetime,
    ) -> PartRow:
        """Keep an event that ended badly before it could be planned: one row with ``count`` 0.

        ``plan`` has no parts. Finishes the inbox row as ``plan`` does. A later ``plan`` of the same event
        for the same lane replaces the row: this is how it is retried.
        """

    async def advance(self, result: PartResult, next_id: PartID | None, *, at: datetime) -> None:
        """Close one part and mark the next one as SENDING, in one transaction.

        A part that arrived enters the message map (its plan's author, excerpt, sender) together with
        its remote IDs; one entry with remote ID None if there are none.
        """

    async def sending(self, part: PartID, *, at: datetime) -> None:
        """Mark a waiting part as SENDING; counts the attempt."""

    async def close_rest(self, event_id: EventID, lane: LaneID, state: PartState, reason: Phrase) -> None:
        """Close every part of the event that is still waiting."""

    async def open_parts(self) -> Sequence[PartRow]:
        """All parts that are waiting or sending, by growing ID: the work after a start."""

    async def untold(self) -> Sequence[PartRow]:
        """Parts that ended badly (refused, expired, dead, uncertain) of which the sender was not told."""

    async def told(self, event_id: EventID, lane: LaneID) -> None:
        """The sender knows how the parts of this event ended."""

    async def parts_of(self, event_id: EventID) -> Sequence[PartRow]: ...

    async def retriable(self, room_id: RoomID, sender: UserID | None, limit: int) -> Sequence[PartRow]:
        """Refused, expired, dead and uncertain parts of a room, newest first; for ``retry``."""

    async def reopen(self, event_id: EventID, lane: LaneID, *, at: datetime) -> Sequence[PartRow]:
        """Set the event's parts that did not arrive back to WAITING, in one transaction.

        They count as made ``at``: the time to expire begins anew. An event kept by ``refuse`` becomes a
        waiting row with ``count`` 0, to be planned again. Returns the event's waiting parts.
        """


class ArrivalStore(Protocol):
    """Every remote event on its way to Matrix: the inbox and the ledger of that direction in one."""

    async def add(self, arrivals: Sequence[NewArrival]) -> Sequence[Arrival | None]:
        """Store them in order; None stands for one whose ``dedup_key`` was seen in its lane before."""

    async def pending(self, lane: LaneID, after: ArrivalSeq, limit: int) -> Sequence[Arrival]: ...

    async def lanes_with_work(self) -> Sequence[LaneID]: ...

    async def waiting_bytes(self) -> Mapping[LaneID, int]:
        """How much waits in each lane that has work."""

    async def add_shed(self, lane: LaneID, count: int, at: datetime) -> None:
        """So many lines were let go; one occasion as long as they were not told."""

    async def all_shed(self) -> Sequence[Shed]:
        """What was let go and not told yet, by lane."""

    async def shed_told(self, shed: Shed) -> None:
        """A room was told; what was let go meanwhile stays, as another occasion."""

    async def heard(self, lane: LaneID, since: datetime, limit: int) -> Sequence[NewArrival]:
        """The newest ones accepted since then, oldest first, as far as their bodies are still kept."""

    async def close(self, result: ArrivalResult, *, at: datetime) -> None:
        """Close the row and store its pairs of IDs in one transaction."""

    async def failed(self, seq: ArrivalSeq, reason: str) -> None:
        """Count a failure with its traceback."""


class MapStore(Protocol):
    """Pairs of event IDs and remote IDs."""

    async def by_event(self, event_id: EventID) -> Sequence[Mapped]: ...

    async def by_remote(self, lane: LaneID, remote_id: RemoteMessageID) -> Sequence[Mapped]: ...


class TraceStore(Protocol):
    """Where messages are, for people who ask. Only reads."""

    async def event(self, event_id: EventID) -> EventTrace | None: ...

    async def parts(self, event_id: EventID) -> Sequence[PartTrace]:
        """What was planned for it, by lane and place."""

    async def arrival(self, seq: ArrivalSeq) -> ArrivalTrace | None: ...

    async def arrivals_of(self, event_id: EventID) -> Sequence[ArrivalTrace]:
        """Those that became this Matrix event."""

    async def arrivals_keyed(self, dedup_key: str) -> Sequence[ArrivalTrace]:
        """Those of any lane that were stored under this key."""

    async def pairs_named(self, remote_id: RemoteMessageID) -> Sequence[Mapped]:
        """The pairs with this remote ID in any lane."""

    async def backlog(self) -> Backlog:
        """How much is on its way, and what waits for a person."""


class LetterStore(Protocol):
    """Dead letters: what ended badly and nobody works on, until a person retries or drops it."""

    async def events(self, limit: int) -> Sequence[EventTrace]:
        """Matrix events that were set aside and have no parts, newest first."""

    async def parts(
        self, limit: int, *, room_id: RoomID | None = None, sender: UserID | None = None
    ) -> Sequence[PartTrace]:
        """Refused, expired, dead and uncertain parts, newest first."""

    async def arrivals(self, limit: int) -> Sequence[ArrivalTrace]:
        """Remote events that were set aside, newest first."""

    async def event(self, seq: InboxSeq) -> EventTrace | None:
        """One of ``events``."""

    async def part(self, part: PartID) -> PartTrace | None:
        """One of ``parts``."""

    async def arrival(self, seq: ArrivalSeq) -> ArrivalTrace | None:
        """One of ``arrivals``."""

    async def reopen_event(self, seq: InboxSeq) -> InboxEvent | None:
        """Open an event that was set aside; None if it is not there or not open. Repeating it is no error."""

    async def reopen_arrival(self, seq: ArrivalSeq) -> Arrival | None:
        """The same for an arrival."""

    async def drop_event(self, seq: InboxSeq) -> bool:
        """Close one of ``events`` for good. Returns whether there was one."""

    async def drop_parts(self, event_id: EventID, lane: LaneID, *, at: datetime) -> int:
        """Close all parts of a message that ended badly for good. Returns how many."""

    async def drop_arrival(self, seq: ArrivalSeq) -> bool:
        """Close one of ``arrivals`` for good. Returns whether there was one."""


class PortalStore(Protocol):
    async def all_portals(self) -> Sequence[Portal]:
        """Those that are not removed."""

    async def create_portal(self, portal: Portal) -> Portal:
        """Store a portal (its ``lane`` is ignored) and return it with the lane it was given.

        If the key had a portal before (removed since), its lane is taken up again.
        """

    async def update_portal(self, portal: Portal) -> None: ...


class GhostStore(Protocol):
    async def ghost_of(self, network: NetworkName, remote_id: RemoteUserID) -> Ghost | None: ...

    async def ghost_by_user(self, user_id: UserID) -> Ghost | None: ...

    async def put_ghost(self, ghost: Ghost) -> None:
        """Insert or update by ``user_id``; its remote ID becomes its alias."""


class RoomStore(Protocol):
    """Rooms that are not portals, and open requests."""

    async def management_rooms(self) -> Sequence[tuple[RoomID, UserID]]: ...

    async def put_management_room(self, room_id: RoomID, user_id: UserID) -> None: ...

    async def drop_management_room(self, room_id: RoomID) -> None: ...

    async def put_approval(self, approval: Approval) -> None: ...

    async def take_approval(self, code_hash: str, key: PortalKey, now: datetime) -> Approval | None:
        """Find and remove it in one transaction; expired ones are removed and not returned."""


class WatchStore(Protocol):
    """Until when each network was listened to. Raises ``StoreUnavailable`` throughout."""

    async def watched_until(self, network: NetworkName) -> datetime | None: ...

    async def note_watched(self, network: NetworkName, at: datetime) -> None: ...


@frozen(kw_only=True)
class Stores:
    """The store, by what it is asked for."""

    inbox: InboxStore
    ledger: LedgerStore
    arrivals: ArrivalStore
    messages: MapStore
    traces: TraceStore
    letters: LetterStore
    portals: PortalStore
    ghosts: GhostStore
    rooms: RoomStore
    watches: WatchStore


# ------------------------------------------------------------------------------------- homeserver


class Homeserver(Protocol):
    """Acting on Matrix.

    Every method raises ``HomeserverUnavailable`` after its own tries are used up, and
    ``HomeserverRefused`` on a definite no. Retries inside keep the transaction ID.
    """

    @property
    def bot(self) -> UserID: ...

    @property
    def domain(self) -> str: ...

    async def send(
        self,
        room_id: RoomID,
        sender: UserID,
        outgoing: Outgoing,
        *,
        txn: str,
        at: datetime | None = None,
    ) -> EventID:
        """Send as ``sender`` (a ghost or the bot) with its stable device.

        ``txn`` must name this very send among all of this room: the sender is hashed in. Sends into one
        room go out one at a time, in the order of the calls.
        """

    async def event_marked(self, room_id: RoomID, sender: UserID, mark: str) -> EventID | None:
        """The event of one of ours that carries our mark, looked for among the sender's newest there."""

    async def ensure_ghost(self, user_id: UserID, profile: GhostProfile) -> None:
        """Register, give a device and a name; what is known to be so is not asked again."""

    async def ensure_joined(self, user_id: UserID, room_id: RoomID) -> None:
        """Join one of our users, invited by the bot where that is needed."""

    async def leave(self, user_id: UserID, room_id: RoomID, reason: str | None = None) -> None: ...

    async def invite(self, room_id: RoomID, user_id: UserID) -> None:
        """As the bot; who is in the room already is left alone."""

    async def kick(self, room_id: RoomID, user_id: UserID, reason: str | None = None) -> None:
        """As the bot."""

    async def create_room(self, request: RoomRequest, power: dict[str, int]) -> RoomID:
        """Made by the bot, which stays its creator. ``power`` overrides levels of events by type."""

    async def resolve_alias(self, alias: RoomAlias) -> RoomID | None: ...

    async def put_alias(self, alias: RoomAlias, room_id: RoomID) -> None:
        """Point an alias of ours at a room, taking it away from another one if need be."""

    async def drop_alias(self, alias: RoomAlias) -> None:
        """Let an alias of ours point nowhere; one that is not there is no error."""

    async def set_bridge_info(self, room_id: RoomID, info: BridgeInfo | None) -> None:
        """Write ``m.bridge`` and ``uk.half-shot.bridge`` where they differ; None empties them."""

    async def mark_read(self, room_id: RoomID, event_id: EventID) -> None:
        """A read receipt by the bot. Failures are swallowed: it is a courtesy."""

    async def power(self, room_id: RoomID) -> PowerView: ...

    async def is_encrypted(self, room_id: RoomID) -> bool: ...

    async def is_joined(self, room_id: RoomID, user_id: UserID) -> bool: ...

    async def display_name(self, room_id: RoomID, user_id: UserID) -> str:
        """The name in this room, else the localpart."""

    async def our_members(self, room_id: RoomID) -> Collection[UserID]:
        """Those of our own users who are joined."""

    async def member_names(self, room_id: RoomID) -> dict[UserID, str]:
        """Joined people's names, as far as the cache knows them; may be incomplete in large rooms."""

    async def people(self, room_id: RoomID) -> Collection[UserID]:
        """Joined users that are not ours, asked afresh."""

    async def predecessor(self, room_id: RoomID) -> tuple[RoomID, EventID | None, UserID] | None:
        """What ``m.room.create`` names as predecessor, with the room's creator; None without one."""

    async def tombstone(self, room_id: RoomID) -> tuple[EventID, RoomID] | None: ...


class Reader(Protocol):
    """Opens events: decrypts (later), then translates."""

    def read(self, body: bytes) -> MatrixEvent:
        """Raises ``Unreadable``."""


class MediaLinks(Protocol):
    def link(self, mxc: MxcURI, filename: str, mime_type: str | None) -> str | None:
        """A signed, expiring public link; None without ``public_url``."""


class CommandDoor(Protocol):
    """Where words to the bridge go; implemented above the core."""

    async def handle(self, event: MatrixMessage, *, in_management_room: bool, attempt: int) -> None:
        """Do what was asked and answer in the room. ``attempt`` counts earlier, failed ones.

        Raises ``Unavailable``; then it is called again.
        """


class RemoteWords(Protocol):
    """Words to the bridge said on the remote side (such as the approval of a plumb)."""

    async def handle(self, event: RemoteEvent) -> bool: ...


Sentence = Callable[[Phrase], Document]
"""Makes the sentence of a phrase, in the language of the bridge."""
