"""Forgets what is old, in steps of one short transaction each.

Bodies, excerpts and records are found by walking the tables in the order of their rows, which is that of
time, with the place stored: an index would cost every message something, and no step looks at more rows than
it was told. What was still open when the walk came by is met again by the next walk from the start.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from attrs import evolve, frozen

from bridge.model.codec import encode_part
from bridge.model.outgoing import Part
from bridge.model.records import Pruned
from bridge.policy.retention import Chore
from bridge.storage.engine import Dialect, Engine, Script, first, run
from bridge.storage.ledger import IS_BAD
from bridge.storage.values import to_micros
from bridge.storage.walks import Walk, read_walk, rows_behind, store_walk

ANEW_AFTER: Final = timedelta(days=30)
"""So long after its beginning a walk that has come to its end begins again."""
PAGES_KEPT: Final = 2048
"""Free pages that stay in an SQLite file (8 MiB): what comes next is written there."""
PAGES_A_STEP: Final = 256

_BLANK: Final = encode_part(Part({}))
_IS_OVER: Final = "state IN ('sent', 'confirmed', 'dropped')"
# An event whose message may be retried gives its words for that.
_NEEDS_BODY: Final = f"""
    EXISTS (SELECT 1 FROM ledger WHERE ledger.event_id = inbox.event_id AND NOT ledger.{_IS_OVER})
"""  # noqa: S608  # all of it is ours

_EVENT_BODIES: Final = f"""
    UPDATE inbox SET body = NULL, failure = NULL
    WHERE seq > ? AND seq <= ? AND received_at < ? AND state IN ('done', 'dropped')
        AND (body IS NOT NULL OR failure IS NOT NULL) AND NOT {_NEEDS_BODY}
    RETURNING seq
"""  # noqa: S608  # all of it is ours
_ARRIVAL_BODIES: Final = """
    UPDATE arrivals SET body = NULL, failure = NULL
    WHERE seq > ? AND seq <= ? AND received_at < ? AND closed_at IS NOT NULL AND state <> 'dead'
        AND (body IS NOT NULL OR failure IS NOT NULL)
    RETURNING seq
"""
_PART_BODIES: Final = f"""
    UPDATE ledger SET payload = ?, excerpt = NULL
    WHERE id > ? AND id <= ? AND changed_at < ? AND {_IS_OVER} AND payload <> ?
    RETURNING id
"""  # noqa: S608  # all of it is ours
_EXCERPTS: Final = """
    UPDATE messages SET excerpt = NULL
    WHERE id > ? AND id <= ? AND made_at < ? AND excerpt IS NOT NULL
    RETURNING id
"""
# While one of its lanes has still to plan an event, the rows of the others say that they have.
_PART_RECORDS: Final = f"""
    DELETE FROM ledger
    WHERE id > ? AND id <= ? AND changed_at < ? AND {_IS_OVER}
        AND NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.event_id = ledger.event_id AND inbox.state = 'open')
    RETURNING id
"""  # noqa: S608  # all of it is ours
_ARRIVAL_RECORDS: Final = """
    DELETE FROM arrivals
    WHERE seq > ? AND seq <= ? AND received_at < ? AND closed_at IS NOT NULL AND state <> 'dead'
        AND (dedup_key IS NULL OR dedup_key LIKE 'emit %' OR dedup_key LIKE 'seen %')
    RETURNING seq
"""
_EVENT_FAILURES: Final = f"""
    UPDATE inbox SET state = 'dropped', body = NULL, failure = NULL WHERE seq IN (
        SELECT seq FROM inbox WHERE state = 'aside' AND received_at < ? AND NOT {_NEEDS_BODY}
        ORDER BY seq LIMIT ?
    ) RETURNING seq
"""  # noqa: S608  # all of it is ours
_ARRIVAL_FAILURES: Final = """
    UPDATE arrivals SET state = 'dropped', body = NULL, failure = NULL WHERE seq IN (
        SELECT seq FROM arrivals WHERE state = 'dead' AND closed_at < ? ORDER BY seq LIMIT ?
    ) RETURNING seq
"""
_PART_FAILURES: Final = f"""
    UPDATE ledger SET state = 'dropped', payload = ?, excerpt = NULL, retry_at = NULL WHERE id IN (
        SELECT id FROM ledger WHERE {IS_BAD} AND told = 1 AND changed_at < ? ORDER BY id LIMIT ?
    ) RETURNING event_id
"""  # noqa: S608  # all of it is ours
_BODY_OF_FAILURE: Final = f"""
    UPDATE inbox SET body = NULL, failure = NULL
    WHERE event_id = ? AND state IN ('done', 'dropped') AND NOT {_NEEDS_BODY}
