"""Joining an existing room to a conversation takes a word of both sides."""

import re

import pytest

from bridge.model.ids import RoomID
from bridge.model.portals import PortalOrigin
from bridge.testing.fake_rooms import FakeRoom
from tests.core.world import ADMIN, ALICE, BOB, LOBBY, World, make_world


def room_of(world: World, *, power: int = 100) -> FakeRoom:
    room = world.homeserver.make_room(BOB, ALICE, version="10", public=True)
    room.members[world.homeserver.bot] = "join"
    room.levels["users"][ALICE] = power
    return room


async def plumb(world: World, room: FakeRoom, text: str = "!trunkline plumb lobby") -> str:
    await world.say(room.room_id, ALICE, text)
    return world.homeserver.texts(room.room_id)[-1]


async def asked(world: World, room: FakeRoom) -> str:
    """A wish for a chat that somebody else runs. Gives the code that was said there."""
    await world.come("owner")
    await plumb(world, room)
    found = re.search(r"approve ([a-z2-7]{8})", world.said()[-1])
    assert found is not None
    return found[1]


async def test_where_our_relay_runs_the_chat_it_is_done_at_once(world: World) -> None:
    room = room_of(world)
    assert await plumb(world, room) == "This room is now joined to ~lobby."
    await world.say(room.room_id, ALICE, "hello")
    assert world.said() == ["hello"]
    assert room.bridge_info is not None


async def test_a_moderators_power_is_needed(world: World) -> None:
    answer = await plumb(world, room_of(world, power=49))
    assert answer.startswith(
        "Your power level in that room is 49, and joining it to another network takes 50."
    )
    assert world.heart.portals.all() == ()


async def test_an_encrypted_room_is_refused(world: World) -> None:
    room = room_of(world)
    room.state["m.room.encryption", ""] = {"algorithm": "m.megolm.v1.aes-sha2"}
    assert (await plumb(world, room)).startswith("That room is encrypted")
    assert world.heart.portals.all() == ()


async def test_a_chat_that_has_a_room_is_refused(world: World) -> None:
    await world.portal()
    assert (await plumb(world, room_of(world))).startswith("~lobby is bridged to another room already.")


async def test_a_room_that_has_a_chat_is_refused(world: World) -> None:
    room = room_of(world)
    await plumb(world, room)
    answer = await plumb(world, room, "!trunkline plumb garden")
    assert answer == "This room is bridged already. Use `unplumb` first."


async def test_an_operator_agrees_with_the_code(world: World) -> None:
    room = room_of(world)
    code = await asked(world, room)
    assert world.heart.portals.all() == ()
    await world.hear("owner", f"approve {code}")
    assert [portal.room_id for portal in world.heart.portals.all()] == [room.room_id]
    assert world.homeserver.texts(room.room_id)[-1] == "This room is now joined to ~lobby."
    assert world.said()[-1] == "This conversation is now bridged to a Matrix room."


async def test_nobody_else_can_agree(world: World) -> None:
    code = await asked(world, room_of(world))
    await world.come("carol")
    await world.hear("carol", f"approve {code}")
    assert world.heart.portals.all() == ()
    assert world.said()[-1] == "Only an operator of this conversation can agree. Ask one to say it."


async def test_a_code_that_was_never_given_is_refused(world: World) -> None:
    await asked(world, room_of(world))
    await world.hear("owner", "approve aaaaaaaa")
    assert world.heart.portals.all() == ()
    assert world.said()[-1].startswith("That code is unknown or too old.")


async def test_a_code_is_good_once_and_for_its_time_only(world: World) -> None:
    code = await asked(world, room_of(world))
    await world.turn(29 * 60.0)
    await world.come("owner")
    await world.turn(2 * 60.0)
    await world.demo.logins()[0].join(LOBBY)
    await world.hear("owner", f"approve {code}")
    assert world.heart.portals.all() == ()
    assert world.said()[-1].startswith("That code is unknown or too old.")


async def test_a_second_wish_is_not_ended_by_the_first_ones_time(world: World) -> None:
    """When the first wish ran out the bridge left the chat, and nobody there heard the word on the second."""
    first, second = room_of(world), room_of(world)
    await asked(world, first)
    await world.turn(20 * 60.0)
    code = await asked(world, second)
    await world.turn(11 * 60.0)
    await world.hear("owner", f"approve {code}")
    assert [portal.room_id for portal in world.heart.portals.all()] == [second.room_id]


async def test_a_wish_that_nobody_answers_ends_with_the_bridge_leaving(world: World) -> None:
    await asked(world, room_of(world))
    assert "bridge" in world.place.chats[LOBBY].nicks
    await world.turn(31 * 60.0)
    assert "bridge" not in world.place.chats[LOBBY].nicks


