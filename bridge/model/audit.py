"""What is kept of a deed: who did what to what, chained so that nobody can take a line back unseen."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson
from attrs import field, frozen

FIRST: Final = bytes(32)
"""What stands before the first line."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)


@frozen(kw_only=True)
class AuditNote:
    """One deed.

    Attributes:
        at: when, as the bridge saw it.
        actor: a user ID, or the word for a part of the machine: ``shell``, ``bridge``.
        action: what was done, a name with dots from large to small: ``action.plumb``, ``bridge.started``.
        subject: what it was done to; empty where that is the bridge.
        data: more about it, without secrets and without anybody's messages.
    """

    at: datetime
    actor: str
    action: str
    subject: str = ""
    data: Mapping[str, str | int] = field(factory=dict)

    def as_bytes(self) -> bytes:
        """The one form of these values, which the chain seals."""
        fields = [(self.at - _EPOCH) // _TICK, self.actor, self.action, self.subject, dict(self.data)]
        return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)


@frozen(kw_only=True)
class AuditLine:
    """A note in its place. ``seal`` is over ``previous`` and the note."""

    seq: int
    note: AuditNote
    previous: bytes
    seal: bytes
