"""What the core relies on when it acts on Matrix: asked of Synapse and of the homeserver in memory."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bridge.model.errors import HomeserverRefused
from bridge.model.ids import EventID, RoomAlias, RoomID, UserID
from bridge.model.markup import Document
from bridge.model.messages import TextBody, Tone
from bridge.model.outgoing import (
    BridgeInfo,
    GhostProfile,
    Post,
    PostReaction,
    PostRedaction,
    PostStatus,
    PostTopic,
    RoomRequest,
)
from bridge.testing.servers import Synapse
from tests.contract.homeserver_worlds import (
    FakeWorld,
    SynapseWorld,
    World,
    as_synapse_reads,
    registration_for_tests,
)

BOT = GhostProfile(display_name="Trunkline")
REGISTRATION = registration_for_tests("http://127.0.0.1:9")


@pytest.fixture(scope="module")
def homeserver_for_bridges() -> Iterator[Synapse]:
    # By itself Synapse lets nobody publish a room.
    config = {"room_list_publication_rules": [{"action": "allow"}]}
    server = Synapse([as_synapse_reads(REGISTRATION, pushed=False)], config=config)
    with server.running_until_done() as running:
        yield running


@pytest_asyncio.fixture(params=["memory", pytest.param("synapse", marks=pytest.mark.integration)])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "memory":
        yield FakeWorld()
        return
    server = request.getfixturevalue("homeserver_for_bridges")
    async with aiohttp.ClientSession() as session:
        made = SynapseWorld(server, REGISTRATION, session)
        await made.bridge.ensure_ghost(made.bridge.bot, BOT)
        yield made


def text(words: str, **fields: Any) -> Post:
    return Post(body=TextBody(Document.of(words)), **fields)


def messages(timeline: list[dict[str, Any]]) -> list[tuple[str, str]]:
    said = (event for event in timeline if event["type"] == "m.room.message")
    return [(event["sender"], event["content"].get("body", "")) for event in said]


async def portal(world: World, *, alias: str | None = None) -> RoomID:
    """A room made by the bot."""
    wish = RoomRequest(alias_localpart=alias, name="#chat", topic=None, public=True)
    return await world.bridge.create_room(wish, {})


async def joined(world: World, *, public: bool = True) -> tuple[UserID, RoomID]:
    """A person's room that the bot has joined."""
    ann = await world.person("ann")
    room_id = await world.room_of(ann, public=public)
    if not public:
        await world.invite(ann, room_id, world.bridge.bot)
    await world.bridge.ensure_joined(world.bridge.bot, room_id)
    return ann, room_id


async def met(world: World, name: str) -> UserID:
    ghost = world.ghost(name)
    await world.bridge.ensure_ghost(ghost, GhostProfile(display_name=name.title()))
    return ghost


async def test_a_sent_message_is_in_the_room_with_its_sender_and_mark(world: World) -> None:
    ann, room_id = await joined(world)
    bob = await met(world, "bob")
    await world.bridge.ensure_joined(bob, room_id)

    event_id = await world.bridge.send(room_id, bob, text("hello", mark="m1"), txn="1")

    last = (await world.timeline(ann, room_id))[-1]
    assert (last["event_id"], last["sender"]) == (event_id, bob)
    assert last["content"]["body"] == "hello"
    assert last["content"]["dev.trunkline.mark"] == "m1"
    assert last["content"]["m.mentions"] == {}


async def test_a_repeated_transaction_gives_the_same_event_and_is_said_once(world: World) -> None:
    ann, room_id = await joined(world)
    bob = await met(world, "bob")

    first = await world.bridge.send(room_id, bob, text("once"), txn="same")
    second = await world.bridge.send(room_id, bob, text("once"), txn="same")

    assert first == second
    assert messages(await world.timeline(ann, room_id)) == [(bob, "once")]


