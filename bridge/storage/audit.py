"""The audit trail: lines that are only ever added."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import orjson

from bridge.model.audit import FIRST, AuditLine, AuditNote
from bridge.policy.audit_chain import AuditChain
from bridge.storage.engine import Engine, Order, Row, Script, first, run
from bridge.storage.values import from_micros, to_micros

_HEAD: Final = "audit_head"
_GET_HEAD: Final = "SELECT value FROM meta WHERE name = ?"
_PUT_HEAD: Final = """
    INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
_ADD: Final = """
    INSERT INTO audit (at, actor, action, subject, data, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?)
    RETURNING seq
"""
_SELECT: Final = "SELECT seq, at, actor, action, subject, data, previous, hash FROM audit"
_PAGE: Final = f"{_SELECT} WHERE seq > ? ORDER BY seq LIMIT ?"
_NEWEST: Final = f"{_SELECT} ORDER BY seq DESC LIMIT ?"
_WITH_WORD: Final = f"""
    {_SELECT} WHERE LOWER(actor || ' ' || action || ' ' || subject || ' ' || CAST(data AS TEXT)) LIKE ?
    ESCAPE '!' ORDER BY seq DESC LIMIT ?
"""


class SqlAudit:
    """Implements ``core.audit.AuditStore`` on either engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def append(self, note: AuditNote, chain: AuditChain) -> AuditLine:
        # In order: each line is sealed to the one before it.
        return await self._engine.write_in_order(Order.AUDIT, partial(_append, note, chain))

    async def page(self, after: int, limit: int) -> Sequence[AuditLine]:
        return [_line(row) for row in await self._engine.read(partial(run, _PAGE, after, limit))]

    async def newest(self, limit: int, *, word: str | None = None) -> Sequence[AuditLine]:
        if word is None:
            script = partial(run, _NEWEST, limit)
        else:
            script = partial(run, _WITH_WORD, f"%{_escaped(word.lower())}%", limit)
        return [_line(row) for row in await self._engine.read(script)]

    async def head(self) -> bytes:
        row = await self._engine.read(partial(first, _GET_HEAD, _HEAD))
        return FIRST if row is None else bytes.fromhex(row[0])


def _append(note: AuditNote, chain: AuditChain) -> Script[AuditLine]:
    kept = yield from first(_GET_HEAD, _HEAD)
    previous = FIRST if kept is None else bytes.fromhex(kept[0])
    seal = chain.seal(previous, note)
    data = orjson.dumps(dict(note.data), option=orjson.OPT_SORT_KEYS).decode()
    added = yield from first(
        _ADD, to_micros(note.at), note.actor, note.action, note.subject, data, previous, seal
    )
    assert added is not None
    yield from run(_PUT_HEAD, _HEAD, seal.hex())
    return AuditLine(seq=added[0], note=note, previous=previous, seal=seal)


def _line(row: Row) -> AuditLine:
    seq, at, actor, action, subject, data, previous, seal = row
    note = AuditNote(
        at=from_micros(at),
        actor=actor,
        action=action,
        subject=subject,
        data=orjson.loads(data) if isinstance(data, str | bytes) else data,
    )
    return AuditLine(seq=seq, note=note, previous=bytes(previous), seal=bytes(seal))


def _escaped(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
