"""How fast the store takes events: ``python tests/load/bench_store.py [POSTGRESQL_URL]``.

Prints figures for an SQLite file in the working folder's file system, and for PostgreSQL if a URL of an
empty database is given. It asserts nothing: figures belong to a machine.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter, process_time

from bridge.model.ids import ArrivalSeq, InboxSeq, LaneID, RemoteMessageID
from bridge.model.records import ArrivalResult, PartResult
from bridge.model.statuses import PartState
from bridge.storage.secrets import SecretKey
from bridge.storage.store import SqlStores, open_store
from tests.storage.builders import NOW, arrival, pair, plan, portal, raw

BODY = b'{"type":"m.room.message","content":{"body":"' + b"x" * 560 + b'"}}'


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?", help="URL of an empty PostgreSQL database")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of each measurement")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=".") as folder:
        await _measure_all("SQLite", str(Path(folder) / "bench.db"), options.seconds)
    if options.url:
        await _measure_all("PostgreSQL", options.url, options.seconds)


async def _measure_all(title: str, place: str, seconds: float) -> None:
    opened = await open_store(place, SecretKey(bytes(32)))
    bench = _Bench(opened.stores, (await opened.stores.portals.create_portal(portal())).lane)
    _say(title)
    for name, size, flying, work in (
        ("accept, 100 events, 1 in flight", 100, 1, bench.full),
        ("accept, 10 events, 1 in flight", 10, 1, bench.ten),
        ("accept, 1 event, 1 in flight", 1, 1, bench.single),
        ("accept, 1 event, 64 in flight", 1, 64, bench.single),
        ("arrival add and close, 1 in flight", 1, 1, bench.line),
        ("arrival add and close, 64 in flight", 1, 64, bench.line),
        ("plan and advance, 1 in flight", 1, 1, bench.part),
        ("plan and advance, 64 in flight", 1, 64, bench.part),
        ("read one pending page, 1 in flight", 1, 1, bench.page),
    ):
        await _measure(name, size, flying, work, seconds)
    await opened.close()


class _Bench:
    """Deeds to be measured; each is one turn."""

    def __init__(self, stores: SqlStores, lane: LaneID) -> None:
        self._stores = stores
        self._lane = lane
        self._count = 0

    async def full(self) -> None:
        await self._accept(100)

    async def ten(self) -> None:
        await self._accept(10)

    async def single(self) -> None:
        await self._accept(1)

    async def line(self) -> None:
        name = self._name()
        (row,) = await self._stores.arrivals.add(
            [arrival(self._lane, "a line of the usual length", key=name)]
        )
        assert row is not None
        made = (pair(self._lane, f"$event{name}", name),)
        await self._stores.arrivals.close(
            ArrivalResult(seq=row.seq, state=PartState.SENT, mapped=made), at=NOW
        )

    async def part(self) -> None:
        rows = await self._stores.ledger.plan(plan(self._lane, self._name(), parts=1), inbox_seq=None, at=NOW)
        ids = (RemoteMessageID(self._name()),)
        result = PartResult(id=rows[0].id, state=PartState.CONFIRMED, remote_ids=ids)
        await self._stores.ledger.advance(result, None, at=NOW)

    async def page(self) -> None:
        await self._stores.inbox.pending(InboxSeq(0), 20)
        await self._stores.arrivals.pending(self._lane, ArrivalSeq(0), 20)

    async def _accept(self, size: int) -> None:
        await self._stores.inbox.accept([raw(self._name(), body=BODY) for _ in range(size)], NOW)

    def _name(self) -> str:
        self._count += 1
        return f"${self._count:043d}"


async def _measure(
    name: str, size: int, flying: int, work: Callable[[], Awaitable[None]], seconds: float
) -> None:
    times: list[float] = []
    end = perf_counter() + seconds

    async def go() -> None:
        while (began := perf_counter()) < end:
            await work()
            times.append(perf_counter() - began)

    began, cpu = perf_counter(), process_time()
    await asyncio.gather(*(go() for _ in range(flying)))
    took, cpu = perf_counter() - began, process_time() - cpu
    times.sort()
    p50, p99 = (times[int(len(times) * share)] * 1000 for share in (0.5, 0.99))
    rate = len(times) * size / took
    _say(f"  {name:38} {rate:9,.0f}/s   p50 {p50:7.2f} ms   p99 {p99:7.2f} ms   CPU {cpu / took:4.0%}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
