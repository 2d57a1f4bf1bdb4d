"""What is asked of the homeserver for one message."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from attrs import frozen

from bridge.matrix.homeserver import MatrixHomeserver
from bridge.matrix.sends import hashed_txn
from bridge.model.errors import HomeserverRefused, HomeserverUnavailable
from bridge.model.ids import EventID, RoomID, UserID
from bridge.model.markup import Document
from bridge.model.messages import TextBody
from bridge.model.namespace import Namespace
from bridge.model.outgoing import GhostProfile, Post, PostRedaction, PostTopic
from tests.matrix.scripted_homeserver import ScriptedHomeserver, scripted_homeserver

ROOM = RoomID("!room")
BOB = UserID("@_trunkline_net_bob:example.org")
HELLO = Post(body=TextBody(Document.of("hello")))


@frozen
class World:
    homeserver: ScriptedHomeserver
    bridge: MatrixHomeserver


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with scripted_homeserver() as homeserver:
        homeserver.answer("PUT", "/send/", {"event_id": "$sent"}, always=True)
        yield World(homeserver, MatrixHomeserver(homeserver.client, Namespace("example.org")))


def put_first(world: World, status: int, code: str) -> None:
    world.homeserver.rules.appendleft(("PUT", "/send/", status, {"errcode": code}, {}, False))


async def test_a_send_names_sender_device_and_time(world: World) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)

    event_id = await world.bridge.send(ROOM, BOB, HELLO, txn="t", at=at)

    (asked,) = world.homeserver.asked
    assert event_id == "$sent"
    assert asked.path == f"/v3/rooms/!room/send/m.room.message/{hashed_txn(BOB, 't')}"
    assert asked.query == {"user_id": BOB, "device_id": "TRUNKLINE", "ts": "1767225600000"}


def test_a_transaction_id_is_the_senders_own() -> None:
    assert hashed_txn(BOB, "t") == hashed_txn(BOB, "t")
    assert len({hashed_txn(BOB, "t"), hashed_txn(UserID("@a:b"), "t"), hashed_txn(BOB, "u")}) == 3


async def test_a_missing_device_is_made_and_the_same_send_repeated(world: World) -> None:
    put_first(world, 400, "M_UNKNOWN_DEVICE")

    await world.bridge.send(ROOM, BOB, HELLO, txn="t")

    first, device, second = world.homeserver.asked
    assert device.path == "/v3/devices/TRUNKLINE"
    assert device.query == {"user_id": BOB}
    assert first == second


async def test_a_homeserver_without_such_devices_is_used_without(world: World) -> None:
    put_first(world, 400, "M_UNKNOWN_DEVICE")
    world.homeserver.refuse("PUT", "/devices/", "M_NOT_FOUND", 404)

    await world.bridge.send(ROOM, BOB, HELLO, txn="t")

    assert "device_id" not in world.homeserver.asked[-1].query


async def test_a_sender_who_is_not_in_the_room_joins_and_speaks(world: World) -> None:
    put_first(world, 403, "M_FORBIDDEN")
    world.homeserver.refuse("GET", "/state/m.room.member/", "M_NOT_FOUND", 404)

    assert await world.bridge.send(ROOM, BOB, HELLO, txn="t") == "$sent"
    assert world.homeserver.lines()[2] == "POST /v3/rooms/!room/join"


async def test_a_sender_who_is_in_the_room_and_may_not_speak_is_refused(world: World) -> None:
    put_first(world, 403, "M_FORBIDDEN")
    member = {"type": "m.room.member", "content": {"membership": "join"}}
    world.homeserver.answer("GET", "/state/m.room.member/", member, always=True)

    with pytest.raises(HomeserverRefused):
        await world.bridge.send(ROOM, BOB, HELLO, txn="t")

    assert "POST /v3/rooms/!room/join" not in world.homeserver.lines()


async def test_a_token_the_homeserver_does_not_know_makes_messages_wait(world: World) -> None:
    """It is the admin's mistake and can be mended; nobody's message is to be lost for it."""
    put_first(world, 401, "M_UNKNOWN_TOKEN")

    with pytest.raises(HomeserverUnavailable):
        await world.bridge.send(ROOM, BOB, HELLO, txn="t")


async def test_joining_helps_only_once(world: World) -> None:
    world.homeserver.rules.clear()
    world.homeserver.refuse("PUT", "/send/", "M_FORBIDDEN", always=True)
    world.homeserver.refuse("GET", "/state/m.room.member/", "M_NOT_FOUND", 404, always=True)

    with pytest.raises(HomeserverRefused):
        await world.bridge.send(ROOM, BOB, HELLO, txn="t")

    assert world.homeserver.lines().count("POST /v3/rooms/!room/join") == 1


async def test_an_answer_without_an_event_id_is_no_success(world: World) -> None:
    world.homeserver.rules.clear()
    world.homeserver.answer("PUT", "/send/", {})

    with pytest.raises(HomeserverUnavailable):
        await world.bridge.send(ROOM, BOB, HELLO, txn="t")


async def test_one_send_at_a_time_goes_into_a_room_and_other_rooms_do_not_wait(world: World) -> None:
    asked = asyncio.Event()
    world.homeserver.meanwhile = asked.set
    world.homeserver.rules.appendleft(("PUT", "/!room/send/", -1, {}, {}, False))
    stuck = asyncio.create_task(world.bridge.send(ROOM, BOB, HELLO, txn="1"))
    behind = asyncio.create_task(world.bridge.send(ROOM, BOB, HELLO, txn="2"))
    await asked.wait()

    assert await world.bridge.send(RoomID("!other"), BOB, HELLO, txn="3") == "$sent"
    assert [one.path.split("/")[3] for one in world.homeserver.asked] == ["!room", "!other"]

    stuck.cancel()
    assert await behind == "$sent"


async def test_a_redaction_has_a_transaction_id(world: World) -> None:
    world.homeserver.answer("PUT", "/redact/", {"event_id": "$r"})

    await world.bridge.send(ROOM, BOB, PostRedaction(target=EventID("$x"), reason="why"), txn="t")

    (asked,) = world.homeserver.asked
    assert asked.path == f"/v3/rooms/!room/redact/$x/{hashed_txn(BOB, 't')}"
    assert asked.content == {"reason": "why"}


async def test_a_topic_is_state(world: World) -> None:
    world.homeserver.answer("PUT", "/state/", {"event_id": "$t"})

    await world.bridge.send(ROOM, BOB, PostTopic(topic="Trains"), txn="t")

    (asked,) = world.homeserver.asked
    assert (asked.path, asked.content) == ("/v3/rooms/!room/state/m.room.topic", {"topic": "Trains"})


# ------------------------------------------------------------------------------------------ ghosts


async def test_a_new_ghost_is_registered_named_and_given_a_device(world: World) -> None:
    world.homeserver.refuse("GET", "/profile/", "M_NOT_FOUND", 404)

    await world.bridge.ensure_ghost(BOB, GhostProfile(display_name="bob"))

    assert world.homeserver.lines() == [
        f"GET /v3/profile/{BOB}",
        "POST /v3/register",
        "PUT /v3/devices/TRUNKLINE",
        f"PUT /v3/profile/{BOB}/displayname",
    ]
    assert world.homeserver.asked[1].content == {
        "type": "m.login.application_service",
        "username": "_trunkline_net_bob",
        "inhibit_login": True,
    }


async def test_a_ghost_of_earlier_days_costs_one_question(world: World) -> None:
    world.homeserver.answer("GET", "/profile/", {"displayname": "bob"})

    await world.bridge.ensure_ghost(BOB, GhostProfile(display_name="bob"))
    await world.bridge.ensure_ghost(BOB, GhostProfile(display_name="bob"))

    assert world.homeserver.lines() == [f"GET /v3/profile/{BOB}"]


async def test_somebody_registered_already_is_no_error(world: World) -> None:
    world.homeserver.refuse("GET", "/profile/", "M_FORBIDDEN")
    world.homeserver.refuse("POST", "/register", "M_USER_IN_USE", 400)

    await world.bridge.ensure_ghost(BOB, GhostProfile(display_name="bob"))

    assert world.homeserver.lines()[-1].endswith("/displayname")


async def test_a_new_name_is_one_request(world: World) -> None:
    world.homeserver.answer("GET", "/profile/", {"displayname": "bob"})
    await world.bridge.ensure_ghost(BOB, GhostProfile(display_name="bob"))

    await world.bridge.ensure_ghost(BOB, GhostProfile(display_name="b" * 300))

    assert world.homeserver.lines()[1:] == [f"PUT /v3/profile/{BOB}/displayname"]
    assert world.homeserver.asked[-1].content == {"displayname": "b" * 256}


async def test_a_ghost_who_could_not_be_named_is_named_next_time(world: World) -> None:
    world.homeserver.answer("GET", "/profile/", {"displayname": "x"}, always=True)
    world.homeserver.refuse("PUT", "/displayname", "M_UNKNOWN")
    with pytest.raises(HomeserverRefused):
        await world.bridge.ensure_ghost(BOB, GhostProfile(display_name="bob"))

    await world.bridge.ensure_ghost(BOB, GhostProfile(display_name="bob"))

    assert world.homeserver.lines()[-1] == f"PUT /v3/profile/{BOB}/displayname"


async def test_a_kept_out_ghost_is_invited_by_the_bot(world: World) -> None:
    world.homeserver.refuse("GET", "/state/m.room.member/", "M_NOT_FOUND", 404)
    world.homeserver.refuse("POST", "/join", "M_FORBIDDEN")

    await world.bridge.ensure_joined(BOB, ROOM)

    _, join, invite, again = world.homeserver.asked
    assert (join.path, again.path) == ("/v3/rooms/!room/join", "/v3/rooms/!room/join")
    assert invite.query == {"user_id": world.bridge.bot}
    assert invite.content == {"user_id": BOB}
