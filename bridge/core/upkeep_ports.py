"""What the upkeep needs of the store."""

from datetime import datetime
from typing import Protocol

from bridge.model.records import Pruned
from bridge.policy.retention import Chore


class UpkeepStore(Protocol):
    """Forgets what is old, a little at a time. Raises ``StoreUnavailable`` throughout."""

    async def prune(self, chore: Chore, before: datetime, limit: int) -> Pruned:
        """One short transaction of a chore, over at most ``limit`` rows.

        What waits, what is being written and what may still be retried is never touched; IDs by which
        a repetition is known stay.
        """

    async def give_back(self) -> bool:
        """Give some free space of the file back to the disk. Returns whether there is more to give."""
