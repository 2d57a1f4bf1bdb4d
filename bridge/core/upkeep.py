"""Keeps the store from growing without end: forgets what is old, in steps that hold nobody up."""

import traceback
from collections import Counter
from typing import Final

import structlog

from bridge.core.ports import Clock
from bridge.core.upkeep_ports import UpkeepStore
from bridge.model.errors import StoreUnavailable
from bridge.policy.retention import Due, RetentionConfig, due
from bridge.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

BATCH: Final = 200
"""Rows of one transaction: a few milliseconds of the one writer that SQLite has."""
PAUSE_S: Final = 0.05
"""Least time between two of them."""
SHARE: Final = 4
"""It rests so many times as long as it worked: others have four fifths of the store's time."""
EVERY_S: Final = 3600.0


class Upkeep:
    """The one worker that forgets."""

    def __init__(self, store: UpkeepStore, config: RetentionConfig, metrics: Metrics, clock: Clock) -> None:
        self._store = store
        self._config = config
        self._metrics = metrics
        self._clock = clock

    async def run(self) -> None:
        """For ever; what a store that is away leaves undone is done the next time."""
        while True:
            try:
                await self.once()
            except StoreUnavailable as error:
                log.info("old things are forgotten later", reason=str(error))
            except Exception:  # noqa: BLE001 - the supervisor of upkeep: the next round may go well
                log.error("upkeep failed", trace=traceback.format_exc())
            await self._clock.sleep(EVERY_S)

    async def once(self) -> None:
        """One round. Raises ``StoreUnavailable``."""
        done: Counter[str] = Counter()
        for each in due(self._config, self._clock.now()):
            done[each.chore.value] += await self._chore(each)
        if any(done.values()):
            log.info("old things are forgotten", **{name: count for name, count in done.items() if count})
        while await self._store.give_back():
            await self._clock.sleep(PAUSE_S)

    async def _chore(self, each: Due) -> int:
        total = 0
        while True:
            began = self._clock.monotonic()
            pruned = await self._store.prune(each.chore, each.before, BATCH)
            total += pruned.count
            if pruned.count:
                self._metrics.pruned_rows.add(pruned.count, kind=each.chore.value)
            if pruned.finished:
                return total
            await self._clock.sleep(max(PAUSE_S, SHARE * (self._clock.monotonic() - began)))
