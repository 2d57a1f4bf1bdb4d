"""What the Matrix side needs of the rooms beside it; ``bridge.app`` proves that the real things fit."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from bridge.model.ids import RoomAlias, UserID
from bridge.model.matrix_events import RawEvent, Receipt, Typing

Signal: TypeAlias = Receipt | Typing
"""What a homeserver tells in passing: it has no ID, is never stored and never told again."""

Json: TypeAlias = dict[str, Any]


class Clock(Protocol):
    """The only source of time."""

    def monotonic(self) -> float:
        """Seconds that only grow."""

    async def sleep(self, seconds: float) -> None: ...


class TransactionSink(Protocol):
    """Where the homeserver's transactions go."""

    async def accept(self, events: Sequence[RawEvent]) -> None:
        """Store the events, in order, in one database transaction; a known event ID changes nothing.

        Raises ``StoreUnavailable``: the homeserver will bring the transaction again.
        """

    def ephemeral(self, signals: Sequence[Signal]) -> None:
        """Take note of receipts and typing. Never blocks, never raises."""


class RoomQuery(Protocol):
    async def alias_wanted(self, alias: RoomAlias) -> bool:
        """Somebody asks for an alias of ours that does not exist; make the room now, or say False."""


class UserQuery(Protocol):
    async def user_wanted(self, user_id: UserID) -> bool:
        """Somebody asks for a user of ours who does not exist; register them now, or say False."""


class ThirdParty(Protocol):
    """Finding remote people and places from a client's directory.

    Spec: https://spec.matrix.org/v1.11/application-service-api/#third-party-networks
    """

    async def protocol(self, name: str) -> Json | None:
        """The description of a protocol, None for an unknown one."""

    async def locations(self, protocol: str, fields: Mapping[str, str]) -> Sequence[Json]: ...

    async def users(self, protocol: str, fields: Mapping[str, str]) -> Sequence[Json]: ...

    async def locations_of(self, alias: RoomAlias) -> Sequence[Json]: ...

    async def users_of(self, user_id: UserID) -> Sequence[Json]: ...
