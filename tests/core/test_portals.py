"""Rooms become portals, follow upgrades, stop at encryption and end."""

import asyncio

import pytest

from bridge.core.config import BridgeConfig
from bridge.model.errors import InvalidInput, NotAllowed
from bridge.model.ids import ChatID, EventID, InboxSeq, RoomAlias, RoomID, UserID
from bridge.model.portals import Portal, PortalState
from bridge.testing.clock import settle
from bridge.testing.fake_rooms import FakeRoom
from tests.core.world import ADMIN, ALICE, BOB, LOBBY, STRANGER, World, make_world

ALIAS = RoomAlias("#_trunkline_demo_lobby:example.org")


async def open_world() -> World:
    return await make_world(config=BridgeConfig(alias_chats=("demo/~lob*",)))


async def test_an_allowed_alias_makes_a_portal() -> None:
    world = await open_world()
    portal = await world.heart.rooms.by_alias(ALIAS)
    room = world.homeserver.rooms[portal.room_id]
    assert world.homeserver.aliases[ALIAS] == portal.room_id
    assert (room.public, room.listed) == (True, True)
    assert room.bridge_info is not None
    assert room.bridge_info.channel_name == "~lobby"
    assert "bridge" in world.place.chats[LOBBY].nicks
    await world.stop()


async def test_other_aliases_make_none() -> None:
    world = await open_world()
    with pytest.raises(NotAllowed):
        await world.heart.rooms.by_alias(RoomAlias("#_trunkline_demo_garden:example.org"))
    with pytest.raises(InvalidInput):
        await world.heart.rooms.by_alias(RoomAlias("#else:example.org"))
    assert world.homeserver.rooms == {}
    await world.stop()


async def test_simultaneous_wishes_make_one_room() -> None:
    world = await open_world()
    first, second = await asyncio.gather(world.heart.rooms.by_alias(ALIAS), world.heart.rooms.by_alias(ALIAS))
    assert first == second
    assert len(world.homeserver.rooms) == 1
    await world.stop()


async def test_a_secret_chat_gets_a_room_that_is_not_listed(world: World) -> None:
    world.place.open_chat("vault", secret=True)
    portal = await world.portal(ChatID("vault"))
    room = world.homeserver.rooms[portal.room_id]
    assert (room.public, room.listed) == (False, False)


async def test_configured_chats_get_rooms_when_homeserver_and_network_are_there() -> None:
    world = await make_world(chats=("lobby", "garden"))
    await world.turn(30.0)
    assert sorted(portal.name for portal in world.heart.portals.all()) == ["~garden", "~lobby"]
    await world.stop()


async def test_a_configured_chat_waits_for_the_homeserver() -> None:
    world = await make_world(chats=("lobby",), connect=False)
    world.homeserver.down = True
    await world.begin_network()
    await world.turn(30.0)
    assert world.heart.portals.all() == ()
    world.homeserver.down = False
    await world.turn(30.0)
    assert len(world.heart.portals.all()) == 1
    await world.stop()


async def test_an_encrypted_room_behind_an_alias_is_not_taken_up(world: World) -> None:
    old = world.homeserver.make_room(world.homeserver.bot)
    old.state["m.room.encryption", ""] = {"algorithm": "m.megolm.v1.aes-sha2"}
    world.homeserver.aliases[ALIAS] = old.room_id
    portal = await world.portal()
    assert portal.room_id != old.room_id
    assert world.homeserver.aliases[ALIAS] == portal.room_id


# ------------------------------------------------------------------------------------ encryption


async def encrypt(world: World, portal: Portal) -> None:
    content = {"algorithm": "m.megolm.v1.aes-sha2"}
    await world.happen(portal.room_id, ALICE, "m.room.encryption", content, state_key="")


