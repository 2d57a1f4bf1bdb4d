"""What happened in the bot's rooms, as the homeserver tells it when it is asked."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio
from attrs import frozen

from bridge.matrix.history import MatrixHistory
from bridge.model.errors import HomeserverUnavailable
from bridge.model.ids import RoomID, UserID
from tests.matrix.scripted_homeserver import ScriptedHomeserver, scripted_homeserver

BOT = UserID("@trunkline:example.org")
ROOM = RoomID("!r")


@frozen
class World:
    homeserver: ScriptedHomeserver
    history: MatrixHistory


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with scripted_homeserver() as homeserver:
        yield World(homeserver, MatrixHistory(homeserver.client, BOT))


def event(event_id: str, **fields: Any) -> dict[str, Any]:
    said = {"type": "m.room.message", "event_id": event_id, "sender": "@ann:example.org", "content": {}}
    return {**said, "origin_server_ts": 1_000, **fields}


def sync(**rooms: Any) -> dict[str, Any]:
    return {"next_batch": "s9", "rooms": rooms}


def timeline(*events: Any, **fields: Any) -> dict[str, Any]:
    return {"timeline": {"events": list(events), **fields}}


async def test_news_are_asked_for_as_the_bot_and_without_what_is_not_needed(world: World) -> None:
    world.homeserver.answer("GET", "/sync", sync())

    news = await world.history.since("s1")

    query = world.homeserver.asked[0].query
    assert (news.next_token, news.rooms) == ("s9", [])
    assert (query["user_id"], query["since"], query["timeout"]) == (BOT, "s1", "0")
    assert "device_id" not in query
    assert orjson.loads(query["filter"])["presence"] == {"not_types": ["*"]}


async def test_without_a_place_no_room_is_asked_for(world: World) -> None:
    world.homeserver.answer("GET", "/sync", sync())

    assert (await world.history.since(None)).next_token == "s9"
    query = world.homeserver.asked[0].query
    assert orjson.loads(query["filter"])["room"] == {"rooms": []}
    assert "since" not in query


async def test_an_event_has_the_form_in_which_it_is_pushed(world: World) -> None:
    body = timeline(event("$1", state_key="x", unsigned={"membership": "leave"}))
    world.homeserver.answer("GET", "/sync", sync(join={ROOM: body}))

    (room,) = (await world.history.since("s1")).rooms

    (past,) = room.events
    assert orjson.loads(past.raw.body)["room_id"] == ROOM
    assert (past.raw.event_id, past.raw.room_id, past.state_key, past.before_us) == ("$1", ROOM, "x", True)
    assert past.sent_at.timestamp() == 1.0
    assert room.gap_until is None


async def test_a_room_with_more_to_tell_says_up_to_where(world: World) -> None:
    body = timeline(event("$1"), limited=True, prev_batch="s5")
    world.homeserver.answer("GET", "/sync", sync(join={ROOM: body}))

    (room,) = (await world.history.since("s1")).rooms

    assert room.gap_until == "s5"


async def test_a_room_that_the_bot_has_left_is_told_too(world: World) -> None:
    world.homeserver.answer("GET", "/sync", sync(leave={ROOM: timeline(event("$1"))}))

    assert [room.room_id for room in (await world.history.since("s1")).rooms] == [ROOM]


async def test_events_without_a_name_are_passed_over(world: World) -> None:
    odd = [None, 7, {}, event("$" + "x" * 300), {"event_id": "$1"}, event("$2")]
    rooms = {ROOM: timeline(*odd), "!odd": 5, "!odder": {"timeline": {"events": "no"}}}
    world.homeserver.answer("GET", "/sync", sync(join=rooms, leave=[], invite="no"))

    news = await world.history.since("s1")

    assert [[past.raw.event_id for past in room.events] for room in news.rooms] == [["$2"], []]


async def test_an_open_invite_has_an_id_that_stays(world: World) -> None:
    invite = {
        "type": "m.room.member",
        "state_key": BOT,
        "sender": "@ann:example.org",
        "content": {"membership": "invite", "is_direct": True},
    }
    other = {**invite, "state_key": "@eve:example.org"}
    body = sync(invite={ROOM: {"invite_state": {"events": [other, invite]}}})
    world.homeserver.answer("GET", "/sync", body, always=True)

    first, again, later = [await world.history.since(token) for token in ("s1", "s1", "s2")]

    (past,) = first.invites
    assert orjson.loads(past.raw.body)["content"]["is_direct"] is True
    assert past.raw.event_id == again.invites[0].raw.event_id
    assert past.raw.event_id != later.invites[0].raw.event_id


async def test_history_is_read_forward_page_by_page(world: World) -> None:
    world.homeserver.answer("GET", "/messages", {"chunk": [event("$1"), event("$2")], "end": "t2"})
    world.homeserver.answer("GET", "/messages", {"chunk": []})

    first = await world.history.between(ROOM, "s1", "s5", 2)
    last = await world.history.between(ROOM, "t2", "s5", 2)

    assert [past.raw.event_id for past in first.events] == ["$1", "$2"]
    assert (first.next_token, last.next_token) == ("t2", None)
    query = world.homeserver.asked[0].query
    assert (query["dir"], query["from"], query["to"], query["limit"]) == ("f", "s1", "s5", "2")


@pytest.mark.parametrize("end", ["s1", "s5"])
async def test_a_homeserver_that_stays_in_one_place_is_not_asked_for_ever(world: World, end: str) -> None:
    world.homeserver.answer("GET", "/messages", {"chunk": [event("$1")], "end": end})

    assert (await world.history.between(ROOM, "s1", "s5", 2)).next_token is None


async def test_an_answer_without_a_place_is_none(world: World) -> None:
    world.homeserver.answer("GET", "/sync", {})

    with pytest.raises(HomeserverUnavailable):
        await world.history.since("s1")


async def test_our_own_receipt_is_told_and_nobody_elses(world: World) -> None:
    receipts = {
        "type": "m.receipt",
        "content": {
            "$one": {"m.read": {"@ann:example.org": {"ts": 1}}},
            "$two": {"m.read": {BOT: {"ts": 2}, "@ann:example.org": {"ts": 3}}},
        },
    }
    room = timeline(event("$two")) | {"ephemeral": {"events": [None, {"type": "m.typing"}, receipts]}}
    other = timeline(event("$three")) | {"ephemeral": {"events": [{**receipts, "content": {"$one": {}}}]}}
    world.homeserver.answer("GET", "/sync", sync(join={ROOM: room, "!other": other}))

    news = await world.history.since("s1")

    assert [one.read_up_to for one in news.rooms] == ["$two", None]
