"""Each piece of state is asked for once and then kept fresh by what is pushed."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio
from attrs import frozen

from bridge.matrix.homeserver import MatrixHomeserver
from bridge.matrix.state import RoomStates
from bridge.model.errors import HomeserverRefused
from bridge.model.ids import EventID, RoomID, UserID
from bridge.model.matrix_events import RawEvent
from bridge.model.namespace import Namespace
from tests.matrix.scripted_homeserver import ScriptedHomeserver, scripted_homeserver

ROOM = RoomID("!room:example.org")
ANN = UserID("@ann:example.org")
BOT = Namespace("example.org").bot


@frozen
class World:
    homeserver: ScriptedHomeserver
    bridge: MatrixHomeserver

    @property
    def states(self) -> RoomStates:
        return self.bridge.states

    def has(self, event_type: str, content: dict[str, Any], event_id: str = "$1", **fields: Any) -> None:
        """The next question for this type of state is answered so."""
        event = {"type": event_type, "event_id": event_id, "sender": ANN, "content": content, **fields}
        self.homeserver.answer("GET", f"/state/{event_type}/", event)

    def has_not(self, event_type: str) -> None:
        self.homeserver.refuse("GET", f"/state/{event_type}/", "M_NOT_FOUND", 404)

    def pushed(
        self, event_type: str, content: dict[str, Any], event_id: str, *, key: str = "", replaces: str = ""
    ) -> None:
        event: dict[str, Any] = {
            "type": event_type,
            "state_key": key,
            "event_id": event_id,
            "room_id": ROOM,
            "sender": ANN,
            "content": content,
        }
        if replaces:
            event["unsigned"] = {"replaces_state": replaces}
        raw = RawEvent(event_id=EventID(event_id), room_id=ROOM, body=orjson.dumps(event))
        self.states.apply(raw)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with scripted_homeserver() as homeserver:
        yield World(homeserver, MatrixHomeserver(homeserver.client, Namespace("example.org")))


async def test_a_question_is_asked_once_and_as_the_bot(world: World) -> None:
    world.has("m.room.topic", {"topic": "a"})

    first = await world.states.get(ROOM, "m.room.topic")
    second = await world.states.get(ROOM, "m.room.topic")

    assert first == second
    assert first is not None
    assert first.content == {"topic": "a"}
    (asked,) = world.homeserver.asked
    assert asked.path == f"/v3/rooms/{ROOM}/state/m.room.topic/"
    assert asked.query == {"user_id": BOT, "format": "event"}


async def test_what_is_not_there_is_not_asked_for_again(world: World) -> None:
    world.has_not("m.room.encryption")

    assert not await world.bridge.is_encrypted(ROOM)
    assert not await world.bridge.is_encrypted(ROOM)
    assert len(world.homeserver.asked) == 1


async def test_encryption_switched_on_is_known_from_the_push(world: World) -> None:
    world.has_not("m.room.encryption")
    assert not await world.bridge.is_encrypted(ROOM)

    world.pushed("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}, "$2")

    assert await world.bridge.is_encrypted(ROOM)
    assert len(world.homeserver.asked) == 1


async def test_a_push_that_follows_what_is_known_replaces_it(world: World) -> None:
    world.has("m.room.power_levels", {"users": {ANN: 50}}, "$1")
    await world.states.get(ROOM, "m.room.power_levels")

    world.pushed("m.room.power_levels", {"users": {ANN: 100}}, "$2", replaces="$1")

    found = await world.states.get(ROOM, "m.room.power_levels")
    assert found is not None
    assert found.content == {"users": {ANN: 100}}
    assert len(world.homeserver.asked) == 1


async def test_a_push_that_comes_late_makes_the_bridge_ask_again(world: World) -> None:
    """A transaction in flight when the homeserver died is delivered after newer ones."""
    world.has("m.room.power_levels", {"users": {ANN: 100}}, "$2")
    await world.states.get(ROOM, "m.room.power_levels")
    world.has("m.room.power_levels", {"users": {ANN: 100}}, "$2")

    world.pushed("m.room.power_levels", {"users": {ANN: 50}}, "$1", replaces="$0")

    found = await world.states.get(ROOM, "m.room.power_levels")
    assert found is not None
    assert found.content == {"users": {ANN: 100}}


async def test_a_late_push_of_what_nobody_asked_for_is_not_believed(world: World) -> None:
    """The room was looked at for another reason; then a transaction from before came late.

    Its power levels were taken for those of today, although nothing was known that they could follow.
    """
    world.has("m.room.topic", {"topic": "a"}, "$1")
    await world.states.get(ROOM, "m.room.topic")
    world.has("m.room.power_levels", {"users": {ANN: 0}}, "$9")

    world.pushed("m.room.power_levels", {"users": {ANN: 100}}, "$3", replaces="$2")

    found = await world.states.get(ROOM, "m.room.power_levels")
    assert found is not None
    assert found.content == {"users": {ANN: 0}}


async def test_two_late_pushes_are_not_believed_either(world: World) -> None:
    """The first one made the piece unknown, and the second one was then taken for the newest."""
    world.has("m.room.power_levels", {"users": {ANN: 0}}, "$9")
    await world.states.get(ROOM, "m.room.power_levels")
    world.has("m.room.power_levels", {"users": {ANN: 0}}, "$9")

    world.pushed("m.room.power_levels", {"users": {ANN: 50}}, "$3", replaces="$2")
    world.pushed("m.room.power_levels", {"users": {ANN: 100}}, "$4", replaces="$3")

    found = await world.states.get(ROOM, "m.room.power_levels")
    assert found is not None
    assert found.content == {"users": {ANN: 0}}


async def test_the_same_push_again_changes_nothing(world: World) -> None:
    world.has("m.room.topic", {"topic": "a"}, "$1")
    await world.states.get(ROOM, "m.room.topic")

    world.pushed("m.room.topic", {"topic": "a"}, "$1", replaces="$0")

    await world.states.get(ROOM, "m.room.topic")
    assert len(world.homeserver.asked) == 1


async def test_a_push_while_the_answer_is_on_its_way_wins(world: World) -> None:
    world.has("m.room.topic", {"topic": "old"}, "$1")
    world.homeserver.meanwhile = lambda: world.pushed("m.room.topic", {"topic": "new"}, "$2", replaces="$1")

    found = await world.states.get(ROOM, "m.room.topic")

    assert found is not None
    assert found.content == {"topic": "new"}


async def test_a_homeserver_that_knows_no_format_answers_with_the_content(world: World) -> None:
    world.homeserver.answer("GET", "/state/m.room.topic/", {"topic": "a"})

    found = await world.states.get(ROOM, "m.room.topic")

    assert found is not None
    assert (found.content, found.event_id) == ({"topic": "a"}, None)


async def test_members_are_asked_for_once_and_then_followed(world: World) -> None:
    bob = UserID("@_trunkline_net_bob:example.org")
    joined = {ANN: {"display_name": "Ann"}, BOT: {"display_name": "Trunkline"}}
    world.homeserver.answer("GET", "/joined_members", {"joined": joined})
    assert set(await world.bridge.our_members(ROOM)) == {BOT}

    world.pushed("m.room.member", {"membership": "join", "displayname": "Bob"}, "$2", key=bob)
    world.pushed("m.room.member", {"membership": "leave"}, "$3", key=ANN)

    assert set(await world.bridge.our_members(ROOM)) == {BOT, bob}
    assert await world.bridge.display_name(ROOM, bob) == "Bob"
    assert not await world.bridge.is_joined(ROOM, ANN)
    assert not await world.bridge.is_joined(ROOM, UserID("@nobody:example.org"))
    assert len(world.homeserver.asked) == 1


async def test_people_are_asked_for_afresh(world: World) -> None:
    world.homeserver.answer("GET", "/joined_members", {"joined": {ANN: {}, BOT: {}}})
    world.homeserver.answer("GET", "/joined_members", {"joined": {BOT: {}}})

    assert list(await world.bridge.people(ROOM)) == [ANN]
    assert list(await world.bridge.people(ROOM)) == []


async def test_a_room_that_put_the_bot_out_is_forgotten(world: World) -> None:
    world.has("m.room.topic", {"topic": "a"}, "$1")
    world.has("m.room.topic", {"topic": "b"}, "$5")
    await world.states.get(ROOM, "m.room.topic")

    world.pushed("m.room.member", {"membership": "leave"}, "$2", key=BOT)

    found = await world.states.get(ROOM, "m.room.topic")
    assert found is not None
    assert found.content == {"topic": "b"}


async def test_the_room_longest_not_asked_about_goes_first() -> None:
    async with scripted_homeserver() as homeserver:
        states = RoomStates(homeserver.client, BOT, rooms_kept=2)
        for room_id in ("!a", "!b", "!a", "!c", "!a"):
            await states.get(RoomID(room_id), "m.room.topic")
        await states.get(RoomID("!b"), "m.room.topic")

        assert [asked.path.split("/")[3] for asked in homeserver.asked] == ["!a", "!b", "!c", "!b"]


async def test_a_room_closed_to_the_bot_is_said_to_be(world: World) -> None:
    world.homeserver.refuse("GET", "/state/", "M_FORBIDDEN")

    with pytest.raises(HomeserverRefused):
        await world.bridge.is_encrypted(ROOM)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"state_key":5}', b'{"state_key":"","type":[]}', b'"state_key"']
)
async def test_pushes_of_any_shape_are_passed_over(world: World, body: bytes) -> None:
    world.has("m.room.topic", {"topic": "a"})
    await world.states.get(ROOM, "m.room.topic")

    world.states.apply(RawEvent(event_id=EventID("$x"), room_id=ROOM, body=body))

    await world.states.get(ROOM, "m.room.topic")
    assert len(world.homeserver.asked) == 1


# ------------------------------------------------------------------------------------------- power


@pytest.mark.parametrize(
    ("version", "creators"),
    [
        ("1", ()),
        ("10", ()),
        ("11", ()),
        ("12", (ANN, "@co:example.org")),
        ("13", (ANN, "@co:example.org")),
        ("org.example.unheard-of", ()),
        ("", ()),
    ],
)
async def test_creators_reign_from_version_12_on_and_not_in_versions_never_heard_of(
    world: World, version: str, creators: tuple[str, ...]
) -> None:
    create = {"room_version": version, "additional_creators": ["@co:example.org", 5, ANN]}
    world.has("m.room.create", create)
    world.has("m.room.power_levels", {"users": {ANN: 100}})

    power = await world.bridge.power(ROOM)

    assert power.creators == creators


async def test_without_power_levels_the_creator_has_100(world: World) -> None:
    world.has("m.room.create", {"creator": ANN})
    world.has_not("m.room.power_levels")

    power = await world.bridge.power(ROOM)

    assert power.room_version == "1"
    assert power.levels["users"] == {ANN: 100}


async def test_a_predecessor_is_named_with_the_rooms_creator(world: World) -> None:
    world.has("m.room.create", {"predecessor": {"room_id": "!old", "event_id": "$last"}})

    assert await world.bridge.predecessor(ROOM) == ("!old", "$last", ANN)
