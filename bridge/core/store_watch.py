"""Notices that the store was away and is back."""

from collections.abc import Callable
from typing import Final

from bridge.core.ports import Clock
from bridge.core.reconcile_ports import ReconcileStore
from bridge.model.errors import StoreUnavailable

LOOK_S: Final = 5.0
AWAY_S: Final = 1.0


class StoreWatch:
    """Args: ``back`` is called once for each time the store was away."""

    def __init__(self, store: ReconcileStore, back: Callable[[], None], clock: Clock) -> None:
        self._store = store
        self._back = back
        self._clock = clock
        self._away = False

    def failed(self) -> None:
        """Somebody found it away."""
        self._away = True

    def worked(self) -> None:
        """Somebody was answered by it."""
        if self._away:
            self._away = False
            self._back()

    async def run(self) -> None:
        """Until cancelled: look, for when nothing else happens."""
        while True:
            try:
                await self._store.token()
            except StoreUnavailable:
                self.failed()
            else:
                self.worked()
            await self._clock.sleep(AWAY_S if self._away else LOOK_S)
