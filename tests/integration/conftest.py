"""Fixtures for tests that join many parts."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.core.world import World, make_world


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    made = await make_world()
    yield made
    await made.stop()
