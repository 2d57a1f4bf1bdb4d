"""Looks at a database from outside, without changing it: for ``doctor``."""

from functools import partial
from pathlib import Path
from typing import Final

from attrs import frozen

from bridge.model.errors import Misconfigured, Phrase
from bridge.storage.engine import Dialect, Engine, Script, first, run
from bridge.storage.meta import KEY_CHECK, MetaStore
from bridge.storage.migrations import all_migrations
from bridge.storage.secrets import SecretKey, check_key
from bridge.storage.sqlite import SqliteEngine
from bridge.storage.store import is_postgres

_TABLE: Final = {
    Dialect.SQLITE: "SELECT 1 FROM sqlite_master WHERE name = 'schema_versions'",
    Dialect.POSTGRES: "SELECT 1 WHERE to_regclass('schema_versions') IS NOT NULL",
}


@frozen
class Seen:
    """``known_version`` is the newest schema of this program; the database's is 0 before its first use."""

    schema_version: int
    known_version: int


async def look_at(place: str | Path, key: SecretKey) -> Seen:
    """What a bridge that starts would find; for a database that no bridge uses at the moment.

    Raises:
        Misconfigured: another bridge uses it, a newer program has changed its schema, the key is not the
            one it was made with, or it cannot be opened.
        StoreUnavailable: it is away.
    """
    engine: Engine
    if is_postgres(place):
        from bridge.storage.postgres import PostgresEngine  # as in `store`

        engine = await PostgresEngine.open(str(place), connections=2)
    else:
        engine = await SqliteEngine.open(Path(place))
    try:
        known = max((one.version for one in all_migrations()), default=0)
        version = await engine.read(partial(_version, engine.dialect))
        if version > known:
            raise Misconfigured(Phrase.of("storage.schema_newer", found=version, known=known))
        meta = MetaStore(engine)
        if version > 0 and await meta.get(KEY_CHECK) is not None:
            await check_key(key, meta)
        return Seen(version, known)
    finally:
        await engine.close()


def _version(dialect: Dialect) -> Script[int]:
    if not (yield from run(_TABLE[dialect])):
        return 0
    row = yield from first("SELECT COALESCE(MAX(version), 0) FROM schema_versions")
    assert row is not None
    return int(row[0])
