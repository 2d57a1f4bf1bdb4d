"""How far a server's clock is from ours: its times are turned into ours, and ours into its.

A server an hour behind gives new lines out as an hour old: older than a portal that was just made, and so
none of ours. Our own JOIN comes back at once and carries the server's time; what it is off by, all is off by.
"""

from datetime import datetime, timedelta
from typing import Final

from attrs import evolve

from bridge.model.remote_events import RemoteEvent
from bridge.networks.irc.client_states import ClientEvent
from bridge.networks.irc.protocol.events import Joined

TOLERANCE: Final = timedelta(minutes=1)
"""So much is the way of the line, or does no harm."""
MOST: Final = timedelta(days=400)
"""A clock that is further off shows nothing that could be believed."""


class RemoteClock:
    """The clock of the server we are connected to, as seen at our last JOIN."""

    def __init__(self) -> None:
        self._behind = timedelta(0)

    def hear(self, event: ClientEvent, now: datetime) -> None:
        """Look at it if it is our own JOIN; ``now`` is our time."""
        if isinstance(event, Joined) and event.is_self and event.server_time is not None:
            behind = now - event.server_time
            self._behind = behind if TOLERANCE < abs(behind) < MOST else timedelta(0)

    def ours(self, at: datetime) -> datetime:
        return _moved(at, self._behind)

    def theirs(self, at: datetime) -> datetime:
        return _moved(at, -self._behind)

    def in_our_time(self, event: RemoteEvent) -> RemoteEvent:
        if event.happened_at is None or not self._behind:
            return event
        return evolve(event, happened_at=self.ours(event.happened_at))


def _moved(at: datetime, by: timedelta) -> datetime:
    try:
        return at + by
    except OverflowError:
        return at  # the beginning or the end of all time stays what it is
