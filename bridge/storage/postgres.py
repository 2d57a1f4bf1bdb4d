"""PostgreSQL: a pool of connections, retries where the database asks, a way back after it was away."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Final, TypeAlias, TypeVar, cast

import asyncpg

from bridge.config.secret import Secret
from bridge.model.errors import BridgeError, Misconfigured, Phrase, StoreRefused, StoreUnavailable
from bridge.storage.engine import Dialect, MakeScript, Order, Row, Run, Script, Statement
from bridge.storage.postgres_lock import PostgresLock

T = TypeVar("T")

_TRIES: Final = 5
"""How often a transaction is begun again after a deadlock or a conflict."""
_ACQUIRE_S: Final = 10.0
_STATEMENT_S: Final = 30.0
_LOOK_S: Final = 20.0
"""How long the fate of a commit is looked into after its connection broke."""
_LOOK_PAUSE_S: Final = 0.25
_ORDER_LOCKS: Final = 0x74726E6B
"""First half of our advisory locks' keys; the second half is the ``Order``."""

_FOREIGN: Final[tuple[type[Exception], ...]] = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
_GONE: Final[tuple[type[Exception], ...]] = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # Also what is raised on a connection whose server has just said that it dies: "another operation is in
    # progress" (asyncpg 0.32).
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    OSError,
    TimeoutError,
)
_AWAY: Final[tuple[type[Exception], ...]] = (
    *_GONE,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.LockNotAvailableError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
)
_AGAIN: Final[tuple[type[Exception], ...]] = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.UniqueViolationError,
)
_NEVER: Final[tuple[type[Exception], ...]] = (
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InsufficientPrivilegeError,
    ValueError,
)


class _Connection(asyncpg.Connection):
    """A connection that goes back to the pool without a round trip: our scripts leave nothing behind."""

    def get_reset_query(self) -> str:
        return ""


Pooled: TypeAlias = "asyncpg.pool.PoolConnectionProxy[Any]"


class PostgresEngine:
    """Make one with ``PostgresEngine.open``."""

    dialect: Final = Dialect.POSTGRES

    def __init__(self, pool: "asyncpg.Pool[Any]", lock: PostgresLock | None) -> None:
        self._pool = pool
        self._lock = lock

    @classmethod
    async def open(
        cls, url: str, *, password: Secret | None = None, connections: int = 10, exclusive: bool = True
    ) -> "PostgresEngine":
        """Connect.

        Args:
            password: where the URL has none.
            connections: most of them at the same time.
            exclusive: refuse with ``Misconfigured`` when another bridge works on this database.
        """
        words = password.reveal() if password else None
        lock: PostgresLock | None = None
        try:
            settings = await _session_settings(url, words)
            lock = await PostgresLock.take(url, words) if exclusive else None
            pool = await asyncpg.create_pool(
                url,
                password=words,
                min_size=1,
                max_size=connections,
                command_timeout=_STATEMENT_S,
                connection_class=_Connection,
                server_settings=settings,
            )
        except BaseException as error:
            if lock is not None:
                await lock.release()
            if isinstance(error, _NEVER):
                phrase = Phrase.of("storage.open_failed", place="PostgreSQL", error=str(error))
                raise Misconfigured(phrase) from error
            if isinstance(error, _FOREIGN):
                raise _translated(error) from error
            raise
        return cls(pool, lock)

    async def read(self, make: MakeScript[T]) -> T:
        try:
            async with self._connection() as connection:
                return await _perform(connection, make())
        except _FOREIGN as error:
            raise _translated(error) from error

    async def write(self, make: MakeScript[T]) -> T:
        for last in (*[False] * (_TRIES - 1), True):
            try:
                async with self._connection() as connection, connection.transaction():
                    return await _perform(connection, make())
            except _AGAIN as error:
                if last:
                    raise _translated(error) from error
            except _FOREIGN as error:
                raise _translated(error) from error
        raise AssertionError("the last try returns or raises")

    async def write_in_order(self, order: Order, make: MakeScript[T]) -> T:
        for last in (*[False] * (_TRIES - 1), True):
            transaction = _Ordered(order)
            try:
                async with self._connection() as connection:
                    return await transaction.perform(connection, make())
            except _AGAIN as error:
                if last:
                    raise _translated(error) from error
            except _GONE as error:
                if transaction.xid is None or not transaction.committing:
                    raise _translated(error) from error
                if await self._took_effect(transaction.xid):
                    return cast(T, transaction.result)
            except asyncpg.PostgresError as error:
                raise _translated(error) from error
        raise StoreUnavailable(Phrase.of("storage.unavailable", error="the connection broke again and again"))

    async def close(self) -> None:
        try:
            await asyncio.wait_for(self._pool.close(), _ACQUIRE_S)
        except _FOREIGN:
            self._pool.terminate()
        if self._lock is not None:
            await self._lock.release()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Pooled]:
        """A connection, while this database is ours alone."""
        if self._lock is not None:
            await self._lock.ensure()
        async with self._pool.acquire(timeout=_ACQUIRE_S) as connection:
            try:
                yield connection
            except asyncpg.InternalClientError:
                # It is of no use to the next one.
                connection.terminate()
                raise

    async def _took_effect(self, xid: str) -> bool:
        """What became of a transaction whose commit was not answered. Raises ``StoreUnavailable``."""
        try:
            async with asyncio.timeout(_LOOK_S):
                while (status := await self._status_of(xid)) == "in progress":  # noqa: ASYNC110  # only the database knows
                    await asyncio.sleep(_LOOK_PAUSE_S)
        except TimeoutError as error:
            raise StoreUnavailable(Phrase.of("storage.unavailable", error="it did not come back")) from error
        return status == "committed"

    async def _status_of(self, xid: str) -> str:
        try:
            async with self._connection() as connection:
                return str(await connection.fetchval("SELECT pg_xact_status($1::text::xid8)", xid))
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
            return "in progress"


