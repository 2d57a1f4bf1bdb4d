"""What was said while nobody of ours was there is not known, and the room is told so."""

from attrs import evolve

from bridge.api.network import ChatInfo
from bridge.testing.clock import settle
from tests.core.world import LOBBY, World, make_world

SENTENCE = (
    "The connection to ~lobby on Demo was away from {began} to {ended} (UTC); "
    "what was said there meanwhile is not known here."
)


def gap(began: str, ended: str) -> str:
    return SENTENCE.format(began=f"2026-01-01 00:{began}", ended=f"2026-01-01 00:{ended}")


async def away(world: World, seconds: float) -> None:
    """The relay's connection goes, and comes back after a while."""
    [login] = world.demo.logins()
    await login.disconnect()
    await world.turn(seconds)
    await login.connect(world.heart.host)
    await world.turn(0)


async def test_a_lost_connection_is_told_to_the_room_when_it_is_back(world: World) -> None:
    portal = await world.portal()
    await world.turn(60)
    await away(world, 90)
    assert world.texts(portal) == [gap("01:00", "02:30")]


async def test_each_gap_is_told_once(world: World) -> None:
    portal = await world.portal()
    await world.turn(60)
    await away(world, 60)
    await world.turn(120)
    await away(world, 60)
    await world.turn(120)
    assert world.texts(portal) == [gap("01:00", "02:00"), gap("04:00", "05:00")]


async def test_a_portal_made_meanwhile_hears_of_no_gap(world: World) -> None:
    portal = await world.portal()
    [login] = world.demo.logins()
    await login.disconnect()
    await world.turn(60)
    await world.heart.portals.remove(portal)
    await world.heart.portals.create(evolve(portal, floor_at=world.clock.now()))
    await world.turn(60)
    await login.connect(world.heart.host)
    await world.turn(60)
    assert world.texts(portal) == []


async def test_a_gap_is_told_behind_the_lines_before_it(world: World) -> None:
    """A line that waited for the homeserver came behind the notice of the gap after it."""
    portal = await world.portal()
    await world.come("carol")
    await world.turn(60)
    world.homeserver.down = True
    await world.hear("carol", "before the gap")
    [login] = world.demo.logins()
    await login.disconnect()
    await world.turn(90)
    world.homeserver.down = False
    world.homeserver.fail_next("ensure_joined")
    await login.connect(world.heart.host)
    await world.turn(200)
    assert world.texts(portal) == ["before the gap", gap("01:00", "02:30")]


async def test_a_short_gap_is_told_too(world: World) -> None:
    """A server that was killed was back within half a second, and what was said in it was lost."""
    portal = await world.portal()
    await world.turn(60)
    await away(world, 0.5)
    await world.turn(60)
    assert world.texts(portal) == [gap("01:00", "01:00")]


async def test_a_portal_that_was_young_when_the_bridge_ended_hears_of_the_gap(world: World) -> None:
    """Nobody had noted yet that its network was listened to since it was made."""
    await world.turn(65)
    portal = await world.portal()
    await world.turn(5)
    await world.crash()
    await world.clock.turn(300)
    later = await make_world(before=world)
    await later.turn(1)
    assert later.texts(portal) == [gap("01:05", "06:10")]
    await later.stop()


async def test_the_first_start_of_all_tells_nothing(world: World) -> None:
    portal = await world.portal()
    await world.turn(600)
    assert world.texts(portal) == []


async def test_the_time_between_two_runs_of_the_bridge_is_told(world: World) -> None:
    portal = await world.portal()
    await world.turn(65)
    await world.crash()
    await world.clock.turn(300)
    later = await make_world(before=world)
    await later.turn(1)
    [told] = later.texts(portal)
    assert told == gap("01:00", "06:05")
    await later.stop()


async def test_a_connection_that_was_held_over_a_restart_leaves_no_gap(world: World) -> None:
    portal = await world.portal()
    stands_since = world.clock.now()
    await world.turn(65)
    await world.crash()
    await world.clock.turn(300)
    later = await make_world(before=world, connect=False)
    [login] = later.demo.logins()
    login.client.connect()
    later.heart.host.sees(login.id, ChatInfo(chat=LOBBY, name="lobby", seen_since=stands_since))
    await later.turn(1)
    assert later.texts(portal) == []
    await later.stop()


async def test_a_held_connection_that_was_made_after_a_gap_still_tells_of_it(world: World) -> None:
    portal = await world.portal()
    await world.turn(65)
    await world.crash()
    await world.clock.turn(300)
    stands_since = world.clock.now()
    await world.clock.turn(300)
    later = await make_world(before=world, connect=False)
    [login] = later.demo.logins()
    login.client.connect()
    later.heart.host.sees(login.id, ChatInfo(chat=LOBBY, name="lobby", seen_since=stands_since))
    await later.turn(1)
    assert later.texts(portal) == [gap("01:00", "06:05")]
    await later.stop()


async def test_a_gap_is_told_although_the_homeserver_was_away_as_well(world: World) -> None:
    portal = await world.portal()
    await world.turn(60)
    world.homeserver.down = True
    await away(world, 60)
    await world.turn(60)
    world.homeserver.down = False
    await world.turn(60)
    assert world.texts(portal) == [gap("01:00", "02:00")]


async def test_a_gap_is_told_although_the_store_was_away_as_well(world: World) -> None:
    portal = await world.portal()
    await world.turn(60)
    world.store.switch.down = True
    await away(world, 60)
    await world.turn(60)
    world.store.switch.down = False
    await world.turn(60)
    assert world.texts(portal) == [gap("01:00", "02:00")]


async def test_while_another_login_listens_there_is_no_gap() -> None:
    world = await make_world(nicks=("bridge", "other"))
    portal = await world.portal()
    first, second = world.demo.logins()
    await second.join(LOBBY)
    await world.turn(60)
    await first.disconnect()
    await world.turn(60)
    await first.connect(world.heart.host)
    await world.turn(60)
    assert world.texts(portal) == []
    await world.stop()


async def test_a_removed_portal_is_told_nothing(world: World) -> None:
    portal = await world.portal()
    await world.turn(60)
    [login] = world.demo.logins()
    await login.disconnect()
    await world.heart.portals.remove(portal)
    await world.turn(60)
    await login.connect(world.heart.host)
    await settle()
    assert world.texts(portal) == []
