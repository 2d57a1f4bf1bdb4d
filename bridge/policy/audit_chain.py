"""Seals the lines of the audit trail to each other, and finds where that was broken.

A seal is an HMAC over the seal before it and the line, under a key that is not in the database: who can write
into the database alone can make no line that fits. A line that was changed does not fit its seal; one that
was taken out, put in or moved does not fit the seal before it; lines cut off at the end are missed because
the newest seal is kept apart.
"""

import hashlib
import hmac
from collections.abc import Sequence
from enum import Enum

from attrs import define, field, frozen

from bridge.model.audit import FIRST, AuditLine, AuditNote


class Break(Enum):
    """How a trail was broken; the value is the end of a message key."""

    CHANGED = "changed"
    """The line says something else than when it was written."""
    MOVED = "moved"
    """A line before this one was taken out, put in or moved."""
    CUT = "cut"
    """Lines behind this one were taken away."""


@frozen
class Broken:
    """Where a trail is broken; ``seq`` is of the last line that was read, 0 if there was none."""

    seq: int
    how: Break


@frozen
class AuditChain:
    """Makes seals under one key."""

    _key: bytes = field(repr=False)

    def seal(self, previous: bytes, note: AuditNote) -> bytes:
        return hmac.digest(self._key, previous + note.as_bytes(), hashlib.sha256)


@define
class AuditCheck:
    """Reads a whole trail in its order, page by page.

    Attributes:
        count: lines that were read and found good.
        newest: the seal of the last of them.
    """

    chain: AuditChain
    count: int = 0
    newest: bytes = FIRST
    _seq: int = 0

    def take(self, lines: Sequence[AuditLine]) -> Broken | None:
        """The first break in these lines."""
        for line in lines:
            self._seq = line.seq
            if line.previous != self.newest:
                return Broken(line.seq, Break.MOVED)
            if not hmac.compare_digest(self.chain.seal(line.previous, line.note), line.seal):
                return Broken(line.seq, Break.CHANGED)
            self.newest = line.seal
            self.count += 1
        return None

    def end(self, head: bytes) -> Broken | None:
        """Behind the last line: ``head`` is the newest seal as it was kept apart."""
        return None if hmac.compare_digest(head, self.newest) else Broken(self._seq, Break.CUT)
