"""The disk fills up and is emptied again: nothing that was accepted is lost, and nothing is said twice."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bridge.app.clock import SystemClock
from bridge.app.store_watch import StoreWatch
from bridge.model.ids import InboxSeq
from bridge.storage.secrets import SecretKey
from bridge.storage.store import open_store
from bridge.telemetry.metrics import Metrics
from bridge.web.ports import ReadyCheck
from tests.integration.living import living
from tests.integration.small_disk import SmallDisk, small_disk

KEY = SecretKey(b"k" * 32)
MIB = 1024 * 1024
BIG = "x" * 300_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path, size_bytes=12 * MIB) as made:
        yield made


async def test_what_does_not_fit_is_brought_again_when_there_is_room(disk: SmallDisk) -> None:
    store = await open_store(disk.folder / "trunkline.db", KEY)
    async with living(store) as here:
        await here.push_until_taken("before")
        await here.until(lambda: here.said() == ["before"])
        await disk.fill(store)
        refused = await here.push("while", BIG)
        here.hear("heard while it was full")
        bringing = asyncio.ensure_future(here.push_until_taken("after", BIG))
        await here.until(lambda: len(here.statuses) > 5)
        await disk.empty(store)
        await bringing
        await here.until(lambda: len(here.said()) == 3 and len(here.heard()) == 1)
        texts = [text[:6] for text in here.said()]
        await here.push_until_taken("last")
        await here.until(lambda: here.said()[-1] == "last")
    await store.close()

    assert refused == 503
    assert set(here.statuses) == {200, 503}
    assert texts == ["before", "after", "xxxxxx"]
    assert here.heard() == ["heard while it was full"]


async def test_what_was_taken_before_the_disk_was_full_is_there_after_a_restart(disk: SmallDisk) -> None:
    path = disk.folder / "trunkline.db"
    store = await open_store(path, KEY, limits=disk.limits)
    async with living(store) as here:
        await here.world.disconnect()
        taken = 0
        while await here.push(f"{taken}", BIG) == 200:
            taken += 1
        refused = here.statuses[-1]
    await store.close()
    disk.grow()
    again = await open_store(path, KEY)
    rows = await again.stores.inbox.pending(InboxSeq(0), 999)
    await again.close()

    assert refused == 503
    assert taken > 3
    assert len(rows) == 2 * taken


async def test_the_log_warns_before_the_disk_is_full_and_readiness_is_honest(disk: SmallDisk) -> None:
    store = await open_store(disk.folder / "trunkline.db", KEY)
    metrics = Metrics()
    watch = StoreWatch(
        store,
        disk.folder,
        low_bytes=8 * MIB,
        floor_bytes=2 * MIB,
        metrics=metrics,
        clock=SystemClock(),
    )
    with capture_logs() as lines:
        fine = await watch.checks()
        await disk.fill(store)
        full = await watch.checks()
        shown = (await watch.look()).free_bytes
        await disk.empty(store)
        again = await watch.checks()
    await store.close()

    assert list(fine) == list(again) == [ReadyCheck("database", True), ReadyCheck("disk", True)]
    assert ReadyCheck("disk", False) in full
    assert shown is not None
    assert shown < MIB
    assert [(line["log_level"], line["event"]) for line in lines] == [
        ("error", "disk of the database is nearly full"),
        ("info", "disk of the database has room again"),
    ]
    assert b"trunkline_store_free_bytes " in metrics.render()
