"""Sees to it that every sender learns what became badly of a message, beside the lanes and after a crash."""

import traceback
from collections.abc import Callable

import structlog

from bridge.core.bell import Bell
from bridge.core.ports import Clock, LedgerStore, PartRow, Tasks
from bridge.core.status import StatusTeller
from bridge.core.work import UnderWay
from bridge.model.errors import HomeserverUnavailable, StoreUnavailable
from bridge.model.ids import EventID, LaneID

log = structlog.get_logger(__name__)

_TELL_AGAIN_S = 30.0


class Telling:
    """The one worker that tells. What is to be told stands in the ledger, so nothing is handed over."""

    def __init__(
        self,
        *,
        teller: StatusTeller,
        ledger: LedgerStore,
        under_way: UnderWay,
        network_of: Callable[[LaneID], str],
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._teller = teller
        self._ledger = ledger
        self._under_way = under_way
        self._network_of = network_of
        self._bell = Bell(clock, tasks)

    def ring(self) -> None:
        """A message ended badly."""
        self._bell.ring()

    async def run(self) -> None:
        """For ever; a homeserver or a store that is away is tried again after a while."""
        while True:
            try:
                await self._tell()
            except (HomeserverUnavailable, StoreUnavailable) as error:
                log.info("senders are told later", reason=str(error))
            except Exception:  # noqa: BLE001 - the supervisor of telling: others are still to be told
                log.error("telling failed", trace=traceback.format_exc())
            await self._bell.wait(_TELL_AGAIN_S)

    async def _tell(self) -> None:
        events: dict[tuple[LaneID, EventID], list[PartRow]] = {}
        for row in await self._ledger.untold():
            events.setdefault((row.lane, row.event_id), []).append(row)
        for (lane, event_id), rows in events.items():
            # Of a message that is still going on, one word is said at its end.
            if not self._under_way.holds(lane, event_id):
                await self._teller.failed(rows, self._network_of(lane))
