"""Opening a database: schema, locks, and what is refused."""

import os
from functools import partial
from pathlib import Path

import pytest

from bridge.model.errors import BridgeError, Misconfigured, StoreUnavailable
from bridge.model.ids import InboxSeq
from bridge.storage.engine import Dialect, run
from bridge.storage.lock import LOCK_NAME, FolderLock
from bridge.storage.migrations import Migration, all_migrations
from bridge.storage.secrets import SecretKey
from bridge.storage.sqlite import SqliteEngine
from bridge.storage.store import OpenStore, open_store
from tests.storage.builders import NOW, portal, raw

FAR = Migration(9999, "far", ("CREATE TABLE far (id INTEGER)",))
TORN = Migration(9998, "torn", ("CREATE TABLE torn (id INTEGER)", "NONSENSE"))


async def test_everything_is_there_after_opening_again(place: str, key: SecretKey) -> None:
    first = await open_store(place, key)
    await first.stores.inbox.accept([raw("$a")], NOW)
    made = await first.stores.portals.create_portal(portal())
    await first.close()
    second = await open_store(place, key)
    rows = await second.stores.inbox.pending(InboxSeq(0), 9)
    portals = await second.stores.portals.all_portals()
    await second.close()

    assert [row.event_id for row in rows] == ["$a"]
    assert list(portals) == [made]
    assert second.instance == first.instance
    assert second.schema_version == first.schema_version == all_migrations()[-1].version


async def test_migrations_are_applied_once_and_recorded(place: str, key: SecretKey) -> None:
    await (await open_store(place, key)).close()
    opened = await open_store(place, key, migrations=[*all_migrations(), FAR])
    rows = await opened.engine.read(
        partial(run, "SELECT version, name FROM schema_versions ORDER BY version")
    )
    await opened.close()

    assert [tuple(row) for row in rows][-1] == (9999, "far")
    assert len(rows) == len(all_migrations()) + 1


async def test_a_newer_schema_is_refused_with_both_numbers(place: str, key: SecretKey) -> None:
    await (await open_store(place, key, migrations=[*all_migrations(), FAR])).close()

    with pytest.raises(Misconfigured) as refused:
        await open_store(place, key)
    assert refused.value.reason.key == "storage.schema_newer"
    assert refused.value.reason.values == {"found": 9999, "known": all_migrations()[-1].version}


async def test_a_migration_that_fails_leaves_nothing_behind(place: str, key: SecretKey) -> None:
    with pytest.raises(BridgeError):
        await open_store(place, key, migrations=[*all_migrations(), TORN])

    opened = await open_store(place, key)
    with pytest.raises(BridgeError):
        await opened.engine.read(partial(run, "SELECT id FROM torn"))
    await opened.close()


async def test_a_second_bridge_is_refused(place: str, key: SecretKey) -> None:
    first = await open_store(place, key)

    with pytest.raises(Misconfigured) as refused:
        await open_store(place, key)
    await first.close()
    assert refused.value.reason.key == "storage.locked"


async def test_a_second_bridge_on_the_data_folder_is_refused_whatever_its_database(
    place: str, key: SecretKey, tmp_path: Path
) -> None:
    first = await open_store(place, key, data=tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    with pytest.raises(Misconfigured) as refused:
        await open_store(elsewhere / "other.db", key, data=tmp_path)
    await first.close()
    assert refused.value.reason.values["holder"] == str(os.getpid())
    await (await open_store(elsewhere / "other.db", key, data=tmp_path)).close()


async def test_a_refused_opening_gives_its_locks_back(tmp_path: Path, key: SecretKey) -> None:
    with pytest.raises(Misconfigured):
        await open_store(tmp_path / "x.db", key, data=tmp_path / "no such folder")

    await (await open_store(tmp_path / "x.db", key)).close()


def test_the_lock_names_its_process(tmp_path: Path) -> None:
    with FolderLock.take(tmp_path):
        assert (tmp_path / LOCK_NAME).read_text().strip() == str(os.getpid())


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path, key: SecretKey) -> None:
    (tmp_path / "x.db").write_text("this is a letter and not a database\n" * 100)

    with pytest.raises(Misconfigured):
        await open_store(tmp_path / "x.db", key)


async def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path, key: SecretKey) -> None:
    with pytest.raises(Misconfigured):
        await open_store(tmp_path / "nowhere" / "x.db", key)


@pytest.mark.integration
async def test_a_database_that_does_not_exist_is_refused(postgres_url: str, key: SecretKey) -> None:
    with pytest.raises(Misconfigured):
        await open_store(postgres_url + "_not", key)


async def test_a_server_that_is_not_there_may_come(key: SecretKey) -> None:
    with pytest.raises(StoreUnavailable):
        await open_store("postgresql://trunkline@127.0.0.1:1/trunkline", key)


async def test_a_closed_store_says_so(opened: OpenStore) -> None:
    await opened.close()

    with pytest.raises(StoreUnavailable):
        await opened.stores.inbox.accept([raw("$a")], NOW)
    with pytest.raises(StoreUnavailable):
        await opened.stores.portals.create_portal(portal())
    with pytest.raises(StoreUnavailable):
        await opened.stores.portals.all_portals()


async def test_sqlite_writes_are_on_disk_before_the_answer(tmp_path: Path) -> None:
    engine = await SqliteEngine.open(tmp_path / "x.db")
    modes = [await engine.write(partial(run, f"PRAGMA {name}")) for name in ("journal_mode", "synchronous")]
    await engine.close()

    assert [rows[0][0] for rows in modes] == ["wal", 2]


def test_both_engines_have_the_same_tables() -> None:
    names = [
        {one.split()[2] for step in all_migrations() for one in step.for_dialect(dialect) if "TABLE" in one}
        for dialect in Dialect
    ]

    assert names[0] == names[1] > {"inbox", "ledger", "arrivals", "leases", "audit"}
