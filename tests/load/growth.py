"""How much the database grows: ``python -m tests.load.growth``, on SQLite and on PostgreSQL.

Days go by: each brings some hundred messages each way, then the upkeep forgets what is old enough. What the
database holds then is measured day by day. While nothing is old enough it grows by whole messages; when
bodies, and later records, are forgotten as fast as new ones come, it grows only by what stays for ever.

Then: how long storing one transaction takes, alone and while the upkeep has much to forget.
"""

import asyncio
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final

import asyncpg
import orjson
from attrs import evolve, frozen

from bridge.app.clock import SystemClock
from bridge.core.upkeep import Upkeep
from bridge.model.ids import EventID, LaneID, RemoteMessageID
from bridge.model.matrix_events import RawEvent
from bridge.model.records import ArrivalResult, PartResult
from bridge.model.statuses import PartState
from bridge.policy.retention import RetentionConfig, due
from bridge.storage.engine import Dialect, run
from bridge.storage.secrets import SecretKey
from bridge.storage.space import space_of
from bridge.storage.store import OpenStore, open_store
from bridge.telemetry.metrics import Metrics
from bridge.testing.servers.postgres import Postgres
from tests.storage.builders import ROOM, arrival, pair, plan, portal

A_DAY: Final = 500
"""Messages each way."""
KEPT: Final = RetentionConfig(bodies_days=6, failures_days=6, records_days=12)
DAYS: Final = 30
_WORDS: Final = "Shall we meet at the usual place, or is the weather going to spoil it again today? "
_BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)


@frozen
class Growth:
    """Bytes a day, in the three times of a database's life."""

    young: float
    bodies_go: float
    for_ever: float
    tables: tuple[tuple[str, int], ...] = ()


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        sqlite = await grow(Path(folder) / "growth.db", Path(folder))
        quiet = [await hand_off(Path(folder) / "hand_off.db")]
        async with Postgres() as server:
            postgres = await grow(await server.new_database_url(), Path(folder))
            quiet.append(await hand_off(await server.new_database_url()))
    lines = ["| a thousand messages each way | SQLite | PostgreSQL |", "|---|---|---|"]
    for words, name in (
        ("while everything is kept", "young"),
        ("when bodies are forgotten as fast as they come", "bodies_go"),
        ("when records are forgotten too: what stays for ever", "for_ever"),
    ):
        sizes = (f"{getattr(each, name) / A_DAY * 1000 / 1e6:.2f} MB" for each in (sqlite, postgres))
        lines.append(f"| {words} | {' | '.join(sizes)} |")
    lines += [f"{table}: {size / 1e6:.1f} MB in the end" for table, size in postgres.tables]
    lines += ["", "| storing one transaction, p50 / p99 | SQLite | PostgreSQL |", "|---|---|---|"]
    for index, words in enumerate(("alone", "while the upkeep works")):
        times = (f"{each[index][0]:.1f} / {each[index][1]:.1f} ms" for each in quiet)
        lines.append(f"| {words} | {' | '.join(times)} |")
    sys.stdout.write("\n".join([*lines, ""]))


async def grow(place: str | Path, folder: Path) -> Growth:
    """Let the days go by on one database."""
    store = await open_store(place, SecretKey(b"k" * 32))
    lane = (await store.stores.portals.create_portal(portal())).lane
    sizes: list[int] = []
    for day in range(DAYS):
        now = _BEGAN + timedelta(days=day)
        await talk(store, lane, day, now)
        await forget(store, place, now)
        sizes.append((await space_of(store.engine, folder)).used_bytes)
    tables = await by_table(store)
    await store.close()
    bodies, records = KEPT.bodies_days, KEPT.records_days
    return Growth(
        young=(sizes[bodies - 1] - sizes[0]) / (bodies - 1),
        bodies_go=(sizes[records - 1] - sizes[bodies + 1]) / (records - bodies - 2),
        for_ever=(sizes[-1] - sizes[records + 2]) / (DAYS - records - 3),
        tables=tables,
    )


