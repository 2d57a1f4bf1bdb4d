"""The audit trail in memory."""

from collections.abc import Sequence

from bridge.model.audit import FIRST, AuditLine, AuditNote
from bridge.policy.audit_chain import AuditChain


class FakeAudit:
    """Implements ``core.audit.AuditStore``. ``lines`` may be spoiled by a test."""

    def __init__(self) -> None:
        self.lines: list[AuditLine] = []
        self._head = FIRST

    async def append(self, note: AuditNote, chain: AuditChain) -> AuditLine:
        previous, self._head = self._head, chain.seal(self._head, note)
        line = AuditLine(seq=len(self.lines) + 1, note=note, previous=previous, seal=self._head)
        self.lines.append(line)
        return line

    async def page(self, after: int, limit: int) -> Sequence[AuditLine]:
        return [line for line in self.lines if line.seq > after][:limit]

    async def newest(self, limit: int, *, word: str | None = None) -> Sequence[AuditLine]:
        found = [line for line in reversed(self.lines) if word is None or _says(line.note, word)]
        return found[:limit]

    async def head(self) -> bytes:
        return self._head


def _says(note: AuditNote, word: str) -> bool:
    data = " ".join(f"{name} {value}" for name, value in note.data.items())
    return word.lower() in f"{note.actor} {note.action} {note.subject} {data}".lower()
