"""Is the homeserver there, and does it reach us."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from attrs import frozen

from bridge.matrix.ping import NotReached, Probe, Reached, wait_for_homeserver
from bridge.model.errors import HomeserverRefused, HomeserverUnavailable, Phrase
from bridge.model.ids import UserID
from tests.matrix.scripted_homeserver import ScriptedHomeserver, scripted_homeserver

BOT = UserID("@trunkline:example.org")


@frozen
class World:
    homeserver: ScriptedHomeserver
    probe: Probe


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with scripted_homeserver() as homeserver:
        yield World(homeserver, Probe(homeserver.client, "trunkline"))


async def test_a_ping_that_comes_back_tells_its_time(world: World) -> None:
    world.homeserver.answer("POST", "/v1/appservice/trunkline/ping", {"duration_ms": 7})

    assert await world.probe.ping("t1") == Reached(7)
    assert world.homeserver.asked[0].content == {"transaction_id": "t1"}


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "M_URL_NOT_SET"),
        (502, "M_CONNECTION_FAILED"),
        (504, "M_CONNECTION_TIMED_OUT"),
        (502, "M_BAD_STATUS"),
        (403, "M_FORBIDDEN"),
    ],
)
async def test_a_ping_that_does_not_arrive_tells_why(world: World, status: int, code: str) -> None:
    world.homeserver.refuse("POST", "/ping", code, status)

    assert await world.probe.ping() == NotReached(code)


async def test_a_homeserver_that_is_not_there_is_told_apart(world: World) -> None:
    world.homeserver.answer("POST", "/ping", b"<html>", status=502)

    with pytest.raises(HomeserverUnavailable):
        await world.probe.ping()


async def test_waiting_is_said_once_and_the_return_once(world: World) -> None:
    world.homeserver.answer("GET", "/versions", b"<html>", status=502)
    world.homeserver.answer("GET", "/versions", b"<html>", status=404)
    world.homeserver.answer("GET", "/versions", status=503)
    said: list[Phrase] = []

    waited = await wait_for_homeserver(world.probe, world.homeserver.clock, say=said.append)

    assert waited
    assert [phrase.key for phrase in said] == ["matrix.waiting", "matrix.back"]
    assert world.homeserver.clock.waits == [0.5, 1.0, 2.0]


async def test_a_homeserver_that_is_there_is_not_spoken_of(world: World) -> None:
    said: list[Phrase] = []

    assert not await wait_for_homeserver(world.probe, world.homeserver.clock, say=said.append)
    assert said == []


async def test_an_unknown_token_is_told(world: World) -> None:
    world.homeserver.refuse("GET", "/whoami", "M_UNKNOWN_TOKEN", 401)

    with pytest.raises(HomeserverRefused):
        await world.probe.whoami()


async def test_what_the_homeserver_says_of_itself(world: World) -> None:
    world.homeserver.answer("GET", "/versions", {"versions": ["v1.11", 5]})
    world.homeserver.answer("GET", "/server_version", {"server_version": "1.163.2"})
    world.homeserver.answer("GET", "/media/config", {"m.upload.size": 1000})
    capabilities = {"capabilities": {"m.room_versions": {"default": "12"}}}
    world.homeserver.answer("GET", "/capabilities", capabilities)
    world.homeserver.answer("GET", "/admin", {"admin": True})

    assert await world.probe.client_versions() == ["v1.11"]
    assert await world.probe.server_version() == "1.163.2"
    assert await world.probe.upload_limit_bytes(BOT) == 1000
    assert await world.probe.default_room_version(BOT) == "12"
    assert await world.probe.is_admin(BOT)


async def test_another_homeserver_has_no_synapse_version_and_no_admins(world: World) -> None:
    world.homeserver.refuse("GET", "/_synapse/", "M_UNRECOGNIZED", 404, always=True)

    assert await world.probe.server_version() is None
    assert not await world.probe.is_admin(BOT)