class _Ordered:
    """A transaction under an order's lock that remembers its number, so that its fate can be asked for."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self.xid: str | None = None
        self.committing = False
        self.result: Any = None

    async def perform(self, connection: Pooled, script: Script[T]) -> T:
        transaction = connection.transaction()
        await transaction.start()
        try:
            # The lock ends after the commit is visible, so row numbers appear as they grow.
            row = await connection.fetchrow(
                "SELECT pg_advisory_xact_lock($1, $2), pg_current_xact_id()::text",
                _ORDER_LOCKS,
                self._order.value,
            )
            assert row is not None
            self.xid = row[1]
            result = await _perform(connection, script)
        except BaseException:
            if not connection.is_closed():
                await transaction.rollback()
            raise
        self.result, self.committing = result, True
        await transaction.commit()
        return result


async def _perform(connection: Pooled, script: Script[T]) -> T:
    """Run a script's statements until it returns."""
    rows: Sequence[Row] = ()
    try:
        statement = next(script)
        while True:
            rows = await _execute(connection, statement)
            statement = script.send(rows)
    except StopIteration as stop:
        return cast(T, stop.value)


async def _execute(connection: Pooled, statement: Statement) -> Sequence[Row]:
    sql = numbered(statement.sql)
    if isinstance(statement, Run):
        rows: Sequence[Row] = await connection.fetch(sql, *statement.args)
        return rows
    await connection.executemany(sql, statement.rows)
    return ()


@lru_cache(maxsize=512)
def numbered(sql: str) -> str:
    """``?, ?`` as ``$1, $2``."""
    pieces = sql.split("?")
    return pieces[0] + "".join(f"${number}{piece}" for number, piece in enumerate(pieces[1:], start=1))


async def _session_settings(url: str, password: str | None) -> dict[str, str]:
    """What every connection sets. An answer of ours must mean that the disk has it."""
    settings = {"application_name": "trunkline", "lock_timeout": "20s"}
    connection = await asyncpg.connect(url, password=password, timeout=_ACQUIRE_S)
    try:
        if await connection.fetchval("SHOW synchronous_commit") == "off":
            settings["synchronous_commit"] = "on"
    finally:
        await connection.close(timeout=_ACQUIRE_S)
    return settings


def _translated(error: Exception) -> BridgeError:
    # A value that does not fit its column is an InterfaceError too, and a ValueError.
    if isinstance(error, _AWAY) and not isinstance(error, ValueError):
        return StoreUnavailable(Phrase.of("storage.unavailable", error=str(error) or type(error).__name__))
    return StoreRefused(Phrase.of("storage.refused", error=str(error)))
