"""What a Matrix room says about itself, read."""

from typing import Any

from attrs import frozen

from bridge.model.ids import UserID


@frozen(kw_only=True)
class PowerView:
    """A room's rights, read. ``creators`` have infinite power (room version 12 and later)."""

    room_version: str
    creators: tuple[UserID, ...]
    levels: dict[str, Any]
    """The content of ``m.room.power_levels``, as it is; ``bridge.policy.power`` reads it."""
