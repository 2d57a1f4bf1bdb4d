"""The Matrix side against a real Synapse that pushes to a real endpoint."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from attrs import define

from bridge.matrix.endpoint import Endpoint
from bridge.matrix.media import Media
from bridge.matrix.ping import NotReached, Probe, Reached
from bridge.matrix.reader import EventReader
from bridge.model.ids import RoomAlias, RoomID
from bridge.model.markup import Document
from bridge.model.matrix_events import MatrixMessage, Receipt, Typing
from bridge.model.messages import TextBody
from bridge.model.outgoing import GhostProfile, Post, RoomRequest
from bridge.testing.matrix_client import MatrixUser
from bridge.testing.pytest_plugin import LogInMatrix, MakeSynapse
from bridge.testing.servers import Synapse
from tests.contract.homeserver_worlds import SynapseWorld, as_synapse_reads, registration_for_tests
from tests.matrix.endpoint_world import Recorder

pytestmark = pytest.mark.integration


@define
class World:
    """One Synapse with one appservice; ``recorder`` has what was pushed."""

    server: Synapse
    bridge: SynapseWorld
    recorder: Recorder
    log_in: LogInMatrix

    async def person(self, name: str) -> MatrixUser:
        return await self.log_in(name, on=self.server)

    async def pushed(self, fits: Callable[[], bool]) -> None:
        """Wait until what was pushed fits."""
        async with asyncio.timeout(20):
            while not fits():
                self.recorder.news.clear()
                await self.recorder.news.wait()

    async def room_with_bot(self, person: MatrixUser, **options: Any) -> RoomID:
        room_id = RoomID(await person.create_room(preset="public_chat", **options))
        await self.bridge.bridge.ensure_joined(self.bridge.bridge.bot, room_id)
        return room_id


@pytest_asyncio.fixture
async def world(make_synapse: MakeSynapse, matrix_user: LogInMatrix) -> AsyncIterator[World]:
    recorder = Recorder()
    registration = registration_for_tests("http://127.0.0.1:1")
    endpoint = Endpoint(
        hs_token=registration.hs_token,
        sink=recorder,
        rooms=recorder,
        users=recorder,
        third_party=recorder,
    )
    async with (
        TestServer(endpoint.application(), host="127.0.0.1") as listener,
        aiohttp.ClientSession() as session,
    ):
        content = {**as_synapse_reads(registration), "url": str(listener.make_url("")).rstrip("/")}
        server = await make_synapse([content])
        bridge = SynapseWorld(server, registration, session)
        await bridge.bridge.ensure_ghost(bridge.bridge.bot, GhostProfile(display_name="Trunkline"))
        yield World(server, bridge, recorder, matrix_user)


def bodies(world: World) -> list[str]:
    reader = EventReader(world.bridge.namespace)
    events = [reader.read(raw.body) for raw in world.recorder.events]
    texts = [event.body for event in events if isinstance(event, MatrixMessage)]
    return [str(body.text) for body in texts if isinstance(body, TextBody)]


async def test_what_people_say_is_pushed_and_read(world: World) -> None:
    ann = await world.person("ann")
    room_id = await world.room_with_bot(ann)

    for number in range(20):
        await ann.say(room_id, f"line {number}")

    wanted = [str(Document.of(f"line {number}")) for number in range(20)]
    await world.pushed(lambda: bodies(world) == wanted)


async def test_pushed_state_keeps_the_cache_fresh(world: World) -> None:
    ann = await world.person("ann")
    room_id = await world.room_with_bot(ann)
    homeserver = world.bridge.bridge
    before = await homeserver.power(room_id)
    assert not await homeserver.is_encrypted(room_id)
    assert set(await homeserver.our_members(room_id)) == {homeserver.bot}
    assert before.creators == (ann.user_id,)

    levels = {**before.levels, "users": {"@x:y": 50}}
    await ann.set_state(room_id, "m.room.power_levels", levels)
    await ann.set_state(room_id, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    switched_on = b'"type":"m.room.encryption"'
    await world.pushed(lambda: any(switched_on in raw.body for raw in world.recorder.events))
    for raw in world.recorder.events:
        homeserver.states.apply(raw)

    assert await homeserver.is_encrypted(room_id)
    assert (await homeserver.power(room_id)).levels["users"] == {"@x:y": 50}


async def test_receipts_and_typing_are_pushed(world: World) -> None:
    ann = await world.person("ann")
    room_id = await world.room_with_bot(ann)
    said = await ann.say(room_id, "hi")

    await ann.set_typing(room_id, True)
    await ann.send_receipt(room_id, said)

    def told() -> bool:
        kinds = {type(signal) for signal in world.recorder.signals}
        return {Receipt, Typing} <= kinds

    await world.pushed(told)


async def test_asking_for_an_alias_reaches_us(world: World) -> None:
    ann = await world.person("ann")
    alias = RoomAlias("#_trunkline_net_chat:localhost")
    request = RoomRequest(alias_localpart=None, name="chat", topic=None, public=True)
    room_id = await world.bridge.bridge.create_room(request, {})

    async def make(asked: RoomAlias) -> bool:
        await world.bridge.bridge.put_alias(asked, room_id)
        return True

    world.recorder.make_room = make

    assert await ann.join(alias) == room_id


async def test_ping_goes_both_ways(world: World) -> None:
    probe = Probe(world.bridge.client, "trunkline")

    assert isinstance(await probe.ping("t"), Reached)
    assert await Probe(world.bridge.client, "other").ping() == NotReached("M_FORBIDDEN")
    assert await probe.whoami(world.bridge.bridge.bot) == world.bridge.bridge.bot
    assert (await probe.server_version() or "").startswith("1.")
    assert not await probe.is_admin(world.bridge.bridge.bot)


async def test_a_repeated_send_is_known_after_the_homeserver_was_killed(world: World) -> None:
    """Only because the send names a device; without one Synapse forgets at its restart."""
    ann = await world.person("ann")
    room_id = await world.room_with_bot(ann)
    bob = world.bridge.ghost("bob")
    homeserver = world.bridge.bridge
    await homeserver.ensure_ghost(bob, GhostProfile(display_name="Bob"))
    post = Post(body=TextBody(Document.of("once")))
    first = await homeserver.send(room_id, bob, post, txn="t")

    await world.server.kill()
    await world.server.start()
    second = await homeserver.send(room_id, bob, post, txn="t")

    assert first == second


async def test_a_file_comes_back_as_it_went(world: World) -> None:
    media = Media(world.bridge.client, world.bridge.bridge.bot)

    mxc = await media.upload(b"cat" * 1000, mime_type="image/png", filename="cat.png")
    async with media.download(mxc, limit_bytes=3000) as download:
        back = b"".join([chunk async for chunk in download.chunks])

    assert back == b"cat" * 1000
    assert download.mime_type == "image/png"