async def test_an_event_of_ours_is_found_by_its_mark(world: World) -> None:
    _, room_id = await joined(world)
    bob, cid = await met(world, "bob"), await met(world, "cid")
    wanted = await world.bridge.send(room_id, bob, text("one", mark="a1.1"), txn="1")
    await world.bridge.send(room_id, cid, text("another", mark="a1.2"), txn="2")
    await world.bridge.send(room_id, bob, text("one more", mark="a1.3"), txn="3")

    assert await world.bridge.event_marked(room_id, bob, "a1.1") == wanted
    assert await world.bridge.event_marked(room_id, bob, "a1.2") is None


async def test_two_senders_with_one_transaction_name_are_both_heard(world: World) -> None:
    ann, room_id = await joined(world)
    bob, cid = await met(world, "bob"), await met(world, "cid")

    await world.bridge.send(room_id, bob, text("mine"), txn="same")
    await world.bridge.send(room_id, cid, text("mine too"), txn="same")

    assert messages(await world.timeline(ann, room_id)) == [(bob, "mine"), (cid, "mine too")]


async def test_a_hundred_sends_begun_at_once_arrive_in_the_order_of_the_calls(world: World) -> None:
    ann, room_id = await joined(world)
    bob, cid = await met(world, "bob"), await met(world, "cid")
    await world.bridge.ensure_joined(bob, room_id)
    await world.bridge.ensure_joined(cid, room_id)

    await asyncio.gather(
        *(
            world.bridge.send(room_id, (bob, cid)[number % 2], text(str(number)), txn=str(number))
            for number in range(100)
        )
    )

    assert [body for _, body in messages(await world.timeline(ann, room_id))] == [
        str(number) for number in range(100)
    ]


async def test_a_ghost_who_is_not_in_the_room_comes_in_to_speak(world: World) -> None:
    ann, room_id = await joined(world)
    bob = await met(world, "bob")

    await world.bridge.send(room_id, bob, text("knock knock"), txn="1")

    assert messages(await world.timeline(ann, room_id)) == [(bob, "knock knock")]


async def test_a_ghost_is_invited_into_a_private_room(world: World) -> None:
    _, room_id = await joined(world, public=False)
    bob = await met(world, "bob")

    await world.bridge.ensure_joined(bob, room_id)

    assert await world.bridge.is_joined(room_id, bob)
    assert set(await world.bridge.our_members(room_id)) == {world.bridge.bot, bob}


async def test_people_and_our_own_users_are_told_apart(world: World) -> None:
    ann, room_id = await joined(world)
    bob = await met(world, "bob")
    await world.bridge.ensure_joined(bob, room_id)

    assert set(await world.bridge.people(room_id)) == {ann}
    assert set(await world.bridge.our_members(room_id)) == {world.bridge.bot, bob}
    assert (await world.bridge.member_names(room_id))[bob] == "Bob"


async def test_leaving_twice_is_as_good_as_once(world: World) -> None:
    _, room_id = await joined(world)
    bob = await met(world, "bob")
    await world.bridge.ensure_joined(bob, room_id)

    await world.bridge.leave(bob, room_id)
    await world.bridge.leave(bob, room_id)

    assert not await world.bridge.is_joined(room_id, bob)


async def test_a_renamed_ghost_shows_the_new_name(world: World) -> None:
    _, room_id = await joined(world)
    bob = await met(world, "bob")
    await world.bridge.ensure_ghost(bob, GhostProfile(display_name="Bobby"))
    await world.bridge.ensure_joined(bob, room_id)

    assert await world.bridge.display_name(room_id, bob) == "Bobby"


async def test_someone_unknown_is_shown_by_localpart(world: World) -> None:
    _, room_id = await joined(world)

    assert await world.bridge.display_name(room_id, UserID("@ann:elsewhere.example")) == "ann"


async def test_an_alias_moves_from_one_room_to_another(world: World) -> None:
    alias = RoomAlias(f"#_trunkline_{world.ghost('x')[1:].partition(':')[0]}:{world.bridge.domain}")
    first = await portal(world)
    second = await portal(world)

    assert await world.bridge.resolve_alias(alias) is None
    await world.bridge.put_alias(alias, first)
    await world.bridge.put_alias(alias, second)

    assert await world.bridge.resolve_alias(alias) == second


