"""The action that tells where a message is: each step with its time, both IDs, what it waits for."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final
from urllib.parse import unquote

from attrs import frozen

from bridge.actions import specs
from bridge.actions.action import Answer, Caller
from bridge.actions.rights import Rights
from bridge.core.marks import arrival_named, dedup_names
from bridge.core.networks import Networks
from bridge.core.portals import Portals
from bridge.core.ports import MapStore, Reader, TraceStore
from bridge.model.errors import InvalidInput, Phrase, Unreadable
from bridge.model.ids import EventID, LaneID, RemoteMessageID, UserID
from bridge.model.matrix_events import MatrixEvent
from bridge.model.portals import Direction, Mapped, Portal, PortalState
from bridge.model.statuses import LoginHealth, PartState
from bridge.model.whereabouts import ArrivalTrace, EventTrace, InboxState, PartTrace
from bridge.policy.access import Action as Right
from bridge.text.plain import shorten

_PART: Final = {
    PartState.WAITING: "trace.part.waiting",
    PartState.SENDING: "trace.part.sending",
    PartState.SENT: "trace.part.sent",
    PartState.CONFIRMED: "trace.part.confirmed",
    PartState.UNCERTAIN: "trace.part.uncertain",
    PartState.REFUSED: "trace.part.refused",
    PartState.EXPIRED: "trace.part.expired",
    PartState.DEAD: "trace.part.dead",
    PartState.DROPPED: "trace.part.dropped",
}
_PARTS_SHOWN: Final = 10
_FOUND: Final = 5
"""So many messages with the same remote ID are shown."""
_ID_CHARS: Final = 120
_LINK: Final = re.compile(r"/(\$[^/?\s]+)")


@frozen(kw_only=True)
class Found:
    """All that the store knows of one message."""

    event_id: EventID | None
    event: EventTrace | None
    content: MatrixEvent | None
    parts: Sequence[PartTrace]
    pairs: Sequence[Mapped]
    arrivals: Sequence[ArrivalTrace]

    def is_of(self, user_id: UserID) -> bool:
        """Whether this person said it on Matrix."""
        said = [pair.sender for pair in self.pairs if pair.direction is Direction.TO_NETWORK]
        sender = [self.content.sender] if self.content else []
        return user_id in (*said, *sender, *(part.row.sender for part in self.parts))

    @property
    def from_network(self) -> bool:
        """Whether it was said on the other side, and the event is our own."""
        return bool(self.arrivals) or any(pair.direction is Direction.TO_MATRIX for pair in self.pairs)

    def __bool__(self) -> bool:
        return bool(self.event or self.parts or self.pairs or self.arrivals)


class Trace:
    """Where a message is, by its ID on either side; as a reply without an ID, that of the message replied to.

    Everybody may ask for their own messages, an admin of the bridge for all.
    """

    spec = specs.TRACE

    def __init__(
        self,
        *,
        traces: TraceStore,
        messages: MapStore,
        reader: Reader,
        portals: Portals,
        networks: Networks,
        next_try_at: Callable[[LaneID], datetime | None],
        rights: Rights,
    ) -> None:
        self._traces = traces
        self._messages = messages
        self._reader = reader
        self._portals = portals
        self._networks = networks
        self._next_try_at = next_try_at
        self._rights = rights

    async def run(self, caller: Caller, arguments: Mapping[str, str]) -> Answer:
        wanted = arguments.get("id") or caller.about
        if wanted is None:
            raise InvalidInput(Phrase.of("trace.which"))
        anybody = self._rights.may(caller, Right.MANAGE)
        found = [one for one in await self._find(wanted) if one and (anybody or one.is_of(caller.user_id))]
        if not found:
            # The same words for what is not there and for what is another's: nobody learns that it is.
            key = "trace.nothing" if anybody else "trace.nothing_own"
            raise InvalidInput(Phrase(key, {"id": shorten(wanted, _ID_CHARS)}))
        return [line for one in found for line in self._lines(one)]

    async def _find(self, wanted: str) -> Sequence[Found]:
        link = _LINK.search(unquote(wanted))
        if link or wanted.startswith("$"):
            return [await self._of_event(EventID(link[1] if link else wanted))]
        remote_id = RemoteMessageID(wanted)
        pairs = await self._traces.pairs_named(remote_id)
        found = [await self._of_event(event_id) for event_id in dict.fromkeys(one.event_id for one in pairs)]
        known = {one.seq for each in found for one in each.arrivals}
        for key in dedup_names(remote_id):
            found += [
                Found(event_id=None, event=None, content=None, parts=(), pairs=(), arrivals=(arrival,))
                for arrival in await self._traces.arrivals_keyed(key)
                if arrival.seq not in known
            ]
        return found[:_FOUND]

    async def _of_event(self, event_id: EventID) -> Found:
        event = await self._traces.event(event_id)
        content = self._read(event)
        arrivals = list(await self._traces.arrivals_of(event_id))
        seq = arrival_named(content.mark) if content and content.mark and not arrivals else None
        if seq is not None and (arrival := await self._traces.arrival(seq)) is not None:
            # An edit or a deletion has no place in the message map; our mark in it names its arrival.
            arrivals.append(arrival)
        return Found(
            event_id=event_id,
            event=event,
            content=content,
            parts=await self._traces.parts(event_id),
            pairs=await self._messages.by_event(event_id),
            arrivals=arrivals,
        )

    def _read(self, event: EventTrace | None) -> MatrixEvent | None:
        if event is None or event.body is None:
            return None
        try:
            return self._reader.read(event.body)
        except Unreadable:
            return None

    # ---------------------------------------------------------------------------------- the words

    def _lines(self, found: Found) -> Iterator[Phrase]:
        for arrival in found.arrivals:
            yield from self._arrival(arrival)
        if found.event_id is not None:
            yield Phrase.of("trace.event", event=found.event_id)
        if found.event is not None:
            yield from self._event(found.event, found)
        for _, parts in groupby(found.parts, key=lambda part: part.row.lane):
            yield from self._parts(tuple(parts), found.pairs)
        told = {part.row.lane for part in found.parts}
        yield from (self._pair(pair) for pair in found.pairs if pair.lane not in told)

    def _event(self, event: EventTrace, found: Found) -> Iterator[Phrase]:
        yield Phrase.of("trace.received", at=said(event.received_at), room=event.room_id)
        if event.body is None and not found.from_network:
            yield Phrase.of("trace.forgotten")
        match event.state:
            case InboxState.OPEN if not found.parts:
                portals = self._portals.in_room(event.room_id)
                yield self._waits(portals[0], None) if portals else Phrase.of("trace.waits.turn")
            case InboxState.ASIDE if not found.parts:
                yield Phrase.of("trace.aside", count=event.attempts, letter=f"e{event.seq}")
            case InboxState.DROPPED:
                yield Phrase.of("trace.dropped")
            case InboxState.DONE if event.body and not (found.parts or found.pairs or found.arrivals):
                yield Phrase.of("trace.not_bridged")
            case _:
                pass

    def _parts(self, parts: Sequence[PartTrace], pairs: Sequence[Mapped]) -> Iterator[Phrase]:
        first = parts[0].row
        place = self._place(first.lane)
        if first.count:
            yield Phrase.of("trace.planned", at=said(first.created_at), count=first.count, **place)
        for part in parts[:_PARTS_SHOWN]:
            row = part.row
            at = said(part.changed_at)
            yield Phrase.of(_PART[row.state], part=row.index + 1, at=at, count=row.attempts, **place)
            yield from [] if row.reason is None else [row.reason]
            yield from (self._pair(pair) for pair in pairs if (pair.lane, pair.part) == (row.lane, row.index))
        if len(parts) > _PARTS_SHOWN:
            yield Phrase.of("trace.more_parts", count=len(parts) - _PARTS_SHOWN)
        waiting = next((part for part in parts if not part.row.state.final), None)
        portal = self._portals.by_lane(first.lane)
        if waiting is not None and portal is not None:
            yield self._waits(portal, waiting)

    def _waits(self, portal: Portal, part: PartTrace | None) -> Phrase:
        """What has to happen before it goes on towards the network."""
        network = portal.key.network
        if portal.state is PortalState.STOPPED:
            return Phrase.of("trace.waits.portal", chat=portal.name)
        connector = self._networks.get(network)
        logins = connector.logins() if connector else ()
        if not any(login.state.health is LoginHealth.CONNECTED for login in logins):
            retry_at = min((login.state.retry_at for login in logins if login.state.retry_at), default=None)
            if retry_at is not None:
                return Phrase.of("trace.waits.connection_at", network=network, at=said(retry_at))
            return Phrase.of("trace.waits.connection", network=network)
        if part is None:
            return Phrase.of("trace.waits.turn")
        if part.row.retry_at is not None:
            return Phrase.of("trace.waits.time", at=said(part.row.retry_at))
        sending = part.row.state is PartState.SENDING
        return Phrase.of("trace.waits.answer", network=network) if sending else Phrase.of("trace.waits.turn")

    def _arrival(self, arrival: ArrivalTrace) -> Iterator[Phrase]:
        remote = (arrival.event.remote_id if arrival.event else None) or "-"
        place = self._place(arrival.lane)
        yield Phrase.of(
            "trace.arrived", at=said(arrival.received_at), remote=remote, ghost=arrival.ghost, **place
        )
        at = said(arrival.closed_at) if arrival.closed_at else ""
        match arrival.state:
            case PartState.WAITING | PartState.SENDING:
                yield self._waits_for_matrix(arrival)
            case PartState.DEAD:
                yield Phrase.of("trace.arrival.dead", at=at, count=arrival.attempts, letter=f"a{arrival.seq}")
            case PartState.DROPPED:
                yield Phrase.of("trace.dropped")
            case PartState.SENT | PartState.CONFIRMED:
                yield Phrase.of("trace.arrival.confirmed", at=at)
            case _:
                yield Phrase.of("trace.arrival.refused", at=at)
        yield from [] if arrival.reason is None else [arrival.reason]
        yield from [Phrase.of("trace.forgotten")] if arrival.event is None else []

    def _waits_for_matrix(self, arrival: ArrivalTrace) -> Phrase:
        next_try_at = self._next_try_at(arrival.lane)
        if next_try_at is None:
            return Phrase.of("trace.waits.matrix", count=arrival.attempts)
        return Phrase.of("trace.waits.matrix_at", at=said(next_try_at))

    def _pair(self, pair: Mapped) -> Phrase:
        if pair.remote_id is None:
            return Phrase.of("trace.no_pair", **self._place(pair.lane))
        return Phrase.of("trace.pair", remote=pair.remote_id, **self._place(pair.lane))

    def _place(self, lane: LaneID) -> dict[str, str]:
        portal = self._portals.by_lane(lane)
        return {"network": portal.key.network if portal else "-", "chat": portal.name if portal else "-"}


def said(at: datetime) -> str:
    """A time for people: UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(" ", "milliseconds").replace("+00:00", " UTC")
