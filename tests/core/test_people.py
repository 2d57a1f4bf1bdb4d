"""Remote people come, go, take other names and are shown by ghosts."""

from bridge.core.config import BridgeConfig
from bridge.core.ghosts import Ghosts
from bridge.model.ids import ChatID, RemoteUserID
from bridge.model.namespace import Namespace
from bridge.model.remote_events import RemoteUser
from bridge.testing.clock import settle
from bridge.testing.store import FakeStore
from tests.core.world import DEMO, DOMAIN, LOBBY, World, make_world

CAROL = "@_trunkline_demo_carol:example.org"
DAVE = "@_trunkline_demo_dave:example.org"


def joined(world: World) -> list[str]:
    """The ghosts in the first portal's room."""
    room = world.homeserver.rooms[world.heart.portals.all()[0].room_id]
    return sorted(user for user, state in room.members.items() if state == "join" and user.startswith("@_"))


async def test_silent_people_join_in_quiet_moments(world: World) -> None:
    await world.come("carol")
    await world.portal()
    await world.turn(5.0)
    assert joined(world) == [CAROL]


async def test_silent_people_never_join_ahead_of_chat(world: World) -> None:
    await world.portal()
    await world.come("carol")
    await world.hear("carol", "hello")
    await world.come("dave")
    assert joined(world) == [CAROL]
    await world.turn(1.0)
    await world.hear("carol", "still talking")
    await world.turn(1.5)
    assert joined(world) == [CAROL]
    await world.turn(2.0)
    assert joined(world) == [CAROL, DAVE]


async def test_only_so_many_silent_people_join() -> None:
    world = await make_world(config=BridgeConfig(background_members=2))
    await world.portal()
    await world.come("carol")
    await world.come("dave")
    await world.come("erin")
    await world.turn(10.0)
    assert len(joined(world)) == 2
    await world.stop()


async def test_speakers_join_beyond_the_limit() -> None:
    world = await make_world(config=BridgeConfig(background_members=0))
    await world.portal()
    await world.come("carol")
    await world.turn(10.0)
    assert joined(world) == []
    await world.hear("carol", "hello")
    assert joined(world) == [CAROL]
    await world.stop()


