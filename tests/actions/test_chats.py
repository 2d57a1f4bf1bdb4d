"""Join, leave, list and status, as people ask for them in a management room."""

from bridge.model.ids import ChatID, RoomID
from bridge.networks.demo.protocol.place import Fault
from tests.core.world import ALICE, BOB, LOBBY, STRANGER, World


async def management(world: World) -> RoomID:
    room = world.homeserver.make_room(ALICE)
    content = {"membership": "invite", "is_direct": True}
    await world.happen(room.room_id, ALICE, "m.room.member", content, state_key=world.homeserver.bot)
    return room.room_id


async def ask(world: World, text: str, room_id: RoomID | None = None) -> str:
    """Say it, and give the last answer."""
    room_id = room_id or await management(world)
    await world.say(room_id, ALICE, text)
    return world.homeserver.texts(room_id)[-1]


async def test_join_makes_a_room_and_invites(world: World) -> None:
    answer = await ask(world, "join demo lobby")
    (portal,) = world.heart.portals.all()
    assert answer == "~lobby has a room: #_trunkline_demo_lobby:example.org. You have been invited."
    assert world.homeserver.rooms[portal.room_id].members[ALICE] == "invite"


async def test_with_one_network_its_name_may_be_left_out(world: World) -> None:
    await ask(world, "join lobby")
    assert [portal.name for portal in world.heart.portals.all()] == ["~lobby"]


async def test_join_finds_the_room_that_is_there(world: World) -> None:
    portal = await world.portal()
    await ask(world, "join lobby")
    assert world.heart.portals.all() == (portal,)


async def test_join_of_a_closed_chat_says_so(world: World) -> None:
    world.place.open_chat(LOBBY).closed_to.add("bridge")
    assert await ask(world, "join lobby") == "~lobby does not let the bridge in."
    assert world.heart.portals.all() == ()


async def test_join_without_a_connection_is_answered_at_once(world: World) -> None:
    """The asker got no answer until the network came back, and nothing else was done in that room."""
    await world.disconnect()
    assert await ask(world, "join lobby") == "The demo chat is not connected."
    await world.connect()
    await world.turn(10.0)
    assert world.heart.portals.all() == ()
    assert "bridge" not in world.place.open_chat(LOBBY).nicks


async def test_join_waits_for_a_homeserver_that_is_away(world: World) -> None:
    room_id = await management(world)
    world.homeserver.fail_next("create_room")
    await world.say(room_id, ALICE, "join lobby")
    await world.turn(5.0)
    assert len(world.heart.portals.all()) == 1
    assert len(world.homeserver.texts(room_id)) == 3


async def test_a_chat_that_is_none_is_explained(world: World) -> None:
    answer = await ask(world, "join no such chat!")
    assert answer.startswith("“no such chat!” is no chat of this network.")


async def test_an_unknown_network_is_explained(world: World) -> None:
    answer = await ask(world, "list libera")
    assert answer == "There is no network called `libera` here. Use one of these: demo."


async def test_leave_takes_the_caller_out(world: World) -> None:
    portal = await world.portal(LOBBY, ALICE, BOB)
    assert await ask(world, "leave lobby") == "You have left ~lobby."
    assert world.homeserver.rooms[portal.room_id].members[ALICE] == "leave"


async def test_leave_of_a_chat_without_a_room_says_so(world: World) -> None:
    assert await ask(world, "leave garden") == "~garden has no room here. Make one with `join`."


async def test_list_shows_what_is_bridged(world: World) -> None:
    assert await ask(world, "list") == "No room is bridged yet. Make one with `join` or `plumb`."
    portal = await world.portal()
    assert f"~lobby on demo: {portal.room_id}" in await ask(world, "list")


async def test_list_of_a_network_hides_secret_chats(world: World) -> None:
    world.place.open_chat("garden").topic = "roses"
    world.place.open_chat("vault", secret=True)
    answer = await ask(world, "list demo")
    assert "~garden (0) roses" in answer
    assert "vault" not in answer


async def test_status_tells_the_networks_health(world: World) -> None:
    assert await ask(world, "status") == "demo: connected as bridge."
    await world.disconnect()
    assert "the connection is lost" in await ask(world, "status")


async def test_status_tells_of_the_room_it_is_said_in(world: World) -> None:
    portal = await world.portal(ChatID("garden"))
    answer = await ask(world, "!trunkline status", portal.room_id)
    assert "This room is joined to ~garden on demo." in answer


async def test_retry_belongs_into_a_bridged_room(world: World) -> None:
    assert await ask(world, "retry") == "Say this in the bridged room where your message was not delivered."


async def test_retry_takes_no_other_word(world: World) -> None:
    portal = await world.portal()
    answer = await ask(world, "!trunkline retry everything", portal.room_id)
    assert answer.startswith("`everything` is not understood.")


async def test_a_person_of_another_server_may_retry(world: World) -> None:
    portal = await world.portal()
    world.place.faults.append(Fault.REFUSE)
    await world.say(portal.room_id, STRANGER, "hello")
    await world.say(portal.room_id, STRANGER, "!trunkline retry")
    assert world.said() == ["hello"]
