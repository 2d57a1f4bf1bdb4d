"""One homeserver, two IRC servers and one bridge for all end-to-end tests of a run."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.testing.servers import InspIRCd, Ngircd
from tests.e2e.stack import Stack, make_place, running_stack
from tests.e2e.talkers import Talkers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here share the loop of the bridge."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(
    tmp_path_factory: pytest.TempPathFactory, inspircd: InspIRCd, ngircd: Ngircd
) -> AsyncIterator[Stack]:
    place = make_place(tmp_path_factory.mktemp("bridge"))
    async with running_stack(place, {"insp": inspircd, "ng": ngircd}) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def talk(stack: Stack) -> AsyncIterator[Talkers]:
    """People on both sides for one test, and a channel of its own."""
    talkers = Talkers(stack)
    yield talkers
    await talkers.close()
