"""Stores what was heard on a network, so that it is on its way to Matrix."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog

from bridge.core.ghosts import Ghosts
from bridge.core.lanes import Lanes
from bridge.core.marks import dedup_name
from bridge.core.networks import Networks
from bridge.core.outbound import new_token
from bridge.core.ports import ArrivalStore, Clock, NewArrival
from bridge.core.shedding import Shedding
from bridge.core.tally import Tally
from bridge.model.codec import encode_remote_event
from bridge.model.errors import StoreUnavailable
from bridge.model.portals import Portal
from bridge.model.remote_events import RemoteEvent
from bridge.policy.quota import Kind

log = structlog.get_logger(__name__)

AWAY_S: Final = 1.0
"""Between two tries while the store is away."""

V = TypeVar("V")


class Arriving:
    """The way of remote events into their lanes."""

    def __init__(
        self,
        *,
        networks: Networks,
        ghosts: Ghosts,
        lanes: Lanes,
        arrivals: ArrivalStore,
        shedding: Shedding,
        tally: Tally,
        clock: Clock,
    ) -> None:
        self._shedding = shedding
        self._networks = networks
        self._ghosts = ghosts
        self._lanes = lanes
        self._arrivals = arrivals
        self._tally = tally
        self._clock = clock

    async def patiently(self, work: Callable[[bool], Awaitable[V]]) -> V:
        """Do it until the store takes it; the work is told whether it is done again."""
        again = False
        while True:
            try:
                return await work(again)
            except StoreUnavailable as error:
                log.warning("network waits for the store", reason=str(error))
                again = True
                await self._clock.sleep(AWAY_S)

    def sheds(self, kind: Kind) -> bool:
        """Whether events of this kind are let go now, because too much waits for Matrix."""
        return self._shedding.sheds(kind)

    async def store(self, portal: Portal, event: RemoteEvent, name: str, *, again: bool) -> None:
        """Store one event under its name, and set it on its way. Raises ``StoreUnavailable``.

        While too much waits it waits for room, or is let go: see ``shedding``.
        """
        # Of an earlier try only the answer may have been lost.
        if not again and not await self._shedding.admit(portal, event, len(encode_remote_event(event))):
            return
        connector = self._networks.get(portal.key.network)
        slug = connector.ghost_slug(event.sender.id) if connector else event.sender.id
        ghost = await self._ghosts.of(portal.key.network, event.sender, slug)
        new = NewArrival(
            lane=portal.lane,
            event=event,
            ghost=ghost.user_id,
            dedup_key=name,
            received_at=self._clock.now(),
        )
        for arrival in await self._arrivals.add([new]):
            track = self._lanes.to_matrix(portal.lane)
            self._tally.arrived(new=arrival is not None)
            if arrival is not None:
                track.add(arrival)
                if event.late:
                    self._tally.fetched(portal.key.network)
            elif again:
                # An earlier try was stored, and only its answer was lost.
                track.read_from_store()


def name_of(event: RemoteEvent) -> str:
    """What an event is called among all of its lane.

    Without an ID of the network's or a name of the connector's, the emission's own name tells a repeated try
    from a repeated line.
    """
    if event.remote_id:
        return dedup_name(event, event.remote_id)
    return f"seen {event.occurrence}" if event.occurrence else f"emit {new_token()}"
