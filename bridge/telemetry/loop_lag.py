"""Measures how late the event loop wakes a task: the first sign of work that blocks it."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from bridge.telemetry.log import Log
from bridge.telemetry.measures import Histogram


async def watch_loop(
    lag: Histogram,
    log: Log,
    *,
    interval_s: float = 0.5,
    warn_s: float = 0.5,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    now: Callable[[], float] = time.monotonic,
) -> None:
    """Run until cancelled; its owner is who starts the parts.

    A wake-up later than ``warn_s`` is worth a line too.
    """
    while True:
        before = now()
        await sleep(interval_s)
        late_s = max(0.0, now() - before - interval_s)
        lag.observe(late_s)
        if late_s > warn_s:
            log.warning("event loop was blocked", late_s=round(late_s, 3))
