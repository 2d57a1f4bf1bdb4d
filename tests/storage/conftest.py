"""The stores under test: one in memory, one on SQLite, one on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.core.ports import Stores
from bridge.model.ids import LaneID
from bridge.storage.secrets import SecretKey
from bridge.storage.store import OpenStore, SqlStores, open_store
from bridge.testing.store import FakeStore
from tests.storage.builders import portal

FAKE = "fake"
SQLITE = "sqlite"
POSTGRES = pytest.param("postgres", marks=pytest.mark.integration)


@pytest.fixture
def key() -> SecretKey:
    return SecretKey(b"k" * 32)


@pytest.fixture(params=[SQLITE, POSTGRES])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a database may be made."""
    return place_for(request.param, request, tmp_path)


@pytest_asyncio.fixture
async def opened(place: str, key: SecretKey) -> AsyncIterator[OpenStore]:
    """An open database."""
    store = await open_store(place, key)
    yield store
    await store.close()


@pytest_asyncio.fixture(params=[FAKE, SQLITE, POSTGRES])
async def stores(request: pytest.FixtureRequest, tmp_path: Path, key: SecretKey) -> AsyncIterator[Stores]:
    """What every store promises to the core."""
    if request.param == FAKE:
        yield FakeStore().stores
        return
    store = await open_store(place_for(request.param, request, tmp_path), key)
    yield as_ports(store.stores)
    await store.close()


@pytest_asyncio.fixture
async def lane(stores: Stores) -> LaneID:
    """The lane of a portal."""
    return (await stores.portals.create_portal(portal())).lane


def place_for(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if kind == SQLITE:
        return str(folder / "trunkline.db")
    url: str = request.getfixturevalue("postgres_url")
    return url


def as_ports(stores: SqlStores) -> Stores:
    return Stores(
        inbox=stores.inbox,
        ledger=stores.ledger,
        arrivals=stores.arrivals,
        messages=stores.messages,
        traces=stores.traces,
        letters=stores.letters,
        portals=stores.portals,
        ghosts=stores.ghosts,
        rooms=stores.rooms,
        watches=stores.watches,
    )
