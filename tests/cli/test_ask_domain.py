"""Finding the server name by asking the homeserver."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.app.init import ask_domain
from bridge.testing.servers.ports import free_port


def _homeserver(answer: web.Response) -> TestServer:
    async def keys(request: web.Request) -> web.Response:
        return answer

    application = web.Application()
    application.router.add_get("/_matrix/key/v2/server", keys)
    return TestServer(application)


async def test_the_homeserver_tells_its_name() -> None:
    async with _homeserver(web.json_response({"server_name": "example.org"})) as server:
        assert await ask_domain(str(server.make_url("/"))) == "example.org"


@pytest.mark.parametrize("text", ["not JSON", "[]", '{"server_name": 1}', "{}"])
async def test_a_strange_answer_is_no_name(text: str) -> None:
    async with _homeserver(web.Response(text=text)) as server:
        assert await ask_domain(str(server.make_url("/"))) is None


async def test_nobody_tells_no_name() -> None:
    assert await ask_domain(f"http://127.0.0.1:{free_port()}") is None
