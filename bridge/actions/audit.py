"""The action on the audit trail: read it, search it, check that nobody has changed it."""

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from bridge.actions import specs
from bridge.actions.action import RAW, Answer, Caller
from bridge.actions.trace import said
from bridge.core.audit import AuditTrail
from bridge.model.audit import AuditLine
from bridge.model.errors import InvalidInput, Phrase

_SHOWN: Final = 20
_EXPORTED_BYTES: Final = 2_000_000
"""About so much in one answer; the next wish names the number of its last line."""


class AuditWords:
    """The newest lines, those with a word, a check from end to end, or all of it as JSON."""

    spec = specs.AUDIT

    def __init__(self, trail: AuditTrail) -> None:
        self._trail = trail

    async def run(self, caller: Caller, arguments: Mapping[str, str]) -> Answer:
        match arguments.get("what", "list").casefold(), arguments.get("words"):
            case "list", None:
                return self._shown(await self._trail.newest(_SHOWN))
            case "search", str(word):
                return self._shown(await self._trail.newest(_SHOWN, word=word))
            case "verify", None:
                return [await self._verified()]
            case "export", after if caller.door == "shell" and (after or "0").isdecimal():
                return await self._exported(int(after or 0))
            case "export", _ if caller.door != "shell":
                raise InvalidInput(Phrase.of("audit.shell_only"))
        raise InvalidInput(Phrase.of("audit.usage"))

    @staticmethod
    def _shown(lines: Sequence[AuditLine]) -> Answer:
        return [_phrase(line) for line in lines] or [Phrase.of("audit.none")]

    async def _verified(self) -> Phrase:
        count, broken = await self._trail.verify()
        if broken is None:
            return Phrase.of("audit.whole", count=count)
        return Phrase(f"audit.broken.{broken.how.value}", {"number": broken.seq, "count": count})

    async def _exported(self, after: int) -> Answer:
        exported: list[Phrase] = []
        left = _EXPORTED_BYTES
        async for line in self._trail.lines(after):
            text = _json(line)
            exported.append(Phrase(RAW, {"text": text}))
            left -= len(text)
            if left < 0:
                break
        return exported


def _phrase(line: AuditLine) -> Phrase:
    note = line.note
    details = ", ".join(f"{name} {value}" for name, value in sorted(note.data.items()))
    about = ", ".join(word for word in (note.subject, details) if word) or "-"
    return Phrase.of(
        "audit.line", number=line.seq, at=said(note.at), actor=note.actor, action=note.action, about=about
    )


def _json(line: AuditLine) -> str:
    note = line.note
    fields = {
        "number": line.seq,
        "at": note.at.isoformat(),
        "actor": note.actor,
        "action": note.action,
        "subject": note.subject,
        "data": dict(note.data),
        "previous": line.previous.hex(),
        "seal": line.seal.hex(),
    }
    return orjson.dumps(fields).decode()
