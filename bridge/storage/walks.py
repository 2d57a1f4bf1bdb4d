"""How far work over a whole table has come, stored in the transaction of each of its steps."""

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from bridge.storage.engine import Row, Script, first, run

_GET: Final = "SELECT position, began_at, ended_at FROM walks WHERE name = ?"
_PUT: Final = """
    INSERT INTO walks (name, position, began_at, ended_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET position = excluded.position, began_at = excluded.began_at,
        ended_at = excluded.ended_at
"""


@frozen
class Walk:
    """All rows up to ``position`` are done with. Times in microseconds since 1970."""

    name: str
    position: int
    began_at: int
    ended_at: int | None = None


def read_walk(name: str) -> Script[Walk | None]:
    row = yield from first(_GET, name)
    return None if row is None else Walk(name, *row)


def store_walk(walk: Walk) -> Script[None]:
    yield from run(_PUT, walk.name, walk.position, walk.began_at, walk.ended_at)


def rows_behind(select: str, position: int, limit: int) -> Script[Sequence[Row]]:
    """The next rows; ``select`` begins with the number by which the table is walked, and has no condition."""
    number = select.split()[1].rstrip(",")
    return (yield from run(f"{select} WHERE {number} > ? ORDER BY {number} LIMIT ?", position, limit))
