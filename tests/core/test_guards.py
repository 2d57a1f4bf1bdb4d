"""What must not cross: repeats seen by several of our connections, loops, blocked people, the past."""

from datetime import timedelta

import pytest
from attrs import evolve

from bridge.core.config import BridgeConfig
from bridge.core.observers import Observers
from bridge.matrix.content import MARK_KEY
from bridge.model.ids import LoginID
from bridge.model.markup import Document
from bridge.model.messages import TextBody
from bridge.model.remote_events import RemoteMessage, RemoteUser
from bridge.networks.demo.ids import make_user_id
from bridge.policy.access import AccessRules
from bridge.testing.clock import settle
from tests.core.world import ADMIN, ALICE, BOB, DOMAIN, LOBBY, STRANGER, World, key_of, make_world


async def two_observers() -> World:
    world = await make_world(nicks=("a", "b"))
    await world.portal()
    await world.demo.logins()[1].join(LOBBY)
    await world.come("carol")
    return world


async def test_a_line_that_two_of_us_see_arrives_once() -> None:
    world = await two_observers()
    await world.hear("carol", "once")
    assert world.texts(world.heart.portals.all()[0]) == ["once"]
    await world.stop()


async def test_a_line_without_an_id_that_two_of_us_see_arrives_once() -> None:
    """Nobody could tell a repetition by it: only one of them is listened to."""
    world = await two_observers()
    portal = world.heart.portals.all()[0]
    event = RemoteMessage(
        portal=portal.key,
        sender=RemoteUser(make_user_id("carol"), "carol"),
        body=TextBody(Document.of("once")),
    )
    first, second = world.demo.logins()
    await world.heart.host.emit(first.id, event)
    await world.heart.host.emit(second.id, event)
    await settle()
    assert world.texts(portal) == ["once"]
    await first.disconnect()
    await world.heart.host.emit(second.id, event)
    await settle()
    assert world.texts(portal) == ["once", "once"]
    await world.stop()


async def test_when_the_observer_goes_another_one_is_listened_to() -> None:
    world = await two_observers()
    await world.demo.logins()[0].disconnect()
    await world.hear("carol", "still here")
    await world.demo.logins()[0].connect(world.heart.host)
    await world.hear("carol", "again")
    assert world.texts(world.heart.portals.all()[0]) == ["still here", "again"]
    await world.stop()


async def test_lines_of_our_own_logins_do_not_come_back() -> None:
    world = await two_observers()
    portal = world.heart.portals.all()[0]
    await world.say(portal.room_id, ALICE, "hello")
    assert world.said() == ["hello"]
    assert world.texts(portal) == ["hello"]
    assert world.homeserver.sent == []
    await world.stop()


def test_the_relay_is_listened_to_first() -> None:
    observers = Observers()
    a, b = LoginID("demo:a"), LoginID("demo:b")
    observers.sees(a, key_of(LOBBY), is_relay=False)
    observers.sees(b, key_of(LOBBY), is_relay=True)
    assert observers.elected(key_of(LOBBY)) == b
    observers.blind(b)
    assert observers.elected(key_of(LOBBY)) == a
    observers.sees_no_more(a, key_of(LOBBY))
    assert observers.elected(key_of(LOBBY)) is None


async def test_a_mark_that_somebody_else_wrote_keeps_nothing_back(world: World) -> None:
    portal = await world.portal()
    await world.say(portal.room_id, ALICE, "mine", **{MARK_KEY: "a1.1"})
    assert world.said() == ["mine"]


async def test_what_another_bridge_relayed_does_not_cross(world: World) -> None:
    portal = await world.portal()
    await world.say(portal.room_id, ALICE, "relayed", **{"fi.mau.double_puppet_source": "x"})
    assert world.said() == []


async def test_two_programs_that_answer_each_other_are_stopped_and_told(world: World) -> None:
    portal = await world.portal()
    for _ in range(8):
        await world.say(portal.room_id, BOB, "beep", msgtype="m.notice")
    assert len(world.said()) == 4
    assert world.texts(portal)[-1].startswith("The same notice came again and again")


async def test_people_may_repeat_themselves(world: World) -> None:
    portal = await world.portal()
    for _ in range(8):
        await world.say(portal.room_id, BOB, "hello?")
    assert len(world.said()) == 8


async def test_notices_stay_where_an_admin_wants_it() -> None:
    world = await make_world(config=BridgeConfig(relay_notices=False))
    portal = await world.portal()
    await world.say(portal.room_id, BOB, "beep", msgtype="m.notice")
    assert world.said() == []
    await world.stop()


async def test_blocked_people_are_not_heard_and_not_answered() -> None:
    rules = AccessRules.parse({"elsewhere.example": "block"}, server=DOMAIN, admins=(ADMIN,))
    world = await make_world(access=rules)
    portal = await world.portal()
    await world.come("carol")
    await world.hear("carol", "hi")
    ghost = world.homeserver.sent[-1].sender
    await world.say(portal.room_id, STRANGER, "hello")
    await world.say(portal.room_id, STRANGER, "!trunkline help")
    kick = {"membership": "leave"}
    await world.happen(portal.room_id, STRANGER, "m.room.member", kick, state_key=ghost)
    assert world.said() == []
    assert "carol" in world.place.chats[LOBBY].nicks
    assert len(world.homeserver.sent) == 1
    await world.stop()


async def test_strangers_are_relayed_by_default(world: World) -> None:
    portal = await world.portal()
    await world.say(portal.room_id, STRANGER, "hello")
    assert world.said() == ["hello"]


@pytest.mark.parametrize(("minutes", "arrives"), [(60, False), (6, False), (4, True), (-1, True)])
async def test_what_is_older_than_the_portal_is_not_bridged(
    world: World, minutes: int, arrives: bool
) -> None:
    portal = await world.portal()
    event = RemoteMessage(
        portal=portal.key,
        sender=RemoteUser(make_user_id("carol"), "carol"),
        happened_at=portal.floor_at - timedelta(minutes=minutes),
        body=TextBody(Document.of("history")),
    )
    await world.heart.host.emit(world.demo.logins()[0].id, event)
    await settle()
    assert (world.texts(portal) == ["history"]) is arrives


async def test_what_is_emitted_again_under_one_name_is_said_once(world: World) -> None:
    portal = await world.portal()
    first = RemoteMessage(
        portal=portal.key,
        sender=RemoteUser(make_user_id("carol"), "carol"),
        occurrence="connection 1:100",
        body=TextBody(Document.of("ho")),
    )
    for event in (first, evolve(first, occurrence="connection 1:200"), first):
        await world.heart.host.emit(world.demo.logins()[0].id, event)
    await settle()
    assert world.texts(portal) == ["ho", "ho"]


async def test_without_ids_a_line_said_twice_is_two_lines(world: World) -> None:
    portal = await world.portal()
    event = RemoteMessage(
        portal=portal.key,
        sender=RemoteUser(make_user_id("carol"), "carol"),
        body=TextBody(Document.of("ho")),
    )
    await world.heart.host.emit(world.demo.logins()[0].id, event)
    await world.heart.host.emit(world.demo.logins()[0].id, event)
    await settle()
    assert world.texts(portal) == ["ho", "ho"]
