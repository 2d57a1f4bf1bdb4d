"""What comes from a network while too much waits for Matrix: held back, or let go and told.

Where all the room is taken, the connection is no longer read: nothing is lost, and the network's own buffers
fill. Where one conversation has taken its share, its further lines are let go, so that the others go on; how
many they were is stored, and the room is told once it takes lines again.
"""

import traceback
from collections import Counter
from typing import Final

import structlog

from bridge.core.bell import Bell
from bridge.core.load import Load
from bridge.core.networks import Networks
from bridge.core.portals import Portals
from bridge.core.ports import ArrivalStore, Clock, Tasks
from bridge.core.tally import network_of
from bridge.core.words import Words
from bridge.model.errors import HomeserverUnavailable, Phrase, StoreUnavailable
from bridge.model.ids import LaneID
from bridge.model.portals import Portal, PortalState
from bridge.model.remote_events import RemoteEdit, RemoteEvent, RemoteMessage
from bridge.policy.quota import Full, Kind, is_shed
from bridge.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

LOOK_S: Final = 1.0
"""Between two looks whether there is room again, and whether a room can be told."""


class Shedding:
    """Lets remote events in as long as there is room; owns the telling of what was let go."""

    def __init__(
        self,
        *,
        load: Load,
        store: ArrivalStore,
        portals: Portals,
        networks: Networks,
        words: Words,
        metrics: Metrics,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._load = load
        self._store = store
        self._portals = portals
        self._networks = networks
        self._words = words
        self._metrics = metrics
        self._clock = clock
        self._bell = Bell(clock, tasks)
        self._uncounted: Counter[LaneID] = Counter()
        self._holding = False

    async def admit(self, portal: Portal, event: RemoteEvent, size_bytes: int) -> bool:
        """Wait until there is room. Returns False where the event is to be let go."""
        while True:
            match self._load.full(portal.lane, size_bytes):
                case None:
                    self._hold(now=False)
                    return True
                case Full.LANE:
                    self.let_go(portal, event)
                    return False
                case Full.ALL:
                    self._hold(now=True)
                    await self._clock.sleep(LOOK_S)

    def sheds(self, kind: Kind) -> bool:
        """Whether events of this kind are let go now."""
        return is_shed(kind, self._load.filled)

    def let_go(self, portal: Portal, event: RemoteEvent) -> None:
        """Count an event that is not carried; its room is told of lines only."""
        self._metrics.shed.add(network=network_of(portal))
        if isinstance(event, RemoteMessage | RemoteEdit):
            if not self._uncounted[portal.lane]:
                log.warning("lines are let go", lane=portal.lane, network=portal.key.network)
            self._uncounted[portal.lane] += 1
            self._bell.ring()

    async def run(self) -> None:
        """For ever; a homeserver or a store that is away is tried again after a while."""
        while True:
            try:
                await self._count()
                await self._tell()
            except (HomeserverUnavailable, StoreUnavailable) as error:
                log.info("rooms are told later what was let go", reason=str(error))
            except Exception:  # noqa: BLE001 - the supervisor of shedding: others are still to be told
                log.error("telling what was let go failed", trace=traceback.format_exc())
            # A ring does not hurry it: counts are stored together.
            await self._clock.sleep(LOOK_S)
            await self._bell.wait(30 * LOOK_S)

    async def _count(self) -> None:
        for lane, count in list(self._uncounted.items()):
            await self._store.add_shed(lane, count, self._clock.now())
            self._uncounted[lane] -= count
        self._uncounted = +self._uncounted

    async def _tell(self) -> None:
        for shed in await self._store.all_shed():
            portal = self._portals.by_lane(shed.lane)
            if portal is not None and portal.state is PortalState.ACTIVE:
                if not self._load.half_empty(shed.lane):
                    self._bell.ring()
                    continue
                await self._words.in_room(
                    portal.room_id, self._phrase(portal, shed.count), occasion=f"{shed.lane} {shed.since}"
                )
            await self._store.shed_told(shed)

    def _phrase(self, portal: Portal, count: int) -> Phrase:
        connector = self._networks.get(portal.key.network)
        network = connector.display_name if connector else portal.key.network
        return Phrase.of("shed.notice", count=count, chat=portal.name, network=network)

    def _hold(self, *, now: bool) -> None:
        if now is not self._holding:
            self._holding = now
            say = log.warning if now else log.info
            say("networks are not read" if now else "networks are read again", waiting_bytes=self._load.total)
        self._metrics.held_back.set(1 if now else 0)
