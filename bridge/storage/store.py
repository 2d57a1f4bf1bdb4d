"""Opens a database, and gives out its stores."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from attrs import frozen

from bridge.config.secret import Secret
from bridge.model.errors import Misconfigured
from bridge.storage.arrivals import SqlArrivals
from bridge.storage.engine import Engine
from bridge.storage.ghosts import SqlGhosts
from bridge.storage.inbox import SqlInbox
from bridge.storage.ledger import SqlLedger
from bridge.storage.letters import SqlLetters
from bridge.storage.lock import FolderLock
from bridge.storage.messages import SqlMap
from bridge.storage.meta import INSTANCE, MetaStore
from bridge.storage.migrations import Migration, all_migrations, migrate
from bridge.storage.portals import SqlPortals
from bridge.storage.rooms import SqlRooms
from bridge.storage.secrets import SecretKey, SecretStore, check_key
from bridge.storage.sqlite import SqliteEngine, SqliteLimits
from bridge.storage.traces import SqlTraces
from bridge.storage.upkeep import SqlUpkeep
from bridge.storage.watches import SqlWatches


@frozen(kw_only=True)
class SqlStores:
    """The store, by what it is asked for."""

    inbox: SqlInbox
    ledger: SqlLedger
    arrivals: SqlArrivals
    messages: SqlMap
    traces: SqlTraces
    letters: SqlLetters
    portals: SqlPortals
    ghosts: SqlGhosts
    rooms: SqlRooms
    secrets: SecretStore
    meta: MetaStore
    watches: SqlWatches
    upkeep: SqlUpkeep


@frozen(kw_only=True)
class OpenStore:
    """An open database.

    Attributes:
        instance: names this installation, for ever.
        schema_version: of the database, as it is now.
        engine: runs scripts; for further stores and for tests.
    """

    stores: SqlStores
    instance: str
    schema_version: int
    engine: Engine
    _locks: Sequence[FolderLock]

    async def close(self) -> None:
        """Finish what was begun, then let go of database and locks."""
        await self.stores.inbox.finish_begun()
        await self.stores.arrivals.finish_begun()
        await self.engine.close()
        for lock in self._locks:
            lock.release()


async def open_store(
    place: str | Path,
    key: SecretKey,
    *,
    data: Path | None = None,
    password: Secret | None = None,
    connections: int = 10,
    limits: SqliteLimits | None = None,
    migrations: Sequence[Migration] | None = None,
) -> OpenStore:
    """Open a database for one bridge alone, and bring its schema up to date.

    Args:
        place: a PostgreSQL URL, or the path of an SQLite file.
        key: opens what is sealed.
        data: the data folder, to be locked too; the folder of an SQLite file is locked in any case.
        password: for PostgreSQL, where the URL has none.
        connections: most of them to PostgreSQL.
        limits: of an SQLite file.
        migrations: other ones than ours, for tests.

    Raises:
        Misconfigured: another bridge uses it, a newer program has changed its schema, the key is not the
            one it was made with, or it cannot be opened.
        StoreUnavailable: it is away.
    """
    locks = _take_locks(place, data)
    engine: Engine | None = None
    try:
        if is_postgres(place):
            # asyncpg takes 3 MB, and most bridges run on SQLite.
            from bridge.storage.postgres import PostgresEngine

            engine = await PostgresEngine.open(str(place), password=password, connections=connections)
        else:
            engine = await SqliteEngine.open(Path(place), limits)
        version = await migrate(engine, migrations or all_migrations(), datetime.now(UTC))
        meta = MetaStore(engine)
        await check_key(key, meta)
        instance = await meta.put_first(INSTANCE, str(uuid4()))
    except BaseException:
        if engine is not None:
            await engine.close()
        for lock in locks:
            lock.release()
        raise
    return OpenStore(
        stores=_stores(engine, meta, key),
        instance=instance,
        schema_version=version,
        engine=engine,
        locks=locks,
    )


def _take_locks(place: str | Path, data: Path | None) -> Sequence[FolderLock]:
    """Of the data folder and of the folder with the SQLite file, which may be the same."""
    folders = [data.resolve()] if data else []
    if not is_postgres(place):
        folders.append(Path(place).resolve().parent)
    locks: list[FolderLock] = []
    try:
        for folder in dict.fromkeys(folders):
            locks.append(FolderLock.take(folder))  # noqa: PERF401  # those taken must be known if one fails
    except Misconfigured:
        for lock in locks:
            lock.release()
        raise
    return locks


def is_postgres(place: str | Path) -> bool:
    return isinstance(place, str) and place.startswith(("postgresql://", "postgres://"))


def _stores(engine: Engine, meta: MetaStore, key: SecretKey) -> SqlStores:
    return SqlStores(
        inbox=SqlInbox(engine),
        ledger=SqlLedger(engine),
        arrivals=SqlArrivals(engine),
        messages=SqlMap(engine),
        traces=SqlTraces(engine),
        letters=SqlLetters(engine),
        portals=SqlPortals(engine),
        ghosts=SqlGhosts(engine),
        rooms=SqlRooms(engine),
        secrets=SecretStore(engine, key),
        meta=meta,
        watches=SqlWatches(meta),
        upkeep=SqlUpkeep(engine),
    )