async def test_who_leaves_the_network_leaves_the_room_with_the_reason(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    await world.hear("carol", "bye")
    world.place.go(LOBBY, "carol", reason="gone fishing")
    await world.turn(5.0)
    assert world.homeserver.leaves == [(CAROL, portal.room_id, "gone fishing")]


async def test_who_comes_and_goes_while_it_is_loud_does_not_appear(world: World) -> None:
    await world.portal()
    await world.come("carol")
    await world.hear("carol", "hello")
    await world.come("dave")
    world.place.go(LOBBY, "dave")
    await world.turn(10.0)
    assert joined(world) == [CAROL]


async def test_a_silent_person_who_was_kicked_does_not_come_in_later(world: World) -> None:
    """The wish to join outlived the kick."""
    await world.portal()
    await world.come("carol")
    await world.hear("carol", "hello")
    await world.come("dave")
    world.place.go(LOBBY, "dave", by="owner", reason="out")
    await world.turn(10.0)
    assert joined(world) == [CAROL]


async def test_a_rename_keeps_the_ghost(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    await world.hear("carol", "hello")
    world.place.rename("carol", "caroline")
    await settle()
    await world.hear("caroline", "again")
    assert [sent.sender for sent in world.homeserver.sent] == [CAROL, CAROL]
    assert world.homeserver.rooms[portal.room_id].names[world.homeserver.sent[-1].sender] == "caroline"


async def test_a_silent_rename_is_shown_in_a_quiet_moment(world: World) -> None:
    await world.portal()
    await world.come("carol")
    await world.hear("carol", "hello")
    world.place.rename("carol", "caroline")
    await world.turn(10.0)
    assert world.homeserver.profiles[world.homeserver.sent[0].sender].display_name == "caroline"


async def test_who_takes_over_a_name_gets_another_ghost(world: World) -> None:
    await world.portal()
    await world.come("carol")
    await world.hear("carol", "I am the first")
    world.place.rename("carol", "caroline")
    await settle()
    await world.come("carol")
    await world.hear("carol", "I am the second")
    await world.hear("caroline", "still the first")
    first, second, third = [sent.sender for sent in world.homeserver.sent]
    assert first == third == CAROL
    assert second != CAROL


async def test_both_keep_their_ghosts_when_the_first_changes_again(world: World) -> None:
    """The first one's next rename took the second one's ghost away."""
    await world.portal()
    await world.come("carol")
    await world.hear("carol", "first")
    world.place.rename("carol", "caroline")
    await settle()
    await world.come("carol")
    await world.hear("carol", "second")
    world.place.rename("caroline", "cara")
    await settle()
    await world.hear("cara", "first again")
    await world.hear("carol", "second again")
    one, two, three, four = [sent.sender for sent in world.homeserver.sent]
    assert (three, four) == (one, two)


async def test_both_keep_their_ghosts_over_a_restart(world: World) -> None:
    await world.portal()
    await world.come("carol")
    await world.hear("carol", "first")
    world.place.rename("carol", "caroline")
    await settle()
    await world.come("carol")
    await world.hear("carol", "second")
    await world.crash()
    later = await make_world(before=world)
    await later.hear("caroline", "first again")
    await later.hear("carol", "second again")
    one, two, three, four = [sent.sender for sent in world.homeserver.sent]
    assert (three, four) == (one, two)
    await later.stop()


async def test_after_a_reconnect_who_left_meanwhile_leaves(world: World) -> None:
    await world.portal()
    await world.come("carol")
    await world.come("dave")
    await world.turn(5.0)
    await world.disconnect()
    world.place.go(LOBBY, "carol")
    await world.connect()
    await world.turn(5.0)
    assert joined(world) == [DAVE]


async def test_stale_ghosts_are_found_although_the_homeserver_was_away(world: World) -> None:
    """The list of members was looked at once; with the homeserver away, they stayed for ever."""
    await world.portal()
    await world.come("carol")
    await world.turn(5.0)
    await world.disconnect()
    world.place.go(LOBBY, "carol")
    world.homeserver.down = True
    await world.connect()
    await world.turn(5.0)
    world.homeserver.down = False
    await world.turn(10.0)
    assert joined(world) == []


async def test_stale_ghosts_leave_after_a_restart(world: World) -> None:
    await world.portal()
    await world.come("carol")
    await world.turn(5.0)
    await world.crash()
    world.place.go(LOBBY, "carol")
    later = await make_world(before=world)
    await later.turn(5.0)
    assert joined(later) == []
    await later.stop()


async def test_members_come_although_one_of_them_is_banned(world: World) -> None:
    portal = await world.portal()
    room = world.homeserver.rooms[portal.room_id]
    await world.come("carol")
    await world.hear("carol", "spam")
    room.members[world.homeserver.sent[0].sender] = "ban"
    await world.come("dave")
    await world.turn(5.0)
    assert joined(world) == [DAVE]


async def test_a_person_in_two_chats_leaves_one_of_them(world: World) -> None:
    garden = ChatID("garden")
    await world.portal()
    other = await world.portal(garden)
    await world.come("carol")
    await world.come("carol", garden)
    await world.turn(5.0)
    world.place.go(garden, "carol")
    await world.turn(5.0)
    assert world.homeserver.leaves == [(CAROL, other.room_id, None)]
    assert joined(world) == [CAROL]


async def test_a_rename_told_by_two_chats_is_one() -> None:
    ghosts = Ghosts(FakeStore().ghosts, Namespace(DOMAIN))
    before = RemoteUser(RemoteUserID("carol"), "carol")
    now = RemoteUser(RemoteUserID("cara"), "cara")
    ghost = await ghosts.of(DEMO, before, "carol")
    await ghosts.renamed(DEMO, before.id, now)
    await ghosts.renamed(DEMO, before.id, now)
    assert (await ghosts.of(DEMO, now, "cara")).user_id == ghost.user_id


async def test_a_name_taken_back_is_the_same_person() -> None:
    ghosts = Ghosts(FakeStore().ghosts, Namespace(DOMAIN))
    carol = RemoteUser(RemoteUserID("carol"), "carol")
    cara = RemoteUser(RemoteUserID("cara"), "cara")
    ghost = await ghosts.of(DEMO, carol, "carol")
    await ghosts.renamed(DEMO, carol.id, cara)
    await ghosts.renamed(DEMO, cara.id, carol)
    assert (await ghosts.of(DEMO, carol, "carol")).user_id == ghost.user_id
    assert await ghosts.known(DEMO, cara.id) is None


async def test_who_returns_under_a_name_of_old_is_who_lives_there() -> None:
    ghosts = Ghosts(FakeStore().ghosts, Namespace(DOMAIN))
    carol = RemoteUser(RemoteUserID("carol"), "carol")
    cara = RemoteUser(RemoteUserID("cara"), "cara")
    ghost = await ghosts.of(DEMO, carol, "carol")
    await ghosts.renamed(DEMO, carol.id, cara)
    ghosts.gone(DEMO, cara.id)
    assert (await ghosts.of(DEMO, carol, "carol")).user_id == ghost.user_id


async def test_a_renamed_person_stays_so_while_another_login_of_ours_is_there() -> None:
    """Any login's loss of its connection made the bridge forget who is who."""
    world = await make_world(nicks=("a", "b"))
    await world.portal()
    await world.demo.logins()[1].join(LOBBY)
    await world.come("carol")
    await world.hear("carol", "hello")
    world.place.rename("carol", "cara")
    await settle()
    await world.demo.logins()[1].disconnect()
    await world.hear("cara", "again")
    assert [sent.sender for sent in world.homeserver.sent] == [CAROL, CAROL]
    await world.stop()
