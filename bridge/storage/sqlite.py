"""SQLite: one writer on a thread of its own that commits in groups, readers beside it.

A commit with ``synchronous=FULL`` costs an ``fsync``, however much is in it. So the writer takes every
script that waits, runs each under a savepoint of its own (one that fails spoils no other) and commits
once; only then are all of them told. What arrives meanwhile is the next group: the more is asked, the
larger the groups.
"""

import asyncio
import os
import queue
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from attrs import define, field, frozen

from bridge.model.errors import BridgeError, Misconfigured, Phrase, StoreRefused, StoreUnavailable
from bridge.storage.engine import Dialect, MakeScript, Order, Row, Run, Script, Statement

T = TypeVar("T")

GROUP_LIMIT: Final = 512
"""Most scripts in one commit; bounds what the first of them waits for the last."""
READERS: Final = 3

_FOR_WRITING: Final = (
    # First: it takes effect in a new file only, before anything is in it. See `upkeep`.
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 67108864",
)
# The file knows its journal mode; a connection that asks for it again waits for whoever writes.
_FOR_READING: Final = ("PRAGMA query_only = ON", "PRAGMA temp_store = MEMORY")
_BUSY_S: Final = 10.0

# Extended codes keep their kind in the low byte.
_KIND: Final = 0xFF
_OURS: Final = frozenset({sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH})
_BROKEN: Final = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})


@define(eq=False)
class _Job:
    """A script on its way through the writer; ``outcome`` is read once ``error`` is known to be None."""

    make: MakeScript[Any]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"
    outcome: Any = None
    error: BaseException | None = field(default=None)

    def fail(self, error: BaseException) -> None:
        self.outcome, self.error = None, error


@frozen
class SqliteLimits:
    """``max_pages`` is for tests of a full disk; None is SQLite's own limit."""

    max_pages: int | None = None


class SqliteEngine:
    """Make one with ``SqliteEngine.open``."""

    dialect: Final = Dialect.SQLITE

    def __init__(self, path: Path, limits: SqliteLimits) -> None:
        self._path = path
        self._limits = limits
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._pool = ThreadPoolExecutor(READERS, "sqlite-reader")
        self._connection = self._connect(_FOR_WRITING)
        self._writer = threading.Thread(target=self._write_forever, name="sqlite-writer", daemon=True)

    @classmethod
    async def open(cls, path: Path, limits: SqliteLimits | None = None) -> "SqliteEngine":
        """Open or make the file. Raises ``Misconfigured`` where that cannot be done."""

        def connect() -> SqliteEngine:
            _make_private(path)
            try:
                return cls(path, limits or SqliteLimits())
            except sqlite3.Error as error:
                if _kind(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
                    raise _translated(error) from error
                raise Misconfigured(
                    Phrase.of("storage.open_failed", place=str(path), error=str(error))
                ) from error

        engine = await asyncio.to_thread(connect)
        engine._writer.start()
        return engine

    async def read(self, make: MakeScript[T]) -> T:
        self._check_open()
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, make)

    async def write(self, make: MakeScript[T]) -> T:
        self._check_open()
        loop = asyncio.get_running_loop()
        job = _Job(make, loop, loop.create_future())
        self._jobs.put(job)
        result: T = await job.future
        return result

    async def write_in_order(self, order: Order, make: MakeScript[T]) -> T:
        # There is one writer: everything is in order.
        return await self.write(make)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._jobs.put(None)
        await asyncio.to_thread(self._shut)

    # On the threads.

    def _connect(self, pragmas: Sequence[str]) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        for pragma in pragmas:
            connection.execute(pragma)
        if self._limits.max_pages is not None:
            connection.execute(f"PRAGMA max_page_count = {self._limits.max_pages}")
        return connection

    def _read(self, make: MakeScript[T]) -> T:
        try:
            return _perform(self._reader(), make())
        except sqlite3.Error as error:
            raise _translated(error) from error

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect(_FOR_READING)
            self._readers.append(connection)
        return connection

    def _shut(self) -> None:
        self._writer.join()
        self._pool.shutdown()
        for connection in (*self._readers, self._connection):
            connection.close()

    def _write_forever(self) -> None:
        while True:
            group, more = self._next_group()
            self._write_group(group)
            _tell(group)
            if not more:
                return

    def _next_group(self) -> tuple[list[_Job], bool]:
        """Everything that waits; the second is False when it ended with the sign to stop."""
        group: list[_Job] = []
        job = self._jobs.get()
        while job is not None:
            group.append(job)
            if len(group) == GROUP_LIMIT:
                return group, True
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _write_group(self, group: list[_Job]) -> None:
        """Run the jobs in one transaction; afterwards each holds its outcome or its error."""
        try:
            if not group or self._in_one_transaction(group):
                return
            # A full disk takes the whole transaction away, with those that fitted: try them one by one.
            for job in group:
                self._write_group([job])
        except sqlite3.Error as error:
            self._roll_back()
            for job in group:
                job.fail(_translated(error))

    def _in_one_transaction(self, group: list[_Job]) -> bool:
        """Whether it was committed, or at least ended, so that every job knows its fate."""
        self._connection.execute("BEGIN IMMEDIATE")
        for job in group:
            self._under_savepoint(job)
            if not self._connection.in_transaction:
                return len(group) == 1
        self._connection.execute("COMMIT")
        return True

    def _under_savepoint(self, job: _Job) -> None:
        try:
            self._connection.execute("SAVEPOINT job")
            job.outcome, job.error = _perform(self._connection, job.make()), None
            self._connection.execute("RELEASE job")
        except BaseException as error:  # noqa: BLE001  # whatever a script raises belongs to who gave it
            job.fail(_translated(error) if isinstance(error, sqlite3.Error) else error)
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK TO job")
                self._connection.execute("RELEASE job")

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailable(Phrase.of("storage.unavailable", error="closed"))


