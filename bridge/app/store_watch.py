"""Watches the room that the store has left: warns before there is none, says whether it takes writes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from bridge.core.ports import Clock
from bridge.model.errors import StoreUnavailable
from bridge.storage.space import Space, space_of
from bridge.storage.store import OpenStore
from bridge.telemetry.metrics import Metrics
from bridge.web.ports import ReadyCheck

log = structlog.get_logger(__name__)

LOOK_S: Final = 10.0
PROBE_S: Final = 2.0
"""However often somebody asks, the store is written to for it no more often."""
FLOOR_BYTES: Final = 16 * 1024 * 1024
"""Below so much free room a full transaction of the homeserver may not fit: we are not ready."""
_PROBE: Final = "ready_probe"


class StoreWatch:
    """Owns what is known of the store's room.

    Args:
        folder: the one with an SQLite file.
        low_bytes: below so much free room an admin has to act.
    """

    def __init__(
        self,
        store: OpenStore,
        folder: Path,
        *,
        low_bytes: int,
        metrics: Metrics,
        clock: Clock,
        floor_bytes: int = FLOOR_BYTES,
    ) -> None:
        self._store = store
        self._folder = folder
        self._low_bytes = low_bytes
        self._floor_bytes = floor_bytes
        self._metrics = metrics
        self._clock = clock
        self._is_low = False
        self._probed: tuple[float, bool] | None = None

    async def run(self) -> None:
        """Until cancelled. A store that is away leaves the figures as they were."""
        while True:
            try:
                await self.look()
            except StoreUnavailable as error:
                log.debug("room of the database is not known", reason=str(error))
            await self._clock.sleep(LOOK_S)

    async def look(self) -> Space:
        """Raises ``StoreUnavailable``."""
        space = await space_of(self._store.engine, self._folder)
        self._metrics.store_bytes.set(space.used_bytes)
        if space.free_bytes is not None:
            self._metrics.store_free_bytes.set(space.free_bytes)
            self._say(space.free_bytes)
        return space

    async def checks(self) -> Sequence[ReadyCheck]:
        """Whether the store takes writes, and has room for a transaction."""
        try:
            free = (await self.look()).free_bytes
        except StoreUnavailable:
            return [ReadyCheck("database", False)]
        has_room = free is None or free >= self._floor_bytes
        return [ReadyCheck("database", await self._takes_writes()), ReadyCheck("disk", has_room)]

    async def _takes_writes(self) -> bool:
        now = self._clock.monotonic()
        if self._probed is None or now - self._probed[0] >= PROBE_S:
            self._probed = (now, await self._probe())
        return self._probed[1]

    async def _probe(self) -> bool:
        try:
            await self._store.stores.meta.put(_PROBE, self._clock.now().isoformat())
        except StoreUnavailable as error:
            log.debug("store takes no writes", reason=str(error))
            return False
        return True

    def _say(self, free_bytes: int) -> None:
        is_low = free_bytes < self._low_bytes
        if is_low and not self._is_low:
            log.error("disk of the database is nearly full", free_bytes=free_bytes, low_bytes=self._low_bytes)
        elif self._is_low and not is_low:
            log.info("disk of the database has room again", free_bytes=free_bytes)
        self._is_low = is_low
