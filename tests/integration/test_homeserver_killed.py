"""A homeserver is killed while it holds events for the bridge in memory: they come all the same."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.testing.servers import Postgres
from tests.integration.lossy_world import CHATS, EACH, World, lossy_world

pytestmark = pytest.mark.integration


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    if request.param == "sqlite":
        return None
    server: Postgres = request.getfixturevalue("postgres")
    return server.url(server.create_database())


@pytest_asyncio.fixture
async def world(tmp_path: Path, database_url: str | None) -> AsyncIterator[World]:
    async with lossy_world(tmp_path, database_url) as made:
        yield made


async def test_what_a_killed_homeserver_never_pushed_arrives_once_and_in_order(world: World) -> None:
    await world.lose()
    await world.listener.until(len(CHATS) * EACH)

    await world.alice.say(world.rooms[0], "last")
    await world.listener.until(len(CHATS) * EACH + 1)
    wanted = [str(number) for number in range(EACH)]
    assert [world.listener.heard[chat] for chat in CHATS] == [[*wanted, "last"], wanted, wanted]
