"""Writes the audit trail, reads it, and checks it from end to end."""

from collections.abc import AsyncIterator, Sequence
from typing import Final, Protocol

import structlog

from bridge.core.ports import Clock
from bridge.model.audit import AuditLine, AuditNote
from bridge.policy.audit_chain import AuditChain, AuditCheck, Broken
from bridge.text.characters import wash_line
from bridge.text.plain import shorten

log = structlog.get_logger(__name__)

_VALUE_CHARS: Final = 500
_PAGE: Final = 1000


class AuditStore(Protocol):
    """The lines, in the order in which they were written. Raises ``StoreUnavailable`` throughout."""

    async def append(self, note: AuditNote, chain: AuditChain) -> AuditLine:
        """Seal the note to the newest line and store it, with its seal as the new head, at once."""

    async def page(self, after: int, limit: int) -> Sequence[AuditLine]:
        """Lines behind the one with this number."""

    async def newest(self, limit: int, *, word: str | None = None) -> Sequence[AuditLine]:
        """The newest first; with ``word`` those whose actor, action, subject or data has it, in any case."""

    async def head(self) -> bytes:
        """The newest seal as it was kept apart."""


class AuditTrail:
    """Implements ``bridge.api.audit.Audit``.

    ``key`` seals; it must not be in the database.
    """

    def __init__(self, store: AuditStore, key: bytes, clock: Clock) -> None:
        self._store = store
        self._chain = AuditChain(key)
        self._clock = clock

    async def record(self, actor: str, action: str, subject: str = "", **data: str | int) -> None:
        note = AuditNote(
            at=self._clock.now(),
            actor=_cut(actor),
            action=action,
            subject=_cut(subject),
            data={name: _cut(value) if isinstance(value, str) else value for name, value in data.items()},
        )
        line = await self._store.append(note, self._chain)
        # The seal in a log elsewhere shows later that no line was cut off and none made up.
        log.info("audited", action=action, number=line.seq, seal=line.seal.hex()[:16])

    async def newest(self, limit: int, *, word: str | None = None) -> Sequence[AuditLine]:
        return await self._store.newest(limit, word=word)

    async def lines(self, after: int = 0) -> AsyncIterator[AuditLine]:
        """All of it behind a number, in order."""
        while page := await self._store.page(after, _PAGE):
            for line in page:
                yield line
            after = page[-1].seq

    async def verify(self) -> tuple[int, Broken | None]:
        """How many lines are good, and where the first one is that is not. Raises ``StoreUnavailable``."""
        # First: what is written meanwhile stands behind it.
        head = await self._store.head()
        check = AuditCheck(self._chain)
        after, met_head = 0, check.newest == head
        while page := await self._store.page(after, _PAGE):
            if broken := check.take(page):
                return check.count, broken
            met_head = met_head or any(line.seal == head for line in page)
            after = page[-1].seq
        return check.count, None if met_head else check.end(head)


def _cut(text: str) -> str:
    return shorten(wash_line(text), _VALUE_CHARS)
