"""Where a message is, how a login fares, how a check ended."""

from datetime import datetime
from enum import Enum

from attrs import frozen

from bridge.model.errors import Phrase


class PartState(Enum):
    """The states of one part on its way (the ledger). All but the first two are final."""

    WAITING = "waiting"
    SENDING = "sending"
    """The write may have begun. After a crash its fate must be settled, not assumed."""
    SENT = "sent"
    CONFIRMED = "confirmed"
    UNCERTAIN = "uncertain"
    REFUSED = "refused"
    EXPIRED = "expired"
    DEAD = "dead"
    DROPPED = "dropped"
    """Ended badly, and an admin closed it for good."""

    @property
    def final(self) -> bool:
        return self not in (PartState.WAITING, PartState.SENDING)

    @property
    def arrived(self) -> bool:
        return self in (PartState.SENT, PartState.CONFIRMED)


class Settlement(Enum):
    """What evidence says of a send whose outcome was lost."""

    ARRIVED = "arrived"
    NOT_ARRIVED = "not arrived"
    UNKNOWN = "unknown"


class LoginHealth(Enum):
    """The health of one login; never an exception."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    """Lost; being tried again by itself."""
    REFUSED = "refused"
    """The network does not want us as we are; a person must act."""
    STOPPED = "stopped"


@frozen
class LoginState:
    health: LoginHealth
    reason: Phrase | None = None
    retry_at: datetime | None = None
    """When it is tried again by itself, where that is known."""


class CheckResult(Enum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@frozen
class CheckLine:
    """One line of ``doctor``: what was looked at, how it is, and how to mend it."""

    subject: str
    result: CheckResult
    finding: Phrase
    fix: Phrase | None = None
