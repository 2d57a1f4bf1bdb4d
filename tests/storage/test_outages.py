"""A full disk and a database that goes away are states that pass."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from bridge.model.errors import StoreRefused, StoreUnavailable
from bridge.model.ids import ArrivalSeq, EventID, InboxSeq, LaneID
from bridge.storage.engine import Script, run
from bridge.storage.secrets import SecretKey
from bridge.storage.sqlite import SqliteLimits
from bridge.storage.store import OpenStore, open_store
from bridge.testing.pytest_plugin import MakePostgres
from tests.storage.builders import NOW, arrival, portal, raw

START = InboxSeq(0)


def wanting(statement: str) -> Script[None]:
    yield from run("INSERT INTO meta (name, value) VALUES ('before', 'x')")
    yield from run(statement)


async def test_a_full_disk_refuses_and_keeps_what_was_accepted(tmp_path: Path, key: SecretKey) -> None:
    opened = await open_store(tmp_path / "x.db", key, limits=SqliteLimits(max_pages=120))
    await opened.stores.inbox.accept([raw("$small")], NOW)
    big = [raw(f"${number}", body=b"x" * 4000) for number in range(200)]
    with pytest.raises(StoreUnavailable):
        await opened.stores.inbox.accept(big, NOW)
    rows = await opened.stores.inbox.pending(START, 999)
    await opened.close()

    again = await open_store(tmp_path / "x.db", key)
    assert [row.event_id for row in rows] == ["$small"]
    assert await again.stores.inbox.accept(big, NOW) == 200
    await again.close()


async def test_what_still_fits_is_stored_beside_what_does_not(tmp_path: Path, key: SecretKey) -> None:
    """On a full disk SQLite drops the whole transaction, with the scripts of others in it."""
    opened = await open_store(tmp_path / "x.db", key, limits=SqliteLimits(max_pages=120))
    big = "INSERT INTO meta (name, value) VALUES ('big', ?)"
    engine = opened.engine
    results = await asyncio.gather(
        opened.stores.meta.put("one", "1"),
        engine.write(partial(run, big, "x" * 900_000)),
        opened.stores.meta.put("two", "2"),
        return_exceptions=True,
    )
    values = [await opened.stores.meta.get(name) for name in ("one", "big", "two")]
    await opened.close()

    assert [type(result) for result in results] == [type(None), StoreUnavailable, type(None)]
    assert values == ["1", None, "2"]


async def test_a_script_that_fails_takes_nothing_with_it(opened: OpenStore) -> None:
    results = await asyncio.gather(
        opened.stores.meta.put("one", "1"),
        opened.engine.write(partial(wanting, "INSERT INTO meta (name, value) VALUES ('no value', NULL)")),
        opened.stores.meta.put("two", "2"),
        return_exceptions=True,
    )

    assert [type(result) for result in results] == [type(None), StoreRefused, type(None)]
    assert [await opened.stores.meta.get(name) for name in ("one", "before", "two")] == ["1", None, "2"]


async def test_an_arrival_that_is_refused_takes_no_other_with_it(opened: OpenStore) -> None:
    lane = (await opened.stores.portals.create_portal(portal())).lane
    results = await asyncio.gather(
        *(opened.stores.arrivals.add([arrival(one)]) for one in (lane, LaneID(777), lane)),
        return_exceptions=True,
    )

    assert isinstance(results[1], StoreRefused)
    assert len(await opened.stores.arrivals.pending(lane, ArrivalSeq(0), 9)) == 2


async def test_a_caller_that_gives_up_stops_no_other(opened: OpenStore) -> None:
    impatient = asyncio.ensure_future(opened.stores.inbox.accept([raw("$a")], NOW))
    await asyncio.sleep(0)
    impatient.cancel()

    assert await opened.stores.inbox.accept([raw("$b")], NOW) == 1
    assert await opened.stores.inbox.body_of(EventID("$b")) == b"{}"


@pytest.mark.integration
async def test_a_database_that_was_away_is_used_again(make_postgres: MakePostgres, key: SecretKey) -> None:
    server = await make_postgres()
    opened = await open_store(await server.new_database_url(), key)
    await opened.stores.inbox.accept([raw("$before")], NOW)
    await server.kill()
    with pytest.raises(StoreUnavailable):
        await opened.stores.inbox.accept([raw("$while")], NOW)
    with pytest.raises(StoreUnavailable):
        await opened.stores.inbox.pending(START, 9)
    await server.start()
    await opened.stores.inbox.accept([raw("$before"), raw("$after")], NOW)
    rows = await opened.stores.inbox.pending(START, 9)
    await opened.close()

    assert [row.event_id for row in rows] == ["$before", "$after"]


@pytest.mark.integration
async def test_what_postgres_accepted_survives_its_own_kill(
    make_postgres: MakePostgres, key: SecretKey
) -> None:
    """Lines without IDs are written until the server dies; each that was answered is there, and once."""
    server = await make_postgres()
    opened = await open_store(await server.new_database_url(), key)
    lane = (await opened.stores.portals.create_portal(portal())).lane
    answered: list[ArrivalSeq] = []
    enough = asyncio.Event()

    async def write() -> None:
        while True:
            (row,) = await opened.stores.arrivals.add([arrival(lane)])
            assert row is not None
            answered.append(row.seq)
            if len(answered) >= 100:
                enough.set()

    writers = [asyncio.ensure_future(write()) for _ in range(8)]
    await enough.wait()
    await server.kill()
    await asyncio.gather(server.start(), *writers, return_exceptions=True)
    stored = [row.seq for row in await opened.stores.arrivals.pending(lane, ArrivalSeq(0), 100_000)]
    await opened.close()

    assert sorted(answered) == [seq for seq in stored if seq in set(answered)]
    assert len(answered) == len(set(answered)) >= 100


@pytest.mark.integration
async def test_a_commit_whose_answer_was_lost_is_looked_up(
    make_postgres: MakePostgres, key: SecretKey
) -> None:
    """The server is stopped at once after the writes began, and started again: nothing is stored twice."""
    server = await make_postgres()
    opened = await open_store(await server.new_database_url(), key)
    lane = (await opened.stores.portals.create_portal(portal())).lane
    adding = [asyncio.ensure_future(opened.stores.arrivals.add([arrival(lane, f"{n}")])) for n in range(20)]
    await asyncio.sleep(0)
    await server.kill()
    await server.start()
    results = await asyncio.gather(*adding, return_exceptions=True)
    stored = await opened.stores.arrivals.pending(lane, ArrivalSeq(0), 999)
    await opened.close()

    kept = [result[0] for result in results if not isinstance(result, BaseException)]
    assert len(stored) == len(kept)
