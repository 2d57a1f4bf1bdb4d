"""What reconciliation relies on: asked of Synapse and of the homeserver in memory."""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

import aiohttp
import orjson
import pytest
import pytest_asyncio
from attrs import frozen

from bridge.core.reconcile_ports import History
from bridge.matrix.history import MatrixHistory
from bridge.model.errors import HomeserverRefused
from bridge.model.history import PastEvent
from bridge.model.ids import RoomID, UserID
from bridge.model.outgoing import GhostProfile
from bridge.testing.history import FakeHistory
from bridge.testing.servers import Synapse
from tests.contract.homeserver_worlds import (
    FakeWorld,
    SynapseWorld,
    World,
    as_synapse_reads,
    registration_for_tests,
)

REGISTRATION = registration_for_tests("http://127.0.0.1:9")


@frozen
class Past:
    """A homeserver, and its history as the bot is told it."""

    world: World
    history: History

    async def say(self, user_id: UserID, room_id: RoomID, texts: list[str]) -> None:
        for text in texts:
            if isinstance(self.world, SynapseWorld):
                path = f"rooms/{quote(room_id)}/send/m.room.message/{text}"
                await self.world._api(user_id, "PUT", path, {"msgtype": "m.text", "body": text})
            elif isinstance(self.world, FakeWorld):
                self.world.bridge.say(room_id, user_id, text)

    async def room(self) -> tuple[UserID, RoomID]:
        """A person's room with the bot in it."""
        ann = await self.world.person("ann")
        room_id = await self.world.room_of(ann)
        await self.world.bridge.ensure_joined(self.world.bridge.bot, room_id)
        return ann, room_id


@pytest.fixture(scope="module")
def homeserver_with_a_past() -> Iterator[Synapse]:
    with Synapse([as_synapse_reads(REGISTRATION, pushed=False)]).running_until_done() as server:
        yield server


@pytest_asyncio.fixture(params=["memory", pytest.param("synapse", marks=pytest.mark.integration)])
async def past(request: pytest.FixtureRequest) -> AsyncIterator[Past]:
    if request.param == "memory":
        fake = FakeWorld()
        yield Past(fake, FakeHistory(fake.bridge))
        return
    server = request.getfixturevalue("homeserver_with_a_past")
    async with aiohttp.ClientSession() as session:
        made = SynapseWorld(server, REGISTRATION, session)
        await made.bridge.ensure_ghost(made.bridge.bot, GhostProfile(display_name="Trunkline"))
        yield Past(made, MatrixHistory(made.client, made.bridge.bot))


def texts(events: list[PastEvent]) -> list[str]:
    said = [event for event in events if event.type == "m.room.message"]
    return [orjson.loads(event.raw.body)["content"]["body"] for event in said]


async def test_without_a_token_there_is_a_place_to_begin_at(past: Past) -> None:
    ann, room_id = await past.room()
    await past.say(ann, room_id, ["before"])
    token = (await past.history.since(None)).next_token
    await past.say(ann, room_id, ["after"])

    news = await past.history.since(token)

    assert [room.room_id for room in news.rooms] == [room_id]
    assert texts(list(news.rooms[0].events)) == ["after"]
    assert news.rooms[0].gap_until is None


async def test_one_place_tells_what_is_new_each_time(past: Past) -> None:
    ann, room_id = await past.room()
    token = (await past.history.since(None)).next_token
    assert (await past.history.since(token)).rooms == []
    await past.say(ann, room_id, ["one"])
    first = await past.history.since(token)
    await past.say(ann, room_id, ["two"])

    again = await past.history.since(token)

    assert texts(list(first.rooms[0].events)) == ["one"]
    assert texts(list(again.rooms[0].events)) == ["one", "two"]


async def test_a_long_gap_is_read_in_order_and_without_holes(past: Past) -> None:
    ann, room_id = await past.room()
    token = (await past.history.since(None)).next_token
    numbers = [str(number) for number in range(50)]
    await past.say(ann, room_id, numbers)
    (room,) = (await past.history.since(token)).rooms
    assert room.gap_until is not None

    found: list[PastEvent] = []
    after: str | None = token
    while after is not None:
        page = await past.history.between(room_id, after, room.gap_until, 10)
        assert len(page.events) <= 10
        found += page.events
        after = page.next_token

    assert texts([*found, *room.events]) == numbers
    timeline = await past.world.timeline(ann, room_id)
    said = [event["event_id"] for event in timeline if event["type"] == "m.room.message"]
    assert [event.raw.event_id for event in [*found, *room.events]] == said


async def test_a_room_without_the_bot_is_not_told(past: Past) -> None:
    token = (await past.history.since(None)).next_token
    ann = await past.world.person("ann")
    room_id = await past.world.room_of(ann)
    await past.say(ann, room_id, ["secret"])

    assert (await past.history.since(token)).rooms == []


async def test_an_open_invite_is_told(past: Past) -> None:
    token = (await past.history.since(None)).next_token
    ann = await past.world.person("ann")
    room_id = await past.world.room_of(ann, public=False)
    await past.world.invite(ann, room_id, past.world.bridge.bot)

    (invite,) = (await past.history.since(token)).invites

    assert (invite.raw.room_id, invite.sender, invite.state_key) == (room_id, ann, past.world.bridge.bot)


async def test_an_unreadable_place_is_refused(past: Past) -> None:
    with pytest.raises(HomeserverRefused) as refused:
        await past.history.since("garbage")
    assert refused.value.status == 400


async def test_how_far_the_bot_has_read_is_told(past: Past) -> None:
    ann, room_id = await past.room()
    token = (await past.history.since(None)).next_token
    await past.say(ann, room_id, ["one", "two"])
    (before,) = (await past.history.since(token)).rooms
    first = next(event.raw.event_id for event in before.events if event.type == "m.room.message")

    await past.world.bridge.mark_read(room_id, first)

    (after,) = (await past.history.since(token)).rooms
    assert (before.read_up_to, after.read_up_to) == (None, first)