def _perform(connection: sqlite3.Connection, script: Script[T]) -> T:
    """Run a script's statements until it returns."""
    rows: Sequence[Row] = ()
    try:
        statement = next(script)
        while True:
            rows = _execute(connection, statement)
            statement = script.send(rows)
    except StopIteration as stop:
        result: T = stop.value
        return result


def _execute(connection: sqlite3.Connection, statement: Statement) -> Sequence[Row]:
    if isinstance(statement, Run):
        return connection.execute(statement.sql, statement.args).fetchall()
    connection.executemany(statement.sql, statement.rows)
    return ()


def _tell(group: list[_Job]) -> None:
    """Hand the outcomes to the loops they came from, one hop for each loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in group:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, jobs in by_loop.items():
        try:
            loop.call_soon_threadsafe(_deliver, jobs)
        except RuntimeError:
            # The loop was closed meanwhile: nobody waits any more, and what is committed stays.
            continue


def _deliver(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future.done():
            continue
        if job.error is None:
            job.future.set_result(job.outcome)
        else:
            job.future.set_exception(job.error)


def _kind(error: sqlite3.Error) -> int:
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & _KIND


def _make_private(path: Path) -> None:
    """Make a new database its owner's alone, as what people say is in it.

    SQLite would make it readable for all, and gives the files beside it the rights that it has. One that is
    there is not even opened: closing it would take this process's locks away.
    """
    with suppress(OSError):  # what is wrong with the place, SQLite says
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _translated(error: sqlite3.Error) -> BridgeError:
    kind = _kind(error)
    if kind in _BROKEN:
        return Misconfigured(Phrase.of("storage.damaged", error=str(error)))
    if kind in _OURS:
        return StoreRefused(Phrase.of("storage.refused", error=str(error)))
    return StoreUnavailable(Phrase.of("storage.unavailable", error=str(error)))
