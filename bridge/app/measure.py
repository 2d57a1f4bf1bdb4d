"""Feeds the metrics that no single room sees: requests to the homeserver, and what is waiting."""

import time
from types import SimpleNamespace

import aiohttp

from bridge.core.lanes import Lanes
from bridge.core.ports import Clock
from bridge.telemetry.metrics import TO_MATRIX, TO_NETWORK, Metrics

_LOOK_S = 5.0


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
        await clock.sleep(_LOOK_S)
