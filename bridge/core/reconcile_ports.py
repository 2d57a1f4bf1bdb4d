"""What reconciliation needs of the rooms beside the core; the rest of it is in ``ports``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bridge.model.history import HistoryPage, News
from bridge.model.ids import EventID, RoomID
from bridge.model.matrix_events import RawEvent


class History(Protocol):
    """What happened in the bot's rooms, asked of the homeserver.

    Raises ``HomeserverUnavailable`` soon, and ``HomeserverRefused`` on a definite no.
    """

    async def since(self, token: str | None) -> News:
        """What happened since a token, the newest events of each room; without one, only the next token.

        Refused with status 400 for a token that the homeserver cannot read.
        """

    async def between(self, room_id: RoomID, after: str, until: str, limit: int) -> HistoryPage:
        """A room's history from one token towards a later one, at most ``limit`` events of it."""


class ReconcileStore(Protocol):
    """How far the comparison went, and which events are known. Raises ``StoreUnavailable`` throughout."""

    async def token(self) -> str | None: ...

    async def put_token(self, token: str) -> None: ...

    async def unknown(self, event_ids: Sequence[EventID]) -> set[EventID]:
        """Those that the inbox never stored."""

    async def skip(self, events: Sequence[RawEvent], at: datetime) -> None:
        """Store them as known and finished, without their bodies; known ones are left as they are."""


class Intake(Protocol):
    """The way by which pushed events come in as well."""

    async def take(self, events: Sequence[RawEvent]) -> None:
        """Store them in order in one transaction, and have them seen to. Raises ``StoreUnavailable``."""

    def forget_states(self) -> None:
        """What is remembered of rooms may be outdated."""
