"""The live state: what a client that listens is told, and how it goes on after a break."""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from aiohttp import ClientResponse
from attrs import frozen

from bridge.actions.tokens import Tokens
from bridge.model.tokens import Scope
from bridge.web.api.events import AT_ONCE, LiveEvents
from tests.core.world import ADMIN, ALICE
from tests.web.api.conftest import Door, told


@frozen
class Event:
    kind: str
    id: str
    data: Mapping[str, Any]


async def listen(door: Door, headers: Mapping[str, str], last: str = "") -> ClientResponse:
    more = {"Last-Event-ID": last} if last else {}
    return await door.get("/events", {**headers, **more})


async def next_event(response: ClientResponse) -> Event:
    """The next one; heartbeats are passed over."""
    fields: dict[str, str] = {}
    while "data" not in fields:
        line = (await asyncio.wait_for(response.content.readline(), 20)).decode()
        assert line, "the stream has ended"
        name, colon, value = line.rstrip("\n").partition(": ")
        if colon and name:
            fields[name] = value
    return Event(fields["event"], fields["id"], orjson.loads(fields["data"]))


async def test_whoever_comes_is_told_what_is_so_now(door: Door) -> None:
    await door.world.portal()
    response = await listen(door, await door.token(ADMIN))

    event = await next_event(response)

    assert response.headers["Content-Type"] == "text/event-stream"
    assert event.kind == "state"
    assert [(one["kind"], one.get("health") or one["chat"]) for one in event.data["state"]] == [
        ("network", "connected"),
        ("portal", "lobby"),
    ]
    response.close()


async def test_then_comes_what_changes(door: Door) -> None:
    response = await listen(door, await door.token(ADMIN))
    await next_event(response)

    await door.world.portal()

    event = await next_event(response)
    assert (event.kind, event.data["state"], event.data["network"]) == ("portal", "active", "demo")
    response.close()


async def test_nobody_is_told_what_they_may_not_see(door: Door) -> None:
    response = await listen(door, await door.token(ALICE))
    first = await next_event(response)
    await door.world.portal()
    await door.world.disconnect()

    second = await next_event(response)

    assert {one["kind"] for one in first.data["state"]} == {"network"}
    assert second.kind == "network"
    response.close()


async def test_after_a_break_it_goes_on_where_it_was(door: Door) -> None:
    headers = await door.token(ADMIN)
    response = await listen(door, headers)
    seen = await next_event(response)
    response.close()
    portal = await door.world.portal()

    again = await listen(door, headers, seen.id)

    event = await next_event(again)
    assert (event.kind, event.data["room_id"]) == ("portal", portal.room_id)
    again.close()


@pytest.mark.parametrize("last", ["deadbeef-1", "nonsense", "-", "1"])
async def test_a_place_that_is_not_known_begins_with_the_state(door: Door, last: str) -> None:
    response = await listen(door, await door.token(ADMIN), last)

    assert (await next_event(response)).kind == "state"
    response.close()


async def test_a_place_that_is_not_there_yet_begins_with_the_state(door: Door) -> None:
    life = door.world.heart.news.life

    response = await listen(door, await door.token(ADMIN), f"{life}-999")

    assert (await next_event(response)).kind == "state"
    response.close()


async def test_a_revoked_token_ends_the_stream(door: Door) -> None:
    headers = await door.token(ADMIN)
    door.api.events.heartbeat_s = 0.01
    response = await listen(door, headers)
    await next_event(response)
    tokens: Tokens = door.world.heart.outside.tokens

    (token,) = await tokens.of(ADMIN)
    await tokens.revoke(ADMIN, token.id)

    rest = await asyncio.wait_for(response.content.read(), 20)
    assert b"data" not in rest


async def test_a_revoked_token_ends_the_stream_of_a_busy_bridge(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was looked at after a silence only: where something happens all the time it was good for ever."""

    async def never_silent(self: LiveEvents, last: int | None) -> bool:
        await asyncio.sleep(0)
        return not self._ending.is_set()

    monkeypatch.setattr(LiveEvents, "_more", never_silent)
    door.api.events.heartbeat_s = 0.01
    response = await listen(door, await door.token(ADMIN))
    await next_event(response)
    tokens: Tokens = door.world.heart.outside.tokens

    (token,) = await tokens.of(ADMIN)
    await tokens.revoke(ADMIN, token.id)

    assert b"data" not in await asyncio.wait_for(response.content.read(), 20)


async def test_the_end_of_the_bridge_ends_the_stream(door: Door) -> None:
    response = await listen(door, await door.token(ADMIN))
    await next_event(response)

    await door.api.events.end(door.client.app)

    assert (await asyncio.wait_for(response.content.read(), 20)).strip() == b""


async def test_one_person_has_so_many_streams_and_no_more(door: Door) -> None:
    headers = await door.token(ADMIN)
    streams = [await listen(door, headers) for _ in range(AT_ONCE)]

    assert await told(await listen(door, headers)) == (429, "http.too_many")
    for stream in streams:
        stream.close()


async def test_a_stream_wants_a_token_that_may_read(door: Door) -> None:
    assert await told(await listen(door, await door.token(ADMIN, (Scope.ACT,)))) == (403, "http.scope")
    assert await told(await listen(door, {})) == (401, "http.no_token")
