"""Until when each network was listened to."""

from datetime import datetime

from bridge.model.ids import NetworkName
from bridge.storage.meta import MetaStore


class SqlWatches:
    """One fact for each network. Raises ``StoreUnavailable`` throughout."""

    def __init__(self, meta: MetaStore) -> None:
        self._meta = meta

    async def watched_until(self, network: NetworkName) -> datetime | None:
        stored = await self._meta.get(_name(network))
        return None if stored is None else datetime.fromisoformat(stored)

    async def note_watched(self, network: NetworkName, at: datetime) -> None:
        await self._meta.put(_name(network), at.isoformat())


def _name(network: NetworkName) -> str:
    return f"watched {network}"