"""  # noqa: S608  # all of it is ours
_APPROVALS: Final = """
    DELETE FROM approvals WHERE expires_at < ? AND code_hash IN (
        SELECT code_hash FROM approvals WHERE expires_at < ? LIMIT ?
    ) RETURNING code_hash
"""


@frozen
class _Walked:
    """A chore that goes over a table: what it looks at, and what it does to a stretch of rows."""

    look: str
    """Gives the number of each row and its time; one without a time is too young."""
    act: str
    before: tuple[object, ...] = ()
    after: tuple[object, ...] = ()


_WALKED: Final[Mapping[Chore, _Walked]] = {
    Chore.EVENT_BODIES: _Walked("SELECT seq, received_at FROM inbox", _EVENT_BODIES),
    Chore.ARRIVAL_BODIES: _Walked("SELECT seq, received_at FROM arrivals", _ARRIVAL_BODIES),
    Chore.PART_BODIES: _Walked("SELECT id, changed_at FROM ledger", _PART_BODIES, (_BLANK,), (_BLANK,)),
    Chore.EXCERPTS: _Walked("SELECT id, made_at FROM messages", _EXCERPTS),
    Chore.PART_RECORDS: _Walked("SELECT id, changed_at FROM ledger", _PART_RECORDS),
    Chore.ARRIVAL_RECORDS: _Walked("SELECT seq, received_at FROM arrivals", _ARRIVAL_RECORDS),
}


class SqlUpkeep:
    """The upkeep of either engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def prune(self, chore: Chore, before: datetime, limit: int) -> Pruned:
        walked, at = _WALKED.get(chore), to_micros(before)
        if walked is not None:
            return await self._engine.write(partial(_walk, chore.value, walked, at, limit))
        return await self._engine.write(partial(_OTHERS[chore], at, limit))

    async def give_back(self) -> bool:
        """PostgreSQL sees to its own space; an SQLite file that was made before this only uses it anew."""
        if self._engine.dialect is not Dialect.SQLITE:
            return False
        return await self._engine.write(_shrink)


def _walk(name: str, walked: _Walked, before: int, limit: int) -> Script[Pruned]:
    name = f"prune {name}"
    walk = (yield from read_walk(name)) or Walk(name, 0, before)
    rows = yield from rows_behind(walked.look, walk.position, limit)
    old = [number for number, at in rows if at is not None and at < before]
    if not old:
        if before - walk.began_at >= ANEW_AFTER // timedelta(microseconds=1):
            yield from store_walk(Walk(name, 0, before))
        return Pruned(0, finished=True)
    stretch = (walk.position, old[-1], before)
    changed = yield from run(walked.act, *walked.before, *stretch, *walked.after)
    yield from store_walk(evolve(walk, position=old[-1]))
    return Pruned(len(changed), finished=False)


def _event_failures(before: int, limit: int) -> Script[Pruned]:
    rows = yield from run(_EVENT_FAILURES, before, limit)
    return Pruned(len(rows), finished=len(rows) < limit)


def _arrival_failures(before: int, limit: int) -> Script[Pruned]:
    rows = yield from run(_ARRIVAL_FAILURES, before, limit)
    return Pruned(len(rows), finished=len(rows) < limit)


def _part_failures(before: int, limit: int) -> Script[Pruned]:
    rows = yield from run(_PART_FAILURES, _BLANK, before, limit)
    for event_id in dict.fromkeys(row[0] for row in rows):
        yield from run(_BODY_OF_FAILURE, event_id)
    return Pruned(len(rows), finished=len(rows) < limit)


def _approvals(before: int, limit: int) -> Script[Pruned]:
    rows = yield from run(_APPROVALS, before, before, limit)
    return Pruned(len(rows), finished=not rows)


_OTHERS: Final[Mapping[Chore, Callable[[int, int], Script[Pruned]]]] = {
    Chore.EVENT_FAILURES: _event_failures,
    Chore.ARRIVAL_FAILURES: _arrival_failures,
    Chore.PART_FAILURES: _part_failures,
    Chore.APPROVALS: _approvals,
}


def _shrink() -> Script[bool]:
    mode = yield from first("PRAGMA auto_vacuum")
    free = yield from first("PRAGMA freelist_count")
    assert mode is not None
    assert free is not None
    if mode[0] != 2 or free[0] <= PAGES_KEPT:
        return False
    yield from run(f"PRAGMA incremental_vacuum({PAGES_A_STEP})")
    return bool(free[0] - PAGES_A_STEP > PAGES_KEPT)
