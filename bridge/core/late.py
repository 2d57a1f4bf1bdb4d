"""What becomes of an event that the homeserver did not push: a pure decision."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from bridge.model.history import PastEvent
from bridge.model.ids import UserID
from bridge.model.portals import Portal

LATE: Final = timedelta(minutes=5)
"""What waited here for longer is told with the time at which it was said."""
LONG_AGO: Final = timedelta(minutes=15)
"""The same by the word of the sender's server, whose clock may differ from ours."""
NOT_BELIEVED: Final = timedelta(days=7)
"""A claim to be older than that is none to show: a server without a clock says 1970."""
_SAID: Final = frozenset({"m.room.message", "m.sticker", "m.room.encrypted"})


class Fate(Enum):
    TAKE = "take"
    """As if it had been pushed."""
    SKIP = "skip"
    """It was before our time there."""
    TOO_OLD = "too_old"
    """It would be said long after it was meant; its room is told instead."""


def fate_of(event: PastEvent, *, bot: UserID, floor_at: datetime | None, oldest_at: datetime) -> Fate:
    """State is never too old: a room that was closed a week ago is closed."""
    if event.before_us and event.state_key != bot:
        return Fate.SKIP
    if floor_at is not None and event.sent_at < floor_at:
        return Fate.SKIP
    if event.state_key is None and event.sent_at < oldest_at:
        return Fate.TOO_OLD
    return Fate.TAKE


def floor_of(portals: Collection[Portal]) -> datetime | None:
    """Before which nothing of a room is bridged; None where nothing is bridged at all."""
    return min((portal.floor_at for portal in portals), default=None)


def is_said(event: PastEvent) -> bool:
    """Whether somebody would miss it."""
    return event.type in _SAID


def late_since(sent_at: datetime, accepted_at: datetime, now: datetime) -> datetime | None:
    """When something was said that comes so late that people should be told; None for what is fresh.

    ``sent_at`` is what the sender's server claims: fit for showing, never for deciding.
    """
    if LONG_AGO <= now - sent_at < NOT_BELIEVED:
        return sent_at
    return accepted_at if now - accepted_at >= LATE else None
