"""Looking at a database from outside."""

import pytest

from bridge.model.errors import Misconfigured
from bridge.storage.look import look_at
from bridge.storage.migrations import all_migrations
from bridge.storage.secrets import SecretKey
from bridge.storage.store import open_store

NEWEST = all_migrations()[-1].version


async def test_a_database_before_its_first_use_has_no_schema(place: str, key: SecretKey) -> None:
    seen = await look_at(place, key)

    assert (seen.schema_version, seen.known_version) == (0, NEWEST)


async def test_a_used_database_tells_its_schema(place: str, key: SecretKey) -> None:
    await (await open_store(place, key)).close()

    assert (await look_at(place, key)).schema_version == NEWEST


async def test_a_wrong_key_is_seen_from_outside(place: str, key: SecretKey) -> None:
    await (await open_store(place, key)).close()

    with pytest.raises(Misconfigured) as refused:
        await look_at(place, SecretKey(b"w" * 32))
    assert refused.value.reason.key == "storage.key_wrong"
