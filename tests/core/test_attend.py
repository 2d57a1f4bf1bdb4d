"""After a start the bridge is in its conversations, whether the homeserver is there or not."""

from bridge.testing.clock import settle
from tests.core.world import LOBBY, World, make_world


async def _again_with_the_homeserver_away(world: World) -> World:
    await world.crash()
    later = await make_world(before=world, connect=False)
    later.homeserver.down = True
    await later.begin_network()
    await settle()
    return later


async def test_what_is_said_before_the_homeserver_comes_is_kept(world: World) -> None:
    """The bridge stayed out until the homeserver was there, and heard nothing of it."""
    portal = await world.portal()
    await world.come("carol")
    later = await _again_with_the_homeserver_away(world)

    await later.hear("carol", "is anybody there?")
    assert later.texts(portal) == []
    later.homeserver.down = False
    await later.turn(30.0)

    assert later.texts(portal) == ["is anybody there?"]
    await later.stop()


async def test_a_conversation_that_is_closed_by_now_is_told_once_the_homeserver_is_back(world: World) -> None:
    portal = await world.portal()
    world.place.chats[LOBBY].closed_to.add("bridge")
    later = await _again_with_the_homeserver_away(world)
    assert later.texts(portal) == []

    later.homeserver.down = False
    await later.turn(60.0)

    [told] = later.texts(portal)
    assert "~lobby" in told
    await later.stop()


async def test_a_portal_that_was_stopped_is_not_attended(world: World) -> None:
    portal = await world.portal()
    await world.heart.portals.stop(portal, "portal.encrypted")
    await world.crash()

    later = await make_world(before=world)

    assert "bridge" not in later.place.chats[LOBBY].nicks
    await later.stop()
