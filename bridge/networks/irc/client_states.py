"""What a client tells beside the session's events: how its connection fares."""

from datetime import datetime

from attrs import frozen

from bridge.networks.irc.protocol.events import Event


@frozen
class Connecting:
    """A connection is being made; ``attempt`` counts from 1 since the last one that held."""

    host: str
    port: int
    attempt: int


@frozen
class Disconnected:
    """There is no connection any more, or none came about.

    Attributes:
        reason: a short sentence without a full stop.
        retry_in_s: seconds until the next attempt; None after `Client.stop`.
    """

    reason: str
    retry_in_s: float | None


@frozen
class Failed:
    """The server refuses us, or we it, and would again: a person must act.

    Attributes:
        reason: a `FailureReason` in lower case.
        retry_in_s: seconds until the next attempt. They are many, but not endless: certificates get renewed,
            services come back.
    """

    reason: str
    code: str
    text: str
    retry_in_s: float


@frozen
class Resumed:
    """A connection that was made before the bridge started is taken up again, without a break in between.

    Attributes:
        since: when the server welcomed it.
    """

    nick: str
    since: datetime


ClientEvent = Event | Connecting | Disconnected | Failed | Resumed
"""Between `Connecting` and `Disconnected`, `Registered` or `Resumed` tells that the connection is of use."""
