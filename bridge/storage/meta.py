"""A few facts about the installation, by name."""

from functools import partial
from typing import Final

from bridge.storage.engine import Engine, Script, first, run

INSTANCE: Final = "instance"
"""Names this installation; made with the database and never changed."""
KEY_CHECK: Final = "key_check"

_GET: Final = "SELECT value FROM meta WHERE name = ?"
_PUT: Final = """
    INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
_PUT_FIRST: Final = "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING"


class MetaStore:
    """Facts by name, in either engine. Raises ``StoreUnavailable`` throughout."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def get(self, name: str) -> str | None:
        row = await self._engine.read(partial(first, _GET, name))
        return None if row is None else str(row[0])

    async def put(self, name: str, value: str) -> None:
        await self._engine.write(partial(run, _PUT, name, value))

    async def put_first(self, name: str, value: str) -> str:
        """Store the value unless there is one; returns the one that is there now."""
        return await self._engine.write(partial(_put_first, name, value))


def _put_first(name: str, value: str) -> Script[str]:
    yield from run(_PUT_FIRST, name, value)
    row = yield from first(_GET, name)
    assert row is not None
    return str(row[0])
