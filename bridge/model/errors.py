"""The error tree.

Three questions shape it: whose fault it is, whether it may pass by itself, and what the person is told.

::

    BridgeError                     carries a phrase; the catalogue makes the sentence
    ├── NotDelivered                a message did not reach the other side (retry_at: may pass)
    ├── Uncertain                   a send whose fate no evidence settles; never repeated by itself
    ├── Rejected                    the person's: asked for what cannot or may not be
    │   ├── NotAllowed              lacks the right
    │   └── InvalidInput            is not what was wanted
    ├── Misconfigured               the admin's: will not pass until something is changed
    ├── Unavailable                 may pass by itself: a peer of ours is away
    │   ├── HomeserverUnavailable
    │   ├── NetworkUnavailable
    │   └── StoreUnavailable
    ├── HomeserverRefused           the homeserver answered with a definite no
    ├── StoreRefused                the database answered with a definite no: a mistake of ours
    └── Unreadable                  an event that makes no sense to us
"""

from datetime import datetime

from attrs import field, frozen


@frozen
class Phrase:
    """A message key of the catalogue and the values that go into its sentence.

    Keys are dotted and lower case, such as ``irc.join.banned``.
    """

    key: str
    values: dict[str, str | int] = field(factory=dict, eq=lambda values: tuple(sorted(values.items())))

    @classmethod
    def of(cls, key: str, /, **values: str | int) -> "Phrase":
        return cls(key, values)


class BridgeError(Exception):
    """Anything that goes wrong in a way we know."""

    def __init__(self, reason: Phrase) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.reason.values.items())
        return f"{self.reason.key}({values})"


class NotDelivered(BridgeError):
    """A message did not reach the other side, and it is known that it did not.

    Attributes:
        reason: message key and values; the catalogue makes the sentence.
        retry_at: when the same message may be sent again, or None if that would be of no use.
    """

    def __init__(self, reason: Phrase, *, retry_at: datetime | None = None) -> None:
        super().__init__(reason)
        self.retry_at = retry_at


class Uncertain(BridgeError):
    """Nobody can tell whether a message arrived. It is told to its sender, never repeated by itself."""


class Rejected(BridgeError):
    """A person asked for something that cannot or may not be done."""


class NotAllowed(Rejected):
    """The person lacks the right."""


class InvalidInput(Rejected):
    """The words are not what was wanted."""


class Misconfigured(BridgeError):
    """Only an admin can mend this."""


class Unavailable(BridgeError):
    """A peer of ours is away; the same thing may work later."""


class HomeserverUnavailable(Unavailable):
    """No usable answer from the homeserver: connection lost, timed out, 429 or 5xx."""

    def __init__(self, reason: Phrase, *, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class NetworkUnavailable(Unavailable):
    """No connection to the remote network."""


class StoreUnavailable(Unavailable):
    """The database does not take or give data now."""


class HomeserverRefused(BridgeError):
    """The homeserver answered with a definite no.

    Attributes:
        code: the ``errcode``, such as ``M_FORBIDDEN``.
        status: the HTTP status.
    """

    def __init__(self, reason: Phrase, *, code: str, status: int) -> None:
        super().__init__(reason)
        self.code = code
        self.status = status


class StoreRefused(BridgeError):
    """The database does not take what we wrote, and never will: a mistake of ours."""


class Unreadable(BridgeError):
    """An event that cannot be turned into one of ours."""
