"""People on a network are told when Matrix has not heard them for a while."""

from bridge.core.config import BridgeConfig
from bridge.networks.demo.ids import parse_chat_text
from tests.core.world import LOBBY, World, make_world

TOLD = "Matrix cannot be reached just now. What is said here is kept and will arrive there."
OTHER = parse_chat_text("other")


async def silence(world: World, seconds: float) -> None:
    world.homeserver.down = True
    await world.hear("carol", "anybody there?")
    await world.turn(seconds)


async def test_a_chat_is_told_once_after_five_minutes(world: World) -> None:
    await world.portal()
    await world.come("carol")
    await silence(world, 299.0)
    assert world.said() == []
    await world.turn(60.0)
    assert world.said() == [TOLD]
    await world.turn(3600.0)
    assert world.said() == [TOLD]


async def test_a_chat_in_which_nobody_spoke_is_not_told(world: World) -> None:
    await world.portal()
    await world.portal(OTHER)
    await world.come("carol")
    await silence(world, 600.0)
    assert world.said(OTHER) == []


async def test_the_next_outage_is_told_again(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    await silence(world, 600.0)
    world.homeserver.down = False
    await world.turn(60.0)
    assert world.texts(portal) == ["anybody there?"]
    await silence(world, 600.0)
    assert world.said() == [TOLD, TOLD]


async def test_it_is_told_never_where_an_admin_wants_that() -> None:
    world = await make_world(config=BridgeConfig(away_notice_s=0.0))
    await world.portal()
    await world.come("carol")
    await silence(world, 3600.0)
    assert world.said() == []
    await world.stop()


async def test_what_the_bridge_says_there_does_not_come_to_matrix(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    await silence(world, 600.0)
    world.homeserver.down = False
    await world.turn(60.0)
    assert world.texts(portal) == ["anybody there?"]
    assert len(world.lines(LOBBY)) == 1
