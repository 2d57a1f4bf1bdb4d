"""One request, however often it has to be made."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from mautrix.api import Method, Path

from bridge.matrix.client import Actor
from bridge.matrix.retry import ONCE, Policy
from bridge.model.errors import HomeserverRefused, HomeserverUnavailable
from bridge.model.ids import DeviceID, UserID
from tests.matrix.scripted_homeserver import ScriptedHomeserver, scripted_homeserver

BOB = Actor(UserID("@bob+x:example.org"), DeviceID("DEV"))


@pytest_asyncio.fixture
async def homeserver() -> AsyncIterator[ScriptedHomeserver]:
    async with scripted_homeserver() as made:
        yield made


async def test_the_actor_and_the_token_go_with_the_request(homeserver: ScriptedHomeserver) -> None:
    path = Path.v3.rooms["!a/b"].state["m.x"]
    await homeserver.client.request(Method.PUT, path, {"x": "é"}, actor=BOB, query={"ts": "1"})

    (asked,) = homeserver.asked
    assert (asked.method, asked.path, asked.content) == ("PUT", "/v3/rooms/!a/b/state/m.x", {"x": "é"})
    assert asked.query == {"user_id": "@bob+x:example.org", "device_id": "DEV", "ts": "1"}
    assert asked.token == "Bearer as-token"


async def test_a_rate_limit_is_waited_for_and_the_same_request_made_again(
    homeserver: ScriptedHomeserver,
) -> None:
    homeserver.answer("PUT", "/send/", {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2000}, status=429)
    homeserver.answer("PUT", "/send/", {"event_id": "$1"})

    answer = await homeserver.client.request(Method.PUT, Path.v3.rooms["!r"].send["m"]["t1"], {"a": 1})

    assert answer == {"event_id": "$1"}
    assert homeserver.clock.waits == [2.0]
    assert homeserver.asked[0] == homeserver.asked[1]


async def test_hang_ups_and_server_errors_are_tried_again(homeserver: ScriptedHomeserver) -> None:
    # aiohttp makes a request again at once when a kept connection turns out to be closed: two hang-ups.
    homeserver.answer("GET", "/x", status=0)
    homeserver.answer("GET", "/x", status=0)
    homeserver.answer("GET", "/x", b"<html>bad gateway", status=502)
    homeserver.answer("GET", "/x", b"<html>not here", status=404)
    homeserver.answer("GET", "/x", b"<html>welcome")
    homeserver.answer("GET", "/x", {"fine": True})

    assert await homeserver.client.request(Method.GET, Path.v3.x) == {"fine": True}
    assert homeserver.clock.waits == [0.125, 0.25, 0.5, 1.0]


async def test_a_definite_no_comes_with_its_code(homeserver: ScriptedHomeserver) -> None:
    homeserver.refuse("GET", "/x", "M_FORBIDDEN")

    with pytest.raises(HomeserverRefused) as refused:
        await homeserver.client.request(Method.GET, Path.v3.x)

    assert (refused.value.code, refused.value.status) == ("M_FORBIDDEN", 403)
    assert homeserver.clock.waits == []


async def test_patience_ends(homeserver: ScriptedHomeserver) -> None:
    homeserver.answer("GET", "/x", {"errcode": "M_UNKNOWN"}, status=500, always=True)

    with pytest.raises(HomeserverUnavailable):
        await homeserver.client.request(Method.GET, Path.v3.x, policy=Policy(budget_s=5.0))

    assert sum(homeserver.clock.waits) <= 5.0
    assert len(homeserver.clock.waits) == 5


async def test_a_long_rate_limit_is_told_to_the_caller(homeserver: ScriptedHomeserver) -> None:
    homeserver.answer("GET", "/x", {"retry_after_ms": 600_000}, status=429)

    with pytest.raises(HomeserverUnavailable) as unavailable:
        await homeserver.client.request(Method.GET, Path.v3.x)

    assert unavailable.value.retry_after_s == 600.0


async def test_a_server_that_accepts_and_never_answers_is_given_up() -> None:
    async with scripted_homeserver(timeout_s=0.05) as homeserver:
        homeserver.answer("GET", "/x", status=-1)

        with pytest.raises(HomeserverUnavailable):
            await homeserver.client.request(Method.GET, Path.v3.x, policy=ONCE)


async def test_nobody_at_the_address_is_unavailable() -> None:
    async with scripted_homeserver() as homeserver:
        client = homeserver.client
    # Now its server is gone, and the session with it.
    async with scripted_homeserver() as other:
        client._session = other.client._session
        with pytest.raises(HomeserverUnavailable):
            await client.request(Method.GET, Path.v3.x, policy=ONCE)


async def test_a_redirect_is_not_followed_with_our_token(homeserver: ScriptedHomeserver) -> None:
    homeserver.answer("GET", "/x", status=302, headers={"Location": "/elsewhere"})

    with pytest.raises(HomeserverUnavailable):
        await homeserver.client.request(Method.GET, Path.v3.x, policy=ONCE)

    assert [asked.path for asked in homeserver.asked] == ["/v3/x"]
