"""What those who watch over the process are told."""

import asyncio
from collections.abc import Sequence

from bridge.model.errors import Phrase, StoreUnavailable
from bridge.telemetry import Metrics
from bridge.web.application import GUARDS
from bridge.web.health import Health
from bridge.web.ports import ReadyCheck
from tests.web.fakes import client_of


async def all_there() -> Sequence[ReadyCheck]:
    return [ReadyCheck("database", True), ReadyCheck("homeserver", True)]


async def homeserver_away() -> Sequence[ReadyCheck]:
    return [ReadyCheck("database", True), ReadyCheck("homeserver", False)]


async def never() -> Sequence[ReadyCheck]:
    await asyncio.Event().wait()
    return []


async def broken() -> Sequence[ReadyCheck]:
    raise StoreUnavailable(Phrase.of("storage.unavailable", error="secret details"))


async def test_a_process_whose_loop_turns_is_live_whatever_is_away() -> None:
    async with client_of(Health(checks=broken)) as client:
        response = await client.get("/live")
        assert (response.status, await response.json()) == (200, {"live": True})


async def test_a_bridge_that_has_all_it_needs_is_ready() -> None:
    async with client_of(Health(checks=all_there)) as client:
        response = await client.get("/ready")
        assert response.status == 200
        assert await response.json() == {"ready": True, "checks": {"database": True, "homeserver": True}}


async def test_a_bridge_that_lacks_something_names_it() -> None:
    async with client_of(Health(checks=homeserver_away)) as client:
        response = await client.get("/ready")
        assert response.status == 503
        assert await response.json() == {"ready": False, "checks": {"database": True, "homeserver": False}}


async def test_a_check_that_fails_is_not_ready_and_tells_no_details() -> None:
    async with client_of(Health(checks=broken)) as client:
        response = await client.get("/ready")
        assert (response.status, await response.json()) == (503, {"ready": False, "checks": {}})


async def test_a_check_that_never_ends_is_not_ready() -> None:
    async with client_of(Health(checks=never, timeout_s=0.01)) as client:
        assert (await client.get("/ready")).status == 503


async def test_metrics_are_shown_where_they_are_wished_for() -> None:
    async with client_of(Health(checks=all_there, metrics=Metrics())) as client:
        response = await client.get("/metrics")
        assert response.headers["Content-Type"].startswith("text/plain; version=")
        assert "trunkline_homeserver_up 0.0" in await response.text()


async def test_metrics_are_not_shown_unasked() -> None:
    async with client_of(Health(checks=all_there)) as client:
        assert (await client.get("/metrics")).status == 404


async def test_an_unknown_path_is_guarded_too() -> None:
    async with client_of(Health(checks=all_there)) as client:
        response = await client.get("/<script>")
        assert response.status == 404
        assert "script" not in await response.text()
        assert {name: response.headers[name] for name in GUARDS} == GUARDS
