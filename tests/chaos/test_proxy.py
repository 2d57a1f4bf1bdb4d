"""The bad road does what its name says."""

from random import Random

import aiohttp
import pytest
from aiohttp import web

from bridge.testing.servers.ports import LOOPBACK, free_port
from tests.chaos.proxy import Proxy, Weather


async def _asked(weather: Weather, seed: int) -> tuple[int, int]:
    """What one request gets, and how often the server behind the proxy was asked."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.json_response({})

    application = web.Application()
    application.router.add_post("/there", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, LOOPBACK, port).start()
    try:
        async with Proxy(port, Random(seed)) as proxy, aiohttp.ClientSession() as session:
            proxy.turn(weather)
            try:
                async with session.post(f"{proxy.url}/there") as got:
                    return got.status, len(asked)
            except aiohttp.ClientError:
                return 0, len(asked)
    finally:
        await runner.cleanup()


# The first number that Random(1) gives is below 0.25, the share that is spared; that of Random(2) is not.


@pytest.mark.parametrize(
    ("weather", "status", "count"),
    [
        (Weather.FINE, 200, 1),
        (Weather.TOO_MANY, 429, 0),
        (Weather.LOSING, 0, 1),
        (Weather.CUT, 0, 0),
    ],
)
async def test_each_weather_hits_in_its_own_way(weather: Weather, status: int, count: int) -> None:
    assert await _asked(weather, seed=2) == (status, count)


async def test_in_a_storm_some_are_spared() -> None:
    assert await _asked(Weather.TOO_MANY, seed=1) == (200, 1)


async def test_nobody_is_spared_by_a_cut() -> None:
    assert await _asked(Weather.CUT, seed=1) == (0, 0)
