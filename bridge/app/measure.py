"""Feeds the metrics that no single room sees: requests to the homeserver, what waits, and for how long."""

import time
from collections.abc import Mapping
from types import SimpleNamespace

import aiohttp
import structlog

from bridge.core.backlogs import Behind, behind, behind_by_network
from bridge.core.lanes import Lanes
from bridge.core.portals import Portals
from bridge.core.ports import Clock, TraceStore
from bridge.model.errors import StoreUnavailable
from bridge.model.statuses import PartState
from bridge.telemetry.metrics import TO_MATRIX, TO_NETWORK, Metrics

log = structlog.get_logger(__name__)

_LOOK_S = 5.0
_COUNT_S = 15.0
"""The store is asked less often than the memory."""
_BAD = (PartState.UNCERTAIN, PartState.REFUSED, PartState.EXPIRED, PartState.DEAD)


def measure_requests(metrics: Metrics) -> aiohttp.TraceConfig:
    """Count and time every request of a session that speaks to the homeserver only."""

    async def began(
        session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestStartParams
    ) -> None:
        context.began = time.monotonic()

    async def ended(
        session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        status = params.response.status
        metrics.homeserver_requests.add(status="429" if status == 429 else f"{status // 100}xx")
        metrics.homeserver_seconds.observe(time.monotonic() - context.began)
        metrics.homeserver_up.set(0 if status in (502, 503, 504) else 1)

    async def failed(
        session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestExceptionParams
    ) -> None:
        metrics.homeserver_requests.add(status="0")
        metrics.homeserver_up.set(0)

    traced = aiohttp.TraceConfig()
    traced.on_request_start.append(began)
    traced.on_request_end.append(ended)
    traced.on_request_exception.append(failed)
    return traced


async def watch_waiting(lanes: Lanes, metrics: Metrics, clock: Clock) -> None:
    """Run until cancelled: how many messages are held on their way."""
    while True:
        to_network, to_matrix = lanes.waiting()
        metrics.waiting.set(to_network, direction=TO_NETWORK)
        metrics.waiting.set(to_matrix, direction=TO_MATRIX)
        bytes_to_network, bytes_to_matrix = lanes.waiting_bytes()
        metrics.waiting_bytes.set(bytes_to_network, direction=TO_NETWORK)
        metrics.waiting_bytes.set(bytes_to_matrix, direction=TO_MATRIX)
        await clock.sleep(_LOOK_S)


class BacklogWatch:
    """Shows how far behind the bridge is. A store that is away leaves the figures as they were."""

    def __init__(self, traces: TraceStore, portals: Portals, metrics: Metrics, clock: Clock) -> None:
        self._traces = traces
        self._portals = portals
        self._metrics = metrics
        self._clock = clock
        self._shown: dict[str, set[str]] = {TO_NETWORK: set(), TO_MATRIX: set()}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except StoreUnavailable as error:
                log.debug("backlog is not known", reason=str(error))
            await self._clock.sleep(_COUNT_S)

    async def look(self) -> None:
        """Raises ``StoreUnavailable``."""
        backlog = await self._traces.backlog()
        now = self._clock.now()
        inbox = behind(backlog.inbox, now)
        self._metrics.inbox_open.set(inbox.count)
        self._metrics.inbox_oldest_seconds.set(inbox.oldest_s)
        self._show(TO_NETWORK, behind_by_network(backlog.to_network, self._portals, now))
        self._show(TO_MATRIX, behind_by_network(backlog.to_matrix, self._portals, now))
        for state in _BAD:
            self._metrics.dead_letters.set(backlog.bad.get(state, 0), state=state.value)
        self._metrics.dead_letters.set(backlog.aside, state="aside")

    def _show(self, direction: str, found: Mapping[str, Behind]) -> None:
        # A network that has caught up shows a zero, not what it had before.
        self._shown[direction] |= found.keys()
        for network in self._shown[direction]:
            one = found.get(network, Behind())
            self._metrics.track_open.set(one.count, direction=direction, network=network)
            self._metrics.track_oldest_seconds.set(one.oldest_s, direction=direction, network=network)