async def hand_off(place: str | Path) -> tuple[tuple[float, float], tuple[float, float]]:
    """p50 and p99 in ms of storing a transaction of one event, alone and beside the upkeep."""
    store = await open_store(place, SecretKey(b"k" * 32))
    lane = (await store.stores.portals.create_portal(portal())).lane
    for day in range(20):
        await talk(store, lane, day, _BEGAN)
    alone = await transactions(store, "$alone")
    upkeep = Upkeep(store.stores.upkeep, KEPT, Metrics(), SystemClock())
    forgetting = asyncio.ensure_future(upkeep.once())
    beside = await transactions(store, "$beside")
    assert not forgetting.done(), "the upkeep had too little to do"
    forgetting.cancel()
    await asyncio.gather(forgetting, return_exceptions=True)
    await store.close()
    return alone, beside


async def transactions(store: OpenStore, name: str) -> tuple[float, float]:
    times = []
    for number in range(400):
        began = perf_counter()
        await store.stores.inbox.accept([_event(f"{name}{number}", "@a:example.org")], datetime.now(UTC))
        times.append((perf_counter() - began) * 1000)
        await asyncio.sleep(0.005)
    times.sort()
    return times[len(times) // 2], times[len(times) * 99 // 100]


async def talk(store: OpenStore, lane: LaneID, day: int, now: datetime) -> None:
    async with asyncio.TaskGroup() as tasks:
        for number in range(day * A_DAY, (day + 1) * A_DAY):
            tasks.create_task(say(store, lane, number, now))
            tasks.create_task(hear(store, lane, number, now))


async def say(store: OpenStore, lane: LaneID, number: int, now: datetime) -> None:
    """From a person on Matrix to the network, which confirms it with an ID."""
    event = _event(f"$said{number:039}", "@alice:example.org")
    await store.stores.inbox.accept([event], now)
    wanted = evolve(plan(lane, event.event_id, parts=1), excerpt=_WORDS[:80])
    sql = "SELECT seq FROM inbox WHERE event_id = ?"
    (found,) = await store.engine.read(partial(run, sql, event.event_id))
    (row,) = await store.stores.ledger.plan(wanted, inbox_seq=found[0], at=now)
    ids = (RemoteMessageID(f"remote{number:020}"),)
    result = PartResult(id=row.id, state=PartState.CONFIRMED, remote_ids=ids)
    await store.stores.ledger.advance(result, None, at=now)


async def hear(store: OpenStore, lane: LaneID, number: int, now: datetime) -> None:
    """From the network to Matrix, and its echo from the homeserver."""
    remote_id = f"heard{number:021}"
    new = evolve(arrival(lane, _WORDS, key=remote_id), received_at=now)
    (stored,) = await store.stores.arrivals.add([evolve(new, dedup_key=f"RemoteMessage {remote_id}")])
    assert stored is not None
    mapped = evolve(pair(lane, f"$heard{number:038}", remote_id), excerpt=_WORDS[:80])
    result = ArrivalResult(seq=stored.seq, state=PartState.CONFIRMED, mapped=(mapped,))
    await store.stores.arrivals.close(result, at=now)
    echo = _event(mapped.event_id, "@_trunkline_libera_carol:example.org")
    await store.stores.inbox.accept([evolve(echo, settled=True)], now)


async def forget(store: OpenStore, place: str | Path, now: datetime) -> None:
    for each in due(KEPT, now):
        while not (await store.stores.upkeep.prune(each.chore, each.before, 500)).finished:
            pass
    while await store.stores.upkeep.give_back():
        pass
    if store.engine.dialect is Dialect.POSTGRES:
        # What autovacuum does by and by.
        await _vacuum(str(place))


async def by_table(store: OpenStore) -> tuple[tuple[str, int], ...]:
    if store.engine.dialect is not Dialect.POSTGRES:
        return ()
    rows = await store.engine.read(
        partial(
            run,
            "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r'"
            " AND relname IN ('inbox', 'ledger', 'arrivals', 'messages') ORDER BY relname",
        )
    )
    return tuple((row[0], row[1]) for row in rows)


async def _vacuum(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("VACUUM")
    await connection.close()


def _event(event_id: str, sender: str) -> RawEvent:
    """As Synapse pushes a message."""
    body = {
        "age": 42,
        "content": {"body": _WORDS, "m.mentions": {}, "msgtype": "m.text"},
        "event_id": event_id,
        "origin_server_ts": 1767225600000,
        "room_id": ROOM,
        "sender": sender,
        "type": "m.room.message",
        "unsigned": {"age": 42, "membership": "join"},
        "user_id": sender,
    }
    return RawEvent(event_id=EventID(event_id), room_id=ROOM, body=orjson.dumps(body))


if __name__ == "__main__":
    asyncio.run(main())