async def test_an_alias_that_is_taken_refuses_a_second_room(world: World) -> None:
    localpart = f"_trunkline_{world.ghost('taken')[1:].partition(':')[0]}"
    room_id = await portal(world, alias=localpart)

    with pytest.raises(HomeserverRefused) as refused:
        await portal(world, alias=localpart)

    assert refused.value.code == "M_ROOM_IN_USE"
    assert await world.bridge.resolve_alias(RoomAlias(f"#{localpart}:{world.bridge.domain}")) == room_id


async def test_the_bot_is_creator_of_a_room_of_version_12(world: World) -> None:
    room_id = await world.bridge.create_room(
        RoomRequest(alias_localpart=None, name="chat", topic="t", public=True), {"m.room.topic": 0}
    )

    power = await world.bridge.power(room_id)

    assert power.room_version == "12"
    assert power.creators == (world.bridge.bot,)
    assert world.bridge.bot not in power.levels["users"]
    assert power.levels["events"]["m.room.topic"] == 0


async def test_an_older_room_has_no_creators_with_infinite_power(world: World) -> None:
    ann = await world.person("ann")
    room_id = await world.room_of(ann, version="10")
    await world.bridge.ensure_joined(world.bridge.bot, room_id)

    power = await world.bridge.power(room_id)

    assert (power.room_version, power.creators) == ("10", ())
    assert power.levels["users"] == {ann: 100}


async def test_a_room_with_encryption_is_known_as_such(world: World) -> None:
    ann, room_id = await joined(world)
    _, plain = await joined_again(world, ann)
    await world.set_state(ann, room_id, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})

    assert await world.bridge.is_encrypted(room_id)
    assert not await world.bridge.is_encrypted(plain)


async def joined_again(world: World, ann: UserID) -> tuple[UserID, RoomID]:
    room_id = await world.room_of(ann)
    await world.bridge.ensure_joined(world.bridge.bot, room_id)
    return ann, room_id


async def test_a_tombstone_names_its_event_and_the_next_room(world: World) -> None:
    ann, room_id = await joined(world)
    content = {"body": "moved", "replacement_room": "!next"}
    await world.set_state(ann, room_id, "m.room.tombstone", content)

    found = await world.bridge.tombstone(room_id)

    assert found is not None
    assert found[1] == "!next"
    assert found[0].startswith("$")


async def test_a_room_without_predecessor_says_so(world: World) -> None:
    _, room_id = await joined(world)

    assert await world.bridge.predecessor(room_id) is None
    assert await world.bridge.tombstone(room_id) is None


async def test_edit_reaction_redaction_and_status_name_their_target(world: World) -> None:
    ann, room_id = await joined(world)
    bob = await met(world, "bob")
    said = await world.bridge.send(room_id, bob, text("helo"), txn="1")

    await world.bridge.send(room_id, bob, text("hello", edit_of=said), txn="2")
    reaction = await world.bridge.send(room_id, bob, PostReaction(target=said, key="👍"), txn="3")
    await world.bridge.send(
        room_id, world.bridge.bot, PostStatus(target=said, arrived=True, network="net"), txn="4"
    )
    await world.bridge.send(room_id, bob, PostRedaction(target=reaction, reason="oops"), txn="5")

    timeline = {event["event_id"]: event for event in await world.timeline(ann, room_id)}
    edit, _, status, redaction = list(timeline.values())[-4:]
    assert edit["content"]["m.new_content"]["body"] == "hello"
    assert edit["content"]["m.relates_to"] == {"rel_type": "m.replace", "event_id": said}
    assert status["content"]["m.relates_to"] == {"rel_type": "m.reference", "event_id": said}
    assert status["content"]["status"] == "SUCCESS"
    assert redaction["content"].get("redacts", redaction.get("redacts")) == reaction


