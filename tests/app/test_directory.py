"""What the homeserver is told about aliases, users and places of ours."""

import pytest

from bridge.app.directory import Directory
from bridge.core.config import BridgeConfig
from bridge.model.errors import HomeserverUnavailable, NetworkUnavailable
from bridge.model.ids import RoomAlias, UserID
from tests.core.world import World, make_world

LOBBY = RoomAlias("#_trunkline_demo_lobby:example.org")
GARDEN = RoomAlias("#_trunkline_demo_garden:example.org")
ELSEWHERE = RoomAlias("#_trunkline_irc_lobby:example.org")
PLACE = {"alias": LOBBY, "protocol": "demo", "fields": {"network": "demo", "channel": "~lobby"}}


async def open_world() -> World:
    return await make_world(config=BridgeConfig(alias_chats=("demo/~lob*",)))


async def test_only_an_alias_of_an_allowed_chat_makes_a_room() -> None:
    world = await open_world()
    directory = Directory(world.heart)

    wanted = [await directory.alias_wanted(alias) for alias in (LOBBY, GARDEN, ELSEWHERE)]

    assert wanted == [True, False, False]
    assert list(world.homeserver.aliases) == [LOBBY]
    await world.stop()


async def test_by_default_no_alias_makes_a_room(world: World) -> None:
    assert not await Directory(world.heart).alias_wanted(LOBBY)
    assert world.homeserver.rooms == {}


async def test_with_a_peer_away_an_alias_has_no_answer_and_makes_a_room_later() -> None:
    """What may pass by itself was told as "there is no such room"."""
    world = await open_world()
    directory = Directory(world.heart)
    await world.disconnect()
    with pytest.raises(NetworkUnavailable):
        await directory.alias_wanted(LOBBY)
    await world.connect()
    world.homeserver.down = True
    with pytest.raises(HomeserverUnavailable):
        await directory.alias_wanted(LOBBY)
    world.homeserver.down = False

    assert await directory.alias_wanted(LOBBY)
    await world.stop()


async def test_only_a_ghost_that_we_made_is_a_user(world: World) -> None:
    await world.portal()
    await world.come("bob")
    await world.hear("bob", "hello")
    directory = Directory(world.heart)
    bob = next(user for user in world.homeserver.profiles if "bob" in user)

    assert await directory.user_wanted(bob)
    assert not await directory.user_wanted(UserID("@_trunkline_demo_nobody:example.org"))
    [found] = await directory.users_of(bob)
    assert (found["userid"], found["protocol"], found["fields"]["network"]) == (bob, "demo", "demo")
    assert await directory.users_of(UserID("@_trunkline_demo_nobody:example.org")) == []


async def test_a_place_is_found_by_what_people_type(world: World) -> None:
    directory = Directory(world.heart)

    assert await directory.locations("demo", {"channel": "~lobby"}) == [PLACE]
    assert await directory.locations("demo", {"channel": "~lobby", "network": "demo"}) == [PLACE]
    assert await directory.locations("demo", {"channel": "~lobby", "network": "other"}) == []
    assert await directory.locations("demo", {"channel": "no chat at all"}) == []
    assert await directory.locations("irc", {"channel": "~lobby"}) == []


async def test_the_place_of_an_alias_is_told_once_there_is_a_room(world: World) -> None:
    directory = Directory(world.heart)
    assert await directory.locations_of(LOBBY) == []

    await world.portal()

    assert await directory.locations_of(LOBBY) == [PLACE]


async def test_a_protocol_names_its_networks(world: World) -> None:
    directory = Directory(world.heart)

    demo = await directory.protocol("demo")

    assert demo is not None
    assert [instance["network_id"] for instance in demo["instances"]] == ["demo"]
    assert await directory.protocol("irc") is None