async def test_power_lost_meanwhile_voids_the_wish(world: World) -> None:
    room = room_of(world)
    code = await asked(world, room)
    room.levels["users"][ALICE] = 0
    await world.hear("owner", f"approve {code}")
    assert world.heart.portals.all() == ()
    assert world.homeserver.texts(room.room_id)[-1].startswith("Your power level in that room is 0")


async def test_a_room_taken_meanwhile_voids_the_wish(world: World) -> None:
    room = room_of(world)
    code = await asked(world, room)
    await plumb(world, room, "!trunkline plumb garden")
    await world.hear("owner", f"approve {code}")
    assert [portal.name for portal in world.heart.portals.all()] == ["~garden"]


async def test_a_bot_put_out_meanwhile_voids_the_wish(world: World) -> None:
    """The homeserver's no went up into the network's own reader."""
    room = room_of(world)
    code = await asked(world, room)
    del world.homeserver.rooms[room.room_id]
    await world.hear("owner", f"approve {code}")
    assert world.heart.portals.all() == ()
    assert world.said()[-1].startswith("The homeserver refused this")


async def test_with_the_homeserver_away_the_code_stays_good(world: World) -> None:
    room = room_of(world)
    code = await asked(world, room)
    world.homeserver.down = True
    await world.hear("owner", f"approve {code}")
    world.homeserver.down = False
    assert world.said()[-1].startswith("The homeserver does not answer.")
    await world.hear("owner", f"approve {code}")
    assert len(world.heart.portals.all()) == 1


async def test_a_wish_outlives_a_restart(world: World) -> None:
    room = room_of(world)
    code = await asked(world, room)
    await world.crash()
    later = await make_world(before=world)
    await later.demo.logins()[0].join(LOBBY)
    await later.hear("owner", f"approve {code}")
    assert len(later.heart.portals.all()) == 1
    await later.stop()


async def test_words_like_an_approval_are_chat_in_a_bridged_chat(world: World) -> None:
    """Who said ``approve whatever`` in a portal was answered by the bridge, and never heard on Matrix."""
    await world.come("owner")
    portal = await world.portal()
    await world.hear("owner", "approve whatever")
    assert world.texts(portal) == ["approve whatever"]
    assert world.said() == []


async def test_a_plumb_is_not_said_in_a_management_room(world: World) -> None:
    room = world.homeserver.make_room(ALICE)
    content = {"membership": "invite", "is_direct": True}
    await world.happen(room.room_id, ALICE, "m.room.member", content, state_key=world.homeserver.bot)
    assert await plumb(world, room, "plumb lobby") == "Say this in the room that you want to plumb."


@pytest.mark.parametrize(("who", "ends"), [(ALICE, True), (ADMIN, True), ("@eve:example.org", False)])
async def test_moderators_and_admins_unplumb(world: World, who: str, ends: bool) -> None:
    room = room_of(world)
    await plumb(world, room)
    room.members[world.homeserver.bot] = "join"
    await world.say(room.room_id, type(ALICE)(who), "!trunkline unplumb")
    assert (world.heart.portals.all() == ()) is ends


async def test_after_an_unplumb_the_room_is_peoples_own_again(world: World) -> None:
    room = room_of(world)
    await plumb(world, room)
    await world.come("carol")
    await world.hear("carol", "hello")
    await world.say(room.room_id, ALICE, "!trunkline unplumb")
    await world.say(room.room_id, ALICE, "anybody?")
    assert joined(room) == [BOB, ALICE]
    assert room.bridge_info is None
    assert world.said() == []
    assert "bridge" not in world.place.chats[LOBBY].nicks


def joined(room: FakeRoom) -> list[str]:
    return [user for user, state in room.members.items() if state == "join"]


async def test_a_plumbed_room_is_not_left_by_command(world: World) -> None:
    room = room_of(world)
    await plumb(world, room)
    assert (await plumb(world, room, "!trunkline leave")).startswith("This room is people's own")


async def test_a_deserted_plumbed_room_stays_plumbed(world: World) -> None:
    room = room_of(world)
    await plumb(world, room)
    for person in (ALICE, BOB):
        content = {"membership": "leave"}
        await world.happen(room.room_id, person, "m.room.member", content, state_key=person)
    assert [portal.origin for portal in world.heart.portals.all()] == [PortalOrigin.PLUMB]


async def test_a_plumb_repeated_is_done_already(world: World) -> None:
    room = room_of(world)
    await plumb(world, room)
    assert await plumb(world, room) == "This room is now joined to ~lobby."
    assert RoomID(room.room_id) == world.heart.portals.all()[0].room_id