async def test_encryption_stops_both_ways_and_says_so(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    await encrypt(world, portal)
    told = (
        "This room is encrypted now, and nothing crosses any more. Plumb a room without encryption instead."
    )
    assert world.texts(portal) == [told]
    assert world.said() == ["The Matrix side of this bridge became encrypted, so nothing crosses any more."]
    await world.hear("carol", "hello?")
    await world.say(portal.room_id, ALICE, "hello!")
    assert len(world.said()) == 1
    assert world.texts(portal) == [told, "hello!", told]
    assert world.homeserver.rooms[portal.room_id].members.get(
        world.homeserver.namespace.ghost(portal.key.network, "carol")
    ) in (None, "join")


async def test_no_clear_text_follows_even_before_the_portal_is_stopped(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    content = {"algorithm": "m.megolm.v1.aes-sha2"}
    world.homeserver.happen(portal.room_id, ALICE, "m.room.encryption", content, state_key="")
    await world.hear("carol", "secret?")
    assert world.texts(portal) == []


async def test_a_portal_stopped_stays_so_after_a_restart(world: World) -> None:
    portal = await world.portal()
    await encrypt(world, portal)
    await world.crash()
    later = await make_world(before=world)
    assert later.heart.portals.all()[0].state is PortalState.STOPPED
    await later.stop()


# --------------------------------------------------------------------------------------- upgrades


def successor(world: World, portal: Portal, tombstone: EventID | None = None) -> FakeRoom:
    room = world.homeserver.make_room(ALICE, BOB, public=True)
    room.predecessor = (portal.room_id, tombstone)
    return room


async def upgrade(world: World, portal: Portal, new: RoomID) -> None:
    content = {"replacement_room": new, "body": "moved"}
    await world.happen(portal.room_id, ALICE, "m.room.tombstone", content, state_key="")


async def test_an_upgrade_by_somebody_with_the_right_is_followed(world: World) -> None:
    portal = await world.portal()
    world.homeserver.rooms[portal.room_id].levels["users"] = {ALICE: 100}
    await world.come("carol")
    new = successor(world, portal)
    await upgrade(world, portal, new.room_id)
    await world.hear("carol", "here?")
    assert world.homeserver.texts(new.room_id) == ["here?"]
    assert world.homeserver.aliases[ALIAS] == new.room_id
    assert new.bridge_info is not None
    await world.say(new.room_id, BOB, "here!")
    assert world.said() == ["here!"]


async def test_silent_people_follow_an_upgrade(world: World) -> None:
    await world.come("carol")
    portal = await world.portal()
    world.homeserver.rooms[portal.room_id].levels["users"] = {ALICE: 100}
    new = successor(world, portal)
    await upgrade(world, portal, new.room_id)
    await world.turn(5.0)
    assert "join" in [state for user, state in new.members.items() if user.endswith("carol:example.org")]


async def test_a_message_from_before_an_upgrade_still_crosses(world: World) -> None:
    portal = await world.portal()
    world.homeserver.rooms[portal.room_id].levels["users"] = {ALICE: 100}
    await world.disconnect()
    event_id = await world.say(portal.room_id, ALICE, "before")
    await upgrade(world, portal, successor(world, portal).room_id)
    await world.connect()
    await world.turn(5.0)
    assert world.said() == ["before"]
    assert world.homeserver.rooms[portal.room_id].read_up_to == event_id


async def test_an_upgrade_without_the_right_is_not_followed(world: World) -> None:
    portal = await world.portal()
    new = successor(world, portal)
    await upgrade(world, portal, new.room_id)
    assert world.heart.portals.in_room(new.room_id) == ()
    assert world.heart.portals.all()[0].state is PortalState.STOPPED
    assert "had no right to do so" in world.texts(portal)[-1]
    assert new.members.get(world.homeserver.bot) is None


async def test_a_room_that_does_not_name_its_predecessor_is_not_followed(world: World) -> None:
    """CVE-2021-32659: a tombstone alone could carry a conversation off."""
    portal = await world.portal()
    world.homeserver.rooms[portal.room_id].levels["users"] = {ALICE: 100}
    new = world.homeserver.make_room(ALICE, public=True)
    await upgrade(world, portal, new.room_id)
    assert world.heart.portals.all()[0].state is PortalState.STOPPED
    assert "does not name it as its predecessor" in world.texts(portal)[-1]
    assert new.members[world.homeserver.bot] == "leave"


async def test_an_encrypted_successor_is_not_followed(world: World) -> None:
    portal = await world.portal()
    world.homeserver.rooms[portal.room_id].levels["users"] = {ALICE: 100}
    new = successor(world, portal)
    new.state["m.room.encryption", ""] = {"algorithm": "m.megolm.v1.aes-sha2"}
    await upgrade(world, portal, new.room_id)
    assert world.heart.portals.in_room(new.room_id) == ()


# ------------------------------------------------------------------------------------ their ends


async def member(
    world: World, room_id: RoomID, user: UserID, membership: str, by: UserID | None = None
) -> None:
    content = {"membership": membership}
    await world.happen(room_id, by or user, "m.room.member", content, state_key=user)


async def test_a_deserted_portal_ends(world: World) -> None:
    portal = await world.portal(LOBBY, ALICE)
    await world.come("carol")
    await world.hear("carol", "hello")
    await member(world, portal.room_id, ALICE, "leave")
    room = world.homeserver.rooms[portal.room_id]
    assert world.heart.portals.all() == ()
    assert [state for state in room.members.values() if state == "join"] == []
    assert "bridge" not in world.place.chats[LOBBY].nicks
    assert room.bridge_info is None
    assert ALIAS not in world.homeserver.aliases


async def test_a_portal_with_somebody_left_goes_on(world: World) -> None:
    portal = await world.portal(LOBBY, ALICE, BOB)
    await member(world, portal.room_id, ALICE, "leave")
    assert len(world.heart.portals.all()) == 1


async def test_a_deserted_conversation_can_be_joined_anew(world: World) -> None:
    portal = await world.portal(LOBBY, ALICE)
    await member(world, portal.room_id, ALICE, "leave")
    again = await world.portal(LOBBY, ALICE)
    await world.say(again.room_id, ALICE, "back")
    assert world.said() == ["back"]
    assert again.lane == portal.lane


async def test_a_bot_that_is_kicked_takes_its_ghosts_along(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    await world.hear("carol", "hello")
    await member(world, portal.room_id, world.homeserver.bot, "leave", by=ALICE)
    assert world.heart.portals.all() == ()
    room = world.homeserver.rooms[portal.room_id]
    assert [user for user, state in room.members.items() if state == "join"] == [ALICE, BOB]
    assert "bridge" not in world.place.chats[LOBBY].nicks


async def test_a_ghost_that_is_invited_declines(world: World) -> None:
    room = world.homeserver.make_room(ALICE)
    ghost = world.homeserver.namespace.ghost(world.demo.network, "carol")
    await member(world, room.room_id, ghost, "invite", by=ALICE)
    assert room.members[ghost] == "leave"


async def test_a_direct_invite_makes_a_management_room_with_a_greeting(world: World) -> None:
    room = world.homeserver.make_room(ALICE)
    content = {"membership": "invite", "is_direct": True}
    await world.happen(room.room_id, ALICE, "m.room.member", content, state_key=world.homeserver.bot)
    assert world.homeserver.texts(room.room_id)[0].startswith("Hello! This is where you talk to the bridge.")
    await world.say(room.room_id, ALICE, "status")
    assert "connected as bridge" in world.homeserver.texts(room.room_id)[-1]


async def test_an_invite_into_another_room_makes_no_management_room(world: World) -> None:
    """People bring the bot to plumb a room; what they say there to each other are no commands."""
    room = world.homeserver.make_room(ALICE, BOB)
    await member(world, room.room_id, world.homeserver.bot, "invite", by=ALICE)
    await world.say(room.room_id, BOB, "status")
    assert room.members[world.homeserver.bot] == "join"
    assert world.homeserver.sent == []
    assert await world.store.rooms.management_rooms() == []


async def test_a_management_room_outlives_a_restart(world: World) -> None:
    room = world.homeserver.make_room(ALICE)
    content = {"membership": "invite", "is_direct": True}
    await world.happen(room.room_id, ALICE, "m.room.member", content, state_key=world.homeserver.bot)
    await world.crash()
    later = await make_world(before=world)
    await later.say(room.room_id, ALICE, "help")
    assert len(later.homeserver.texts(room.room_id)) == 3
    await later.stop()


async def test_an_abandoned_management_room_is_left(world: World) -> None:
    room = world.homeserver.make_room(ALICE)
    content = {"membership": "invite", "is_direct": True}
    await world.happen(room.room_id, ALICE, "m.room.member", content, state_key=world.homeserver.bot)
    await member(world, room.room_id, ALICE, "leave")
    assert room.members[world.homeserver.bot] == "leave"
    assert await world.store.rooms.management_rooms() == []


async def test_invites_by_people_without_the_right_are_declined(world: World) -> None:
    room = world.homeserver.make_room(STRANGER)
    content = {"membership": "invite", "is_direct": True}
    await world.happen(room.room_id, STRANGER, "m.room.member", content, state_key=world.homeserver.bot)
    assert room.members[world.homeserver.bot] == "leave"
    assert world.homeserver.sent == []


async def test_an_invite_that_is_void_by_now_costs_nothing(world: World) -> None:
    room = world.homeserver.make_room(ADMIN)
    content = {"membership": "invite", "is_direct": True}
    event = world.homeserver.happen(
        room.room_id, ADMIN, "m.room.member", content, state_key=world.homeserver.bot
    )
    room.members[world.homeserver.bot] = "ban"
    await world.push(event)
    await settle()
    assert await world.store.inbox.pending_in_room(room.room_id, InboxSeq(0), 9) == []
