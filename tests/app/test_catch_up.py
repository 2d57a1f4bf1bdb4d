"""The bridge learns from its own requests when the homeserver goes and comes back."""

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio
from aiohttp import web

from bridge.app.catch_up import notice_return
from bridge.testing.servers.ports import LOOPBACK, free_port


class Road:
    """A server that answers with ``status``, and a session that is watched."""

    def __init__(self) -> None:
        self.status = 200
        self.news: list[str] = []
        self.port = free_port()
        traced = notice_return(lambda: self.news.append("back"), away=lambda: self.news.append("away"))
        self.session = aiohttp.ClientSession(trace_configs=[traced])

    async def answer(self, request: web.Request) -> web.Response:
        return web.Response(status=self.status)

    async def ask(self, path: str = "/versions", port: int | None = None) -> None:
        try:
            async with self.session.get(f"http://{LOOPBACK}:{port or self.port}{path}"):
                pass
        except aiohttp.ClientError:
            pass


@pytest_asyncio.fixture
async def road() -> AsyncIterator[Road]:
    made = Road()
    application = web.Application()
    application.router.add_get("/{path:.*}", made.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, made.port).start()
    yield made
    await made.session.close()
    await runner.cleanup()


async def test_a_homeserver_that_always_answers_is_no_news(road: Road) -> None:
    await road.ask()
    await road.ask()

    assert road.news == []


async def test_a_request_without_an_answer_is_told_at_once_and_only_once(road: Road) -> None:
    """A killed homeserver pushed new events before a request of ours had found it back: they overtook the
    older ones that it had forgotten."""
    await road.ask(port=free_port())
    await road.ask(port=free_port())

    assert road.news == ["away"]


async def test_the_first_answer_after_that_says_that_it_is_back(road: Road) -> None:
    road.status = 502
    await road.ask()
    road.status = 404
    await road.ask()
    await road.ask()

    assert road.news == ["away", "back"]


async def test_a_ping_that_does_not_reach_us_says_nothing_of_the_homeserver(road: Road) -> None:
    road.status = 502
    await road.ask("/_matrix/client/v1/appservice/x/ping")

    assert road.news == []
