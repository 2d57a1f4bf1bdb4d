"""One comparison of the homeserver's history with the inbox, by set of event IDs.

What is missing is read forward from where the last comparison ended, so that it is taken over oldest first
and page by page. The new place is stored only behind all of it: whoever is killed in between begins again
at the old place, and finds what it took over to be known.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from typing import Final

import structlog
from attrs import define, field, frozen

from bridge.core.config import BridgeConfig
from bridge.core.late import Fate, fate_of, floor_of, is_said
from bridge.core.portals import Portals
from bridge.core.ports import Clock, Homeserver
from bridge.core.reconcile_ports import History, Intake, ReconcileStore
from bridge.core.words import Words
from bridge.model.errors import HomeserverRefused, Phrase
from bridge.model.history import PastEvent, RoomNews
from bridge.model.ids import EventID, RoomID
from bridge.model.namespace import Namespace
from bridge.model.portals import PortalState
from bridge.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

PAGE: Final = 250
"""Events of one request; 16 MB at the most."""
GRACE_S: Final = 2.0
"""How long a push that is on its way is waited for when nothing points to a loss."""
LONG_GRACE_S: Final = 60.0
"""The same before something is given up: after an outage of ours, much is pushed."""

Wait = Callable[[float], Awaitable[bool]]
"""Returns whether the whole time has passed: False when there is a new reason to look."""


@frozen(kw_only=True)
class SweepParts:
    """What every sweep works with."""

    history: History
    store: ReconcileStore
    intake: Intake
    homeserver: Homeserver
    portals: Portals
    words: Words
    names: Namespace
    config: BridgeConfig
    clock: Clock
    metrics: Metrics


@define
class Sweep:
    """First ``fill``, then ``settle``. Both raise ``Unavailable`` and ``HomeserverRefused``.

    Attributes:
        patient: nothing points to a loss: what is not known may be on its way.
        on_gap: called when the first event that is really missing is found.
        recovered: other people's events that were taken over.
    """

    parts: SweepParts
    wait: Wait
    on_gap: Callable[[], None]
    patient: bool
    recovered: int = 0
    _old: dict[RoomID, list[PastEvent]] = field(factory=dict)
    _invites: Sequence[PastEvent] = ()
    _next_token: str | None = None
    _gap: bool = False
    _done_up_to: dict[RoomID, EventID] = field(factory=dict)

    async def fill(self) -> None:
        """Take over what is missing and still matters."""
        token = await self.parts.store.token()
        if token is None:
            await self._begin_here()
            return
        try:
            news = await self.parts.history.since(token)
        except HomeserverRefused as error:
            if error.status != 400:
                raise
            log.error("homeserver does not know our place in its history", reason=str(error))
            await self._begin_here()
            return
        for room in news.rooms:
            await self._recognize(room, token)
            if room.gap_until is not None:
                await self._page(room.room_id, token, room.gap_until)
            await self._take(room.room_id, room.events)
        self._invites = news.invites
        self._next_token = news.next_token

    async def settle(self) -> None:
        """Say what comes too late, and remember how far this went."""
        if self._old or self._invites:
            if not await self.wait(LONG_GRACE_S):
                return
            for room_id, events in self._old.items():
                await self._give_up(room_id, events)
            await self._accept_invites()
        if self._next_token is not None:
            await self.parts.store.put_token(self._next_token)

    async def _begin_here(self) -> None:
        """Nothing of what was before is ever looked at."""
        news = await self.parts.history.since(None)
        await self.parts.store.put_token(news.next_token)

    async def _recognize(self, room: RoomNews, token: str) -> None:
        """See whether we have answered for events that our store knows nothing of: it was restored.

        Our read receipt says that all up to there was seen to. In the one life of a store the event that it
        is on is always known; so where it is not, it comes from a life after the backup.
        """
        receipt = room.read_up_to
        if receipt is None or not await self.parts.store.unknown([receipt]):
            return
        if await self._lies_ahead(room, token, receipt):
            log.warning("database is older than what was done", room_id=room.room_id, receipt=receipt)
            self._done_up_to[room.room_id] = receipt

    async def _lies_ahead(self, room: RoomNews, token: str, event_id: EventID) -> bool:
        """Whether an event is in what is about to be taken."""
        after: str | None = None if room.gap_until is None else token
        while after is not None and room.gap_until is not None:
            try:
                page = await self.parts.history.between(room.room_id, after, room.gap_until, PAGE)
            except HomeserverRefused:
                return False
            if any(event.raw.event_id == event_id for event in page.events):
                return True
            after = page.next_token
        return any(event.raw.event_id == event_id for event in room.events)

    async def _pass_over(self, room_id: RoomID, events: Sequence[PastEvent]) -> Sequence[PastEvent]:
        """What is left when all that was seen to in a life after the backup is taken for known.

        State is left: whatever a room has become, the restored store must learn it.
        """
        receipt = self._done_up_to.get(room_id)
        if receipt is None:
            return events
        names = [event.raw.event_id for event in events]
        done = events
        if receipt in names:
            done = events[: names.index(receipt) + 1]
            del self._done_up_to[room_id]
        said = [event for event in done if event.state_key is None]
        await self.parts.store.skip([event.raw for event in said], self.parts.clock.now())
        return [event for event in events if event not in said]

    async def _page(self, room_id: RoomID, after: str | None, until: str) -> None:
        while after is not None:
            try:
                page = await self.parts.history.between(room_id, after, until, PAGE)
            except HomeserverRefused as error:
                log.warning("history of a room is closed to us", room_id=room_id, reason=str(error))
                return
            await self._take(room_id, page.events)
            after = page.next_token

    async def _take(self, room_id: RoomID, events: Sequence[PastEvent]) -> None:
        missing = await self._missing(await self._pass_over(room_id, events))
        if not missing:
            return
        if not self._gap:
            self._gap = True
            self.on_gap()
        sorted_out = self._sort_out(room_id, missing)
        now = self.parts.clock.now()
        await self.parts.store.skip([event.raw for event in sorted_out[Fate.SKIP]], now)
        await self.parts.intake.take([event.raw for event in sorted_out[Fate.TAKE]])
        self._count(room_id, sorted_out[Fate.TAKE])
        if sorted_out[Fate.TOO_OLD]:
            self._old.setdefault(room_id, []).extend(sorted_out[Fate.TOO_OLD])

    async def _missing(self, events: Sequence[PastEvent]) -> Sequence[PastEvent]:
        missing = await self._unknown(events)
        if missing and self.patient:
            self.patient = False
            await self.wait(GRACE_S)
            missing = await self._unknown(missing)
        return missing

    async def _unknown(self, events: Sequence[PastEvent]) -> Sequence[PastEvent]:
        unknown = await self.parts.store.unknown([event.raw.event_id for event in events])
        return [event for event in events if event.raw.event_id in unknown]

    def _sort_out(self, room_id: RoomID, events: Iterable[PastEvent]) -> dict[Fate, list[PastEvent]]:
        floor_at = floor_of(self.parts.portals.in_room(room_id))
        oldest_at = self.parts.clock.now() - timedelta(seconds=self.parts.config.gap_ceiling_s)
        found: dict[Fate, list[PastEvent]] = {fate: [] for fate in Fate}
        for event in events:
            fate = fate_of(event, bot=self.parts.names.bot, floor_at=floor_at, oldest_at=oldest_at)
            found[fate].append(event)
        return found

    def _count(self, room_id: RoomID, taken: Sequence[PastEvent]) -> None:
        theirs = [event for event in taken if not self.parts.names.is_ours(event.sender)]
        if theirs:
            self.recovered += len(theirs)
            self.parts.metrics.gap_recovered.add(len(theirs))
            log.info("late events taken over", room_id=room_id, count=len(theirs), oldest=theirs[0].sent_at)

    # What comes after the grace.

    async def _give_up(self, room_id: RoomID, events: Sequence[PastEvent]) -> None:
        lost = await self._unknown(events)
        said = [event for event in lost if is_said(event) and not self.parts.names.is_ours(event.sender)]
        active = [each for each in self.parts.portals.in_room(room_id) if each.state is PortalState.ACTIVE]
        if said and active:
            phrase = Phrase.of("gap.too_old", count=len(said))
            occasion = f"{said[0].raw.event_id} {said[-1].raw.event_id}"
            # Said first: a sentence that is said twice is better than none.
            await self.parts.words.in_room(room_id, phrase, occasion=occasion)
        await self.parts.store.skip([event.raw for event in lost], self.parts.clock.now())
        self.parts.metrics.gap_given_up.add(len(said))
        if lost:
            log.warning("late events given up", room_id=room_id, count=len(said), oldest=lost[0].sent_at)

    async def _accept_invites(self) -> None:
        """Take over the invites that nobody has answered meanwhile."""
        bot = self.parts.names.bot
        for invite in self._invites:
            if not await self.parts.homeserver.is_joined(invite.raw.room_id, bot):
                await self.parts.intake.take([invite.raw])
