"""A database looked at from outside, by one that does not change it."""

from pathlib import Path

import pytest

from bridge.model.errors import Misconfigured, StoreUnavailable
from bridge.storage.look import Seen, look_at
from bridge.storage.migrations import Migration, all_migrations
from bridge.storage.secrets import SecretKey
from bridge.storage.store import OpenStore, open_store
from bridge.testing.servers.ports import free_port

KNOWN = max(one.version for one in all_migrations())


async def test_a_new_database_has_no_schema_and_gets_none(place: str, key: SecretKey) -> None:
    assert await look_at(place, key) == Seen(0, KNOWN)
    assert await look_at(place, key) == Seen(0, KNOWN)


async def test_a_used_database_has_ours(place: str, key: SecretKey) -> None:
    await (await open_store(place, key)).close()
    assert await look_at(place, key) == Seen(KNOWN, KNOWN)


async def test_another_key_is_seen(place: str, key: SecretKey) -> None:
    await (await open_store(place, key)).close()
    with pytest.raises(Misconfigured) as caught:
        await look_at(place, SecretKey(b"o" * 32))
    assert caught.value.reason.key == "storage.key_wrong"


async def test_a_newer_schema_is_seen(place: str, key: SecretKey) -> None:
    newer = Migration(KNOWN + 1, "newer", ("CREATE TABLE newer (a INTEGER)",))
    await (await open_store(place, key, migrations=[*all_migrations(), newer])).close()
    with pytest.raises(Misconfigured) as caught:
        await look_at(place, key)
    assert caught.value.reason.key == "storage.schema_newer"


async def test_what_is_no_database_is_seen(tmp_path: Path, key: SecretKey) -> None:
    (tmp_path / "file.db").write_bytes(b"no database, but long enough to be taken for one" * 100)
    with pytest.raises(Misconfigured):
        await look_at(str(tmp_path / "file.db"), key)


async def test_a_database_server_that_is_away_is_seen(key: SecretKey) -> None:
    with pytest.raises(StoreUnavailable):
        await look_at(f"postgresql://nobody@127.0.0.1:{free_port()}/nothing", key)


@pytest.mark.integration
async def test_a_postgres_database_in_use_is_seen(postgres_url: str, key: SecretKey) -> None:
    opened: OpenStore = await open_store(postgres_url, key)
    with pytest.raises(Misconfigured) as caught:
        await look_at(postgres_url, key)
    await opened.close()
    assert caught.value.reason.key == "storage.locked"
