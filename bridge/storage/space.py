"""How much room the database takes, and how much it has left."""

import asyncio
import shutil
from functools import partial
from pathlib import Path
from typing import Final

from attrs import frozen

from bridge.model.errors import Phrase, StoreUnavailable
from bridge.storage.engine import Dialect, Engine, Script, first

_POSTGRES: Final = "SELECT pg_database_size(current_database())"
_PRAGMAS: Final = ("page_size", "page_count", "freelist_count", "max_page_count")


@frozen
class Space:
    """``free_bytes`` is None where only the database's own server can know it."""

    used_bytes: int
    free_bytes: int | None


async def space_of(engine: Engine, folder: Path) -> Space:
    """Look at the database, and at the disk that an SQLite file in ``folder`` is on.

    Raises ``StoreUnavailable``.
    """
    if engine.dialect is Dialect.POSTGRES:
        row = await engine.read(partial(first, _POSTGRES))
        assert row is not None
        return Space(row[0], None)
    # The bound of a file is one of the connection that writes it.
    page, pages, unused, most = await engine.write(_look)
    try:
        disk = await asyncio.to_thread(shutil.disk_usage, folder)
    except OSError as error:
        raise StoreUnavailable(Phrase.of("storage.unavailable", error=str(error))) from error
    within_file = unused * page
    return Space((pages - unused) * page, min(disk.free + within_file, (most - pages) * page + within_file))


def _look() -> Script[tuple[int, ...]]:
    found = []
    for name in _PRAGMAS:
        row = yield from first(f"PRAGMA {name}")
        assert row is not None
        found.append(int(row[0]))
    return tuple(found)
