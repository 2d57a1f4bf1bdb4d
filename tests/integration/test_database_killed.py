"""PostgreSQL is killed and started again under load: nothing is lost, doubled or out of order."""

import asyncio
from functools import partial

import pytest

from bridge.storage.secrets import SecretKey
from bridge.storage.store import open_store
from bridge.testing.pytest_plugin import MakePostgres
from tests.integration.living import Living, living

pytestmark = pytest.mark.integration

KEY = SecretKey(b"k" * 32)
KILLS = 2
STEP = 20
"""So many more messages and lines have crossed before each kill."""


class Talk:
    """Both sides go on talking until they are told to end."""

    def __init__(self, here: Living) -> None:
        self._here = here
        self.said: list[str] = []
        self.heard: list[str] = []
        self.ended = False

    async def on_matrix(self) -> None:
        """As a homeserver does: one transaction after another, each until it is taken."""
        while not self.ended:
            texts = [f"m{len(self.said) + number}" for number in range(2)]
            self.said += texts
            await self._here.push_until_taken(*texts)
            await asyncio.sleep(0.02)

    async def on_the_network(self) -> None:
        while not self.ended:
            self.heard.append(f"n{len(self.heard)}")
            self._here.hear(self.heard[-1])
            await asyncio.sleep(0.05)


def refused(here: Living) -> int:
    return sum(status == 503 for status in here.statuses)


async def test_everything_crosses_once_over_kills_of_the_database(make_postgres: MakePostgres) -> None:
    server = await make_postgres()
    store = await open_store(await server.new_database_url(), KEY)
    async with living(store) as here:
        talk = Talk(here)
        talking = [asyncio.ensure_future(each()) for each in (talk.on_matrix, talk.on_the_network)]
        for _ in range(KILLS):
            said, heard, before = len(here.said()), len(here.heard()), refused(here)
            await here.until(partial(have_crossed, here, said + STEP, heard + STEP))
            await server.kill()
            await here.until(partial(is_refused, here, before))
            await server.start()
        await here.until(partial(have_crossed, here, len(here.said()) + STEP, len(here.heard()) + STEP))
        talk.ended = True
        await asyncio.gather(*talking)
        await here.until(partial(have_crossed, here, len(talk.said), len(talk.heard)))
        await here.until(lambda: here.world.heart.lanes.waiting_bytes() == (0, 0))
        said_there, heard_here = here.said(), here.heard()
        left = await store.stores.ledger.open_parts()
        bad = await store.stores.letters.parts(99)
    await store.close()

    assert said_there == talk.said
    assert heard_here == talk.heard
    assert (list(left), list(bad)) == ([], [])
    assert set(here.statuses) == {200, 503}


def have_crossed(here: Living, said: int, heard: int) -> bool:
    return len(here.said()) >= said and len(here.heard()) >= heard


def is_refused(here: Living, before: int) -> bool:
    return refused(here) > before