async def test_a_redaction_repeated_is_made_once(world: World) -> None:
    ann, room_id = await joined(world)
    bob = await met(world, "bob")
    said = await world.bridge.send(room_id, bob, text("oops"), txn="1")

    first = await world.bridge.send(room_id, bob, PostRedaction(target=said), txn="2")
    second = await world.bridge.send(room_id, bob, PostRedaction(target=said), txn="2")

    redactions = [e for e in await world.timeline(ann, room_id) if e["type"] == "m.room.redaction"]
    assert first == second
    assert len(redactions) == 1


async def test_a_topic_is_written_as_state_by_its_sender(world: World) -> None:
    room_id = await portal(world)

    event_id = await world.bridge.send(room_id, world.bridge.bot, PostTopic(topic="Trains"), txn="1")

    assert event_id.startswith("$")


async def test_a_message_carries_the_time_it_was_said(world: World) -> None:
    ann, room_id = await joined(world)
    bob = await met(world, "bob")
    said_at = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)

    await world.bridge.send(room_id, bob, text("earlier"), txn="1", at=said_at)

    last = (await world.timeline(ann, room_id))[-1]
    assert last["origin_server_ts"] == int(said_at.timestamp() * 1000)


async def test_a_notice_is_sent_as_one(world: World) -> None:
    ann, room_id = await joined(world)
    notice = Post(body=TextBody(Document.of("beep"), Tone.NOTICE))

    await world.bridge.send(room_id, world.bridge.bot, notice, txn="1")

    assert (await world.timeline(ann, room_id))[-1]["content"]["msgtype"] == "m.notice"


async def test_a_room_that_does_not_exist_refuses(world: World) -> None:
    bob = await met(world, "bob")

    with pytest.raises(HomeserverRefused):
        await world.bridge.send(RoomID("!nowhere:localhost"), bob, text("hello?"), txn="1")


async def test_the_bot_does_not_force_its_way_into_a_room(world: World) -> None:
    ann = await world.person("ann")
    room_id = await world.room_of(ann)

    with pytest.raises(HomeserverRefused) as refused:
        await world.bridge.send(room_id, world.bridge.bot, text("hello?"), txn="1")

    assert refused.value.code == "M_FORBIDDEN"


async def test_a_room_the_bot_never_saw_has_it_not_inside(world: World) -> None:
    ann = await world.person("ann")
    room_id = await world.room_of(ann, public=False)

    assert not await world.bridge.is_joined(room_id, world.bridge.bot)
    assert not await world.bridge.is_joined(RoomID("!nowhere"), world.bridge.bot)


async def test_bridge_information_may_be_written_twice_and_emptied(world: World) -> None:
    room_id = await portal(world)
    info = BridgeInfo(
        creator=None,
        protocol_id="irc",
        protocol_name="IRC",
        network_id="libera",
        network_name="Libera.Chat",
        channel_id="#python",
        channel_name="#python",
    )

    await world.bridge.set_bridge_info(room_id, info)
    await world.bridge.set_bridge_info(room_id, info)
    assert await world.channels_of(room_id) == ["#python"]

    await world.bridge.set_bridge_info(room_id, None)
    assert await world.channels_of(room_id) == []


@pytest.mark.parametrize("listed", [True, False])
async def test_a_room_is_in_the_directory_by_wish_only(world: World, listed: bool) -> None:
    wish = RoomRequest(alias_localpart=None, name="#chat", topic=None, public=True, listed=listed)

    room_id = await world.bridge.create_room(wish, {})

    assert await world.is_listed(room_id) is listed


async def test_a_read_receipt_for_nothing_is_no_error(world: World) -> None:
    room_id = await portal(world)

    await world.bridge.mark_read(room_id, EventID("$nothing"))


async def test_inviting_someone_who_is_inside_changes_nothing(world: World) -> None:
    ann, room_id = await joined(world)

    await world.bridge.invite(room_id, ann)

    assert await world.bridge.is_joined(room_id, ann)


async def test_someone_kicked_is_not_in_the_room_any_more(world: World) -> None:
    room_id = await portal(world)
    bob = await met(world, "bob")
    await world.bridge.ensure_joined(bob, room_id)

    await world.bridge.kick(room_id, bob, "flood")

    assert not await world.bridge.is_joined(room_id, bob)
