"""What SQLite is used for: one writer that commits in groups, and readers beside it."""

import asyncio
import os
import stat
import threading
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest_asyncio

from bridge.storage.engine import Script, run
from bridge.storage.sqlite import SqliteEngine

PATIENCE_S = 30.0


@pytest_asyncio.fixture
async def engine(tmp_path: Path) -> AsyncIterator[SqliteEngine]:
    made = await SqliteEngine.open(tmp_path / "x.db")
    await made.write(partial(run, "CREATE TABLE said (number INTEGER)"))
    yield made
    await made.close()


class Held:
    """A write that has begun and ends when it may."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._go = threading.Event()
        self.begun = asyncio.Event()

    def script(self) -> Script[None]:
        yield from run("INSERT INTO said VALUES (-1)")
        self._loop.call_soon_threadsafe(self.begun.set)
        assert self._go.wait(PATIENCE_S)

    def let_go(self) -> None:
        self._go.set()


async def test_writes_that_wait_are_committed_together(engine: SqliteEngine) -> None:
    done: list[str] = []
    engine._connection.set_trace_callback(done.append)
    held = Held()
    first = asyncio.create_task(engine.write(held.script))
    await held.begun.wait()
    others = [engine.write(partial(run, "INSERT INTO said VALUES (?)", number)) for number in range(50)]
    waiting = asyncio.gather(*others)
    await asyncio.sleep(0)

    held.let_go()
    await asyncio.gather(first, waiting)

    assert len([statement for statement in done if statement.startswith("INSERT")]) == 51
    assert done.count("COMMIT") == 2


async def test_reading_does_not_wait_for_a_write(engine: SqliteEngine) -> None:
    """The first reader once failed with "database is locked": it asked for the journal mode again."""
    held = Held()
    write = asyncio.create_task(engine.write(held.script))
    await held.begun.wait()

    async with asyncio.timeout(PATIENCE_S):
        rows = await engine.read(partial(run, "SELECT number FROM said"))

    assert list(rows) == []
    assert not write.done()
    held.let_go()
    await write
    assert len(await engine.read(partial(run, "SELECT number FROM said"))) == 1


async def test_a_new_database_is_its_owners_alone(tmp_path: Path) -> None:
    """In a data folder that others can enter, everybody on the machine read what people said."""
    place = tmp_path / "trunkline.db"
    before = os.umask(0)
    try:
        engine = await SqliteEngine.open(place)
        await engine.write(partial(run, "CREATE TABLE said (words TEXT)"))
        modes = _modes(tmp_path)
        await engine.close()
    finally:
        os.umask(before)
    assert modes == {"trunkline.db": 0o600, "trunkline.db-wal": 0o600, "trunkline.db-shm": 0o600}


def _modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
