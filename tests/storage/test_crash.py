"""What was accepted survives ``kill -9`` of the process that accepted it."""

import asyncio
import sys
from pathlib import Path

from bridge.model.ids import ArrivalSeq, EventID, InboxSeq
from bridge.storage.secrets import SecretKey
from bridge.storage.store import open_store
from tests.storage.builders import NOW, portal, raw

ROOT = Path(__file__).parents[2]
LINES = 600


async def said_before_the_kill(place: str) -> dict[str, set[str]]:
    """Let a process write, kill it, and return what it had been told was stored."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.storage.writer", place, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    lines = [await process.stdout.readline() for _ in range(LINES)]
    process.kill()
    lines += (await process.stdout.read()).splitlines()
    await process.wait()
    said: dict[str, set[str]] = {"inbox": set(), "ledger": set(), "arrivals": set()}
    for line in lines:
        kind, name = line.decode().split()
        said[kind].add(name)
    return said


async def test_what_was_stored_is_there_once_after_a_kill(place: str, key: SecretKey) -> None:
    said = await said_before_the_kill(place)
    opened = await open_store(place, key)
    lane = (await opened.stores.portals.create_portal(portal())).lane
    inbox = [row.event_id for row in await opened.stores.inbox.pending(InboxSeq(0), 100_000)]
    parts = await opened.stores.ledger.open_parts()
    arrivals = [
        row.event.remote_id for row in await opened.stores.arrivals.pending(lane, ArrivalSeq(0), 100_000)
    ]
    repeated = await opened.stores.inbox.accept([raw(name) for name in said["inbox"]], NOW)
    await opened.close()

    assert said["inbox"] <= set(inbox)
    assert said["ledger"] <= {row.event_id for row in parts}
    assert said["arrivals"] <= set(arrivals)
    assert len(set(inbox)) == len(inbox)
    assert len(set(arrivals)) == len(arrivals)
    assert repeated == 0


async def test_a_plan_is_there_whole_or_not_at_all(place: str, key: SecretKey) -> None:
    said = await said_before_the_kill(place)
    opened = await open_store(place, key)
    parts = await opened.stores.ledger.open_parts()
    await opened.close()

    counts = {EventID(name): 0 for name in {row.event_id for row in parts}}
    for row in parts:
        counts[row.event_id] += 1
    assert set(counts.values()) == {3}
    assert said["ledger"]
