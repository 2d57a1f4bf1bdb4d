"""Tells a room when nobody of ours was there to hear what was said.

A gap begins when the last connection of ours that saw a conversation sees it no more, and ends when one sees
it again. It stays open until it is known what of it the network's history has filled (``catch_up``); what
remains is told. One that goes over a restart of the bridge begins when the network was last known to be
listened to, which is stored now and then: it may be told some seconds too long.
"""

import traceback
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from attrs import evolve, frozen

from bridge.core.bell import Bell
from bridge.core.networks import Networks
from bridge.core.portals import Portals
from bridge.core.ports import Clock, Tasks, WatchStore
from bridge.core.tally import Tally
from bridge.core.words import Words
from bridge.model.errors import HomeserverUnavailable, Phrase, StoreUnavailable
from bridge.model.ids import LaneID, NetworkName, PortalKey
from bridge.model.portals import PortalState

log = structlog.get_logger(__name__)

NOTE_EVERY_S: Final = 20.0
"""Between two notes that the networks are still listened to."""
COMING_IN: Final = timedelta(seconds=5)
"""How long after a portal was made its conversation may first be seen."""
MAX_UNTOLD: Final = 10_000
"""Ended gaps that may wait for the homeserver; older ones are only logged."""


@frozen(eq=False)
class Gap:
    """A time when nobody of ours saw a conversation. Without ``began`` it began before the bridge did."""

    key: PortalKey
    began: datetime | None
    ended: datetime


class Gaps:
    """Follows what is seen; owns the telling and the notes."""

    def __init__(
        self,
        *,
        networks: Networks,
        portals: Portals,
        words: Words,
        store: WatchStore,
        tally: Tally,
        owed: Callable[[LaneID, datetime], bool],
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._owed = owed
        self._networks = networks
        self._portals = portals
        self._words = words
        self._store = store
        self._tally = tally
        self._clock = clock
        self._started_at = clock.now()
        self._bell = Bell(clock, tasks)
        self._seen: set[PortalKey] = set()
        self._away_since: dict[PortalKey, datetime | None] = {}
        self._open: dict[PortalKey, Gap] = {}
        self._before_start: dict[NetworkName, datetime | None] = {}
        self._ended: deque[Gap] = deque()

    def nobody_sees(self, key: PortalKey) -> None:
        """The last of our connections that saw it sees it no more."""
        if key in self._seen:
            self._seen.remove(key)
            # What was not filled yet goes on.
            gap = self._open.pop(key, None)
            self._away_since[key] = gap.began if gap else self._clock.now()

    def somebody_sees(self, key: PortalKey, since: datetime | None = None) -> Gap | None:
        """One of our connections sees it. Returns the gap that has ended, now open until ``remains``.

        ``since`` is for a connection that was held over our restart: a gap that ends before it begins is
        none.
        """
        if key in self._seen:
            return None
        self._seen.add(key)
        self._open[key] = gap = Gap(key, self._away_since.pop(key, None), since or self._clock.now())
        return gap

    async def began(self, gap: Gap) -> datetime | None:
        """When a gap began; None when the network was never listened to. Raises ``StoreUnavailable``."""
        return gap.began or await self._watched_before_start(gap.key.network)

    def is_open(self, gap: Gap) -> bool:
        """Whether it is still to be filled: a connection that is lost again prolongs it instead."""
        return self._open.get(gap.key) is gap

    def remains(self, gap: Gap, until: datetime | None) -> None:
        """What was said until then is not known, and will not be; None: nothing remains unknown."""
        if not self.is_open(gap):
            return
        del self._open[gap.key]
        if until is not None:
            if len(self._ended) >= MAX_UNTOLD:
                lost = self._ended.popleft()
                log.warning("gap was not told", portal=lost.key, began=lost.began, ended=lost.ended)
            self._ended.append(evolve(gap, ended=until))
        self._bell.ring()

    async def run(self) -> None:
        """For ever; a homeserver or a store that is away is tried again after a while."""
        while True:
            try:
                await self._look()
            except (HomeserverUnavailable, StoreUnavailable) as error:
                log.info("gaps are told later", reason=str(error))
            except Exception:  # noqa: BLE001 - the supervisor of gaps: others are still to be told
                log.error("telling of a gap failed", trace=traceback.format_exc())
            await self._bell.wait(NOTE_EVERY_S)

    async def _look(self) -> None:
        # What was stored before this start is read before it is written over.
        networks = {key.network for key in self._seen}
        for network in networks:
            await self._watched_before_start(network)
        held: set[NetworkName] = set()
        for gap in tuple(self._ended):
            if self._waits(gap):
                held.add(gap.key.network)
                self._ended.rotate(-1)
                continue
            try:
                await self._tell(gap)
            except HomeserverUnavailable:
                # The next look begins with another one: a room that takes nothing holds up no other.
                self._ended.rotate(-1)
                raise
            # Only now: a crash in between makes the gap be told by the next start.
            if self._ended and self._ended[0] is gap:
                self._ended.popleft()
        for network in networks - held - {key.network for key in self._open}:
            await self._store.note_watched(network, self._clock.now())

    def _waits(self, gap: Gap) -> bool:
        """What was heard before the gap is said before it is told of."""
        portal = self._portals.by_key(gap.key)
        return portal is not None and self._owed(portal.lane, gap.ended)

    async def _watched_before_start(self, network: NetworkName) -> datetime | None:
        if network not in self._before_start:
            self._before_start[network] = await self._store.watched_until(network)
        return self._before_start[network]

    async def _tell(self, gap: Gap) -> None:
        portal = self._portals.by_key(gap.key)
        began = gap.began or self._before_start.get(gap.key.network)
        if portal is None or began is None or portal.state is not PortalState.ACTIVE:
            return
        if portal.floor_at > began:
            if portal.floor_at >= self._started_at or gap.ended - portal.floor_at < COMING_IN:
                return  # it was made while nobody was there yet: nobody missed anything
            began = portal.floor_at
        if began >= gap.ended:
            return
        connector = self._networks.get(gap.key.network)
        log.info("gap in a conversation", portal=gap.key, began=began, ended=gap.ended)
        phrase = Phrase.of(
            "gap.notice",
            chat=portal.name,
            network=connector.display_name if connector else gap.key.network,
            began=_written(began),
            ended=_written(gap.ended),
        )
        await self._words.in_room(portal.room_id, phrase, occasion=f"{portal.lane} {gap.ended.isoformat()}")
        self._tally.unheard(gap.key.network, gap.ended - began)


def _written(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
