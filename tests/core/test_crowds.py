"""A crowd that comes or goes is one line in the room, and never gets ahead of chat."""

from bridge.core.config import BridgeConfig
from bridge.model.ids import RemoteUserID
from bridge.model.portals import Portal
from bridge.model.remote_events import RemoteJoin, RemoteLeave, RemoteUser
from bridge.testing.clock import settle
from tests.core.test_people import CAROL, joined
from tests.core.world import LOBBY, World, key_of, make_world

SERVERS = "a.example b.example"
KEY = key_of(LOBBY)


def people(count: int, first: int = 0) -> list[RemoteUser]:
    return [RemoteUser(RemoteUserID(f"n{number}"), f"n{number}") for number in range(first, first + count)]


async def come(world: World, users: list[RemoteUser]) -> None:
    for user in users:
        await world.heart.host.emit(world.demo.logins()[0].id, RemoteJoin(portal=KEY, sender=user))
    await settle()


async def go(world: World, users: list[RemoteUser], split: str | None = None) -> None:
    for user in users:
        left = RemoteLeave(portal=KEY, sender=user, user=user, reason=split, split=split)
        await world.heart.host.emit(world.demo.logins()[0].id, left)
    await settle()


def left(world: World, portal: Portal) -> int:
    return len([each for each in world.homeserver.leaves if each[1] == portal.room_id])


async def test_a_mass_join_is_one_line_and_brings_nobody_in(world: World) -> None:
    portal = await world.portal()
    await come(world, people(120))
    await world.turn(30)
    assert world.texts(portal) == ["120 people joined within 1 second."]
    assert joined(world) == []


async def test_a_few_who_come_are_brought_in_without_a_word(world: World) -> None:
    portal = await world.portal()
    await come(world, people(5))
    await world.turn(30)
    assert len(joined(world)) == 5
    assert world.texts(portal) == []


async def test_a_netsplit_that_heals_is_two_lines_and_nobody_leaves(world: World) -> None:
    portal = await world.portal()
    for start in range(0, 50, 5):
        await come(world, people(5, start))
        await world.turn(30)
    assert len(joined(world)) == 50
    await go(world, people(50), SERVERS)
    await world.turn(120)
    await come(world, people(50))
    await world.turn(1200)
    assert world.texts(portal) == [
        f"50 people left in a netsplit ({SERVERS}).",
        f"50 people came back after a netsplit ({SERVERS}).",
    ]
    assert (left(world, portal), len(joined(world))) == (0, 50)


async def test_who_does_not_come_back_after_a_netsplit_leaves_in_the_end(world: World) -> None:
    portal = await world.portal()
    await come(world, people(5))
    await world.turn(30)
    await go(world, people(5), SERVERS)
    await world.turn(300)
    assert left(world, portal) == 0
    await come(world, people(3))
    await world.turn(600)
    assert left(world, portal) == 2
    assert len(joined(world)) == 3


async def test_a_list_of_members_sends_nobody_away_who_may_come_back(world: World) -> None:
    """With every change of a channel's modes its list was told anew, and the torn away left."""
    portal = await world.portal()
    await world.come("carol")
    await come(world, people(5))
    await world.turn(30)
    await go(world, people(5), SERVERS)
    [login] = world.demo.logins()
    await login.join(LOBBY)
    await world.turn(60)
    assert left(world, portal) == 0
    await come(world, people(5))
    await world.turn(1200)
    assert (left(world, portal), len(joined(world))) == (0, 6)


async def test_who_speaks_comes_in_although_they_came_in_a_crowd(world: World) -> None:
    await world.portal()
    await world.come("carol")
    await come(world, people(100))
    await world.hear("carol", "what a crowd")
    await world.turn(30)
    assert CAROL in joined(world)


async def test_five_hundred_who_come_and_go_do_not_hold_up_chat(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    await come(world, people(500))
    await world.hear("carol", "one")
    await go(world, people(500), SERVERS)
    await world.hear("carol", "two")
    assert world.texts(portal) == ["one", "two"]
    await world.turn(60)
    assert world.texts(portal)[2:] == [
        "501 people joined within 1 second.",
        f"500 people left in a netsplit ({SERVERS}).",
    ]


async def test_a_line_about_a_crowd_gives_way_to_chat_but_not_for_ever(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    await go(world, people(30), SERVERS)
    for number in range(50):
        await world.turn(1.5)
        await world.hear("carol", f"{number}")
    told = [text for text in world.texts(portal) if "netsplit" in text]
    assert told == [f"30 people left in a netsplit ({SERVERS})."]
    assert world.texts(portal).index(told[0]) > 30


async def test_a_crowd_is_told_though_the_homeserver_was_away(world: World) -> None:
    portal = await world.portal()
    await go(world, people(30))
    world.homeserver.down = True
    await world.turn(60)
    world.homeserver.down = False
    await world.turn(60)
    assert world.texts(portal) == ["30 people left within 1 second."]


async def test_five_thousand_members_at_the_start_are_no_storm() -> None:
    world = await make_world(config=BridgeConfig(background_members=100, quiet_s=2.0), connect=False)
    for user in people(5000):
        world.place.come(LOBBY, user.name)
    await world.begin_network()
    portal = await world.portal()
    await world.turn(60)
    assert len(joined(world)) == 100
    assert world.texts(portal) == []
    assert world.homeserver.leaves == []
    await world.stop()


async def test_people_of_a_netsplit_are_forgotten_with_the_portal(world: World) -> None:
    portal = await world.portal()
    await come(world, people(5))
    await world.turn(30)
    await go(world, people(5), SERVERS)
    world.heart.members.forget(portal.lane)
    await world.heart.portals.remove(portal)
    await world.turn(1200)
    assert world.texts(portal) == []
