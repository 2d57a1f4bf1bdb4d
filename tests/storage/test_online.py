"""A large database is changed while the bridge works on it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest_asyncio

from bridge.app.clock import SystemClock
from bridge.model.ids import EventID, PartID
from bridge.model.portals import PortalOrigin
from bridge.model.records import PartResult
from bridge.model.statuses import PartState
from bridge.storage.engine import Engine, Script, first, run
from bridge.storage.migrations import Migration, all_migrations
from bridge.storage.migrations.online import MAP_TIMES, STEPS, OnlineMigrations, advance
from bridge.storage.secrets import SecretKey
from bridge.storage.store import OpenStore, open_store
from bridge.storage.values import to_micros
from tests.core.world import ALICE, LOBBY, World, make_world
from tests.storage.builders import LATER, NOW, plan, portal, raw
from tests.storage.conftest import as_ports
from tests.storage.large import BEFORE_TIMES, LINES, fill

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
CONTRACT = Migration(9999, "contract", ("CREATE TABLE contracted (id INTEGER)",), (MAP_TIMES.name,))
SMALL = 300


def untimed() -> Script[int]:
    row = yield from first("SELECT COUNT(*) FROM messages WHERE made_at IS NULL")
    assert row is not None
    return int(row[0])


def changes_of(engine: Engine, shown: Callable[[float], object]) -> OnlineMigrations:
    clock = SystemClock()
    return OnlineMigrations(
        engine,
        now=clock.now,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        show=lambda step, share: (shown(share), None)[1],
    )


async def until(happened: Callable[[], bool]) -> None:
    """What happens on real threads can only be waited for."""
    while not happened():  # noqa: ASYNC110
        await asyncio.sleep(0.002)


def has_said(world: World, count: int) -> bool:
    return len(world.said()) >= count


def result_of(part: PartID) -> PartResult:
    return PartResult(id=part, state=PartState.SENT)


async def make_old(place: str, key: SecretKey, count: int) -> None:
    """A database that an earlier version has left."""
    old = await open_store(place, key, migrations=BEFORE_TIMES)
    insert = (
        "INSERT INTO lanes (network, created_at) VALUES ('libera', 0) RETURNING id",
        """
        INSERT INTO portals (lane, network, chat, room_id, origin, state, name, floor_at)
        VALUES (?, 'libera', '#tea', '!old', 'plumb', 'active', '#tea', 0)
        """,
    )
    lane = (await old.engine.write(partial(run, insert[0])))[0][0]
    await old.engine.write(partial(run, insert[1], lane))
    await fill(old.engine, lane, count)
    await old.close()


@pytest_asyncio.fixture
async def small(place: str, key: SecretKey) -> AsyncIterator[OpenStore]:
    """An old database with a few lines, opened by this version."""
    await make_old(place, key, SMALL)
    opened = await open_store(place, key)
    yield opened
    await opened.close()


async def test_the_start_leaves_the_rows_for_later(small: OpenStore) -> None:
    assert small.schema_version == all_migrations()[-1].version
    assert await small.engine.read(untimed) == 2 * SMALL


async def test_the_old_rows_get_the_time_that_is_known_of_them(small: OpenStore) -> None:
    shown: list[float] = []
    await changes_of(small.engine, shown.append).run()
    times = "SELECT made_at FROM messages WHERE event_id = ?"
    known = [(await small.engine.read(partial(run, times, each)))[0][0] for each in ("$out7", "$in9")]

    assert known == [to_micros(NOW) + 7, to_micros(NOW) + 9]
    assert await small.engine.read(untimed) == 0
    assert shown == sorted(shown)
    assert shown[-1] == 1.0


async def test_what_is_new_has_its_time_from_the_start(opened: OpenStore) -> None:
    lane = (await opened.stores.portals.create_portal(portal())).lane
    await opened.stores.inbox.accept([raw("$one")], NOW)
    (row,) = await opened.stores.ledger.plan(plan(lane, "$one", parts=1), inbox_seq=None, at=NOW)
    await opened.stores.ledger.advance(result_of(row.id), None, at=LATER)
    rows = await opened.engine.read(partial(run, "SELECT made_at FROM messages"))

    assert [each[0] for each in rows] == [to_micros(LATER)]


async def test_a_step_that_has_ended_is_not_taken_again(small: OpenStore) -> None:
    await changes_of(small.engine, lambda share: None).run()
    await small.engine.write(partial(run, "UPDATE messages SET made_at = NULL"))
    progress = await advance(small.engine, MAP_TIMES, NOW)

    assert progress.finished
    assert await small.engine.read(untimed) == 2 * SMALL


async def test_a_later_schema_waits_for_the_rows_it_needs(place: str, key: SecretKey) -> None:
    await make_old(place, key, SMALL)
    opened = await open_store(place, key, migrations=[*all_migrations(), CONTRACT])
    left = await opened.engine.read(untimed)
    await opened.close()

    assert left == 0


def test_what_the_files_need_exists() -> None:
    names = {step.name for step in STEPS}

    assert {need for one in all_migrations() for need in one.needs} <= names
    assert len(names) == len(STEPS)


async def said_before_the_kill(place: str, enough: int) -> list[float]:
    """Have a process change a database, kill it, and return how far it said to have come."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.storage.large", place, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    lines: list[bytes] = []
    async for line in process.stdout:
        lines += [line] if line.startswith(b"share ") else []
        if len(lines) == enough:
            process.kill()
    await process.wait()
    return [float(line.split()[1]) for line in lines]


async def test_a_process_that_is_killed_goes_on_where_it_was(place: str, key: SecretKey) -> None:
    await make_old(place, key, 4000)
    said = await said_before_the_kill(place, 5)
    opened = await open_store(place, key)
    left = await opened.engine.read(untimed)
    shown: list[float] = []
    await changes_of(opened.engine, shown.append).run()
    after = await opened.engine.read(untimed)
    await opened.close()

    assert 0 < left < 8000
    assert shown[0] > said[-1]
    assert after == 0


async def test_events_cross_while_a_large_ledger_is_changed(place: str, key: SecretKey) -> None:
    """200,000 pairs; 20 messages go out one after another before they are done with."""
    await make_old(place, key, LINES)
    opened = await open_store(place, key)
    world = await make_world(store=as_ports(opened.stores), clock=SystemClock())
    here = await world.heart.rooms.open(world.demo, LOBBY, PortalOrigin.COMMAND, ALICE)
    world.homeserver.rooms[here.room_id].members[ALICE] = "join"
    changing = asyncio.ensure_future(changes_of(opened.engine, lambda share: None).run())
    async with asyncio.timeout(PATIENCE_S):
        for number in range(20):
            await world.push(world.homeserver.say(here.room_id, ALICE, f"{number}"))
            await until(partial(has_said, world, number + 1))
    still = not changing.done()
    changing.cancel()
    await asyncio.gather(changing, return_exceptions=True)
    left = await opened.engine.read(untimed)
    trace = await opened.stores.traces.event(EventID("$out77"))
    await world.stop()
    await opened.close()

    assert still
    assert world.said() == [f"{number}" for number in range(20)]
    assert 0 < left < 2 * LINES
    assert trace is not None
