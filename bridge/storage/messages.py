"""The message map: pairs of event IDs and remote IDs."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from bridge.model.ids import EventID, LaneID, RemoteMessageID, RemoteUserID, UserID
from bridge.model.portals import Direction, Mapped
from bridge.storage.engine import Engine, Row, Script, run, run_many
from bridge.storage.values import clean, maybe_clean, maybe_name, name

COLUMNS: Final = "lane, event_id, remote_id, part, direction, sender, author, author_id, excerpt"
_SELECT: Final = f"SELECT {COLUMNS} FROM messages"  # noqa: S608  # ours
_BY_EVENT: Final = _SELECT + " WHERE event_id = ? ORDER BY lane, part, id"
_BY_REMOTE: Final = _SELECT + " WHERE lane = ? AND remote_id = ? ORDER BY id"
_INSERT: Final = """
    INSERT INTO messages (lane, event_id, remote_id, part, direction, sender, author, author_id, excerpt,
        made_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING
"""
_KNOWN: Final = "SELECT remote_id FROM messages WHERE lane = ? AND event_id = ? AND part = ?"
_DROP_EMPTY: Final = "DELETE FROM messages WHERE lane = ? AND event_id = ? AND part = ? AND remote_id IS NULL"


class SqlMap:
    """The message map of either engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def by_event(self, event_id: EventID) -> Sequence[Mapped]:
        rows = await self._engine.read(partial(run, _BY_EVENT, name(event_id)))
        return [mapped_of(row) for row in rows]

    async def by_remote(self, lane: LaneID, remote_id: RemoteMessageID) -> Sequence[Mapped]:
        rows = await self._engine.read(partial(run, _BY_REMOTE, lane, name(remote_id)))
        return [mapped_of(row) for row in rows]


def insert_new(pairs: Iterable[tuple[Mapped, int]]) -> Script[None]:
    """Enter pairs of which none stands in the map, each with its time; a repeated one is left as it is."""
    yield from run_many(_INSERT, [(*_values(pair), at) for pair, at in pairs])


def insert_part(pairs: Sequence[Mapped], at: int) -> Script[None]:
    """Enter what came of one part; remote IDs take the place of an earlier entry without one."""
    place = (pairs[0].lane, name(pairs[0].event_id), pairs[0].part)
    known = {row[0] for row in (yield from run(_KNOWN, *place))}
    if not known:
        yield from insert_new((pair, at) for pair in pairs)
        return
    with_ids = [pair for pair in pairs if pair.remote_id is not None]
    if with_ids and None in known:
        yield from run(_DROP_EMPTY, *place)
    yield from insert_new((pair, at) for pair in with_ids)


def _values(pair: Mapped) -> tuple[object, ...]:
    return (
        pair.lane,
        name(pair.event_id),
        maybe_name(pair.remote_id),
        pair.part,
        pair.direction.value,
        clean(pair.sender),
        clean(pair.author),
        maybe_clean(pair.author_id),
        maybe_clean(pair.excerpt),
    )


def mapped_of(row: Row) -> Mapped:
    """From a row of ``COLUMNS``."""
    lane, event_id, remote_id, part, direction, sender, author, author_id, excerpt = row
    return Mapped(
        lane=LaneID(lane),
        event_id=EventID(event_id),
        remote_id=None if remote_id is None else RemoteMessageID(remote_id),
        part=part,
        direction=Direction(direction),
        sender=UserID(sender),
        author=author,
        author_id=None if author_id is None else RemoteUserID(author_id),
        excerpt=excerpt,
    )
