"""What was said while nobody of ours was there comes late out of the network's history, once and in order."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from attrs import evolve

from bridge.api.network import ChatHistory
from bridge.core.config import BridgeConfig
from bridge.model.errors import NetworkUnavailable, Phrase
from bridge.model.ids import ChatID
from bridge.model.markup import Document
from bridge.model.outgoing import Post
from bridge.networks.demo.protocol.place import Edited
from bridge.testing.clock import settle
from tests.core.test_gaps import gap
from tests.core.world import LOBBY, World, make_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = await make_world(history_lines=100)
    await made.come("carol")
    yield made
    await made.stop()


def late(world: World) -> list[bool]:
    return [sent.outgoing.late for sent in world.homeserver.sent if isinstance(sent.outgoing, Post)]


async def lose(world: World) -> None:
    [login] = world.demo.logins()
    await login.disconnect()
    await settle()


async def come_back(world: World) -> None:
    [login] = world.demo.logins()
    await login.connect(world.heart.host)
    await settle()


async def test_lines_that_nobody_heard_come_late_before_newer_ones_and_no_gap_is_told(world: World) -> None:
    portal = await world.portal()
    await world.hear("carol", "heard")
    await lose(world)
    await world.turn(60)
    await world.hear("carol", "one")
    await world.hear("carol", "two")
    await world.turn(60)
    [login] = world.demo.logins()
    await login.connect(world.heart.host)
    await world.hear("carol", "live")
    await world.turn(60)
    assert world.texts(portal) == ["heard", "one", "two", "live"]
    assert late(world) == [False, True, True, False]
    text = world.heart.outside.metrics.render().decode()
    assert 'trunkline_history_recovered_total{network="demo"} 2.0' in text


async def test_late_lines_carry_their_own_time(world: World) -> None:
    await world.portal()
    began = world.clock.now()
    await lose(world)
    await world.turn(60)
    await world.hear("carol", "one")
    await world.turn(60)
    await come_back(world)
    assert [sent.at for sent in world.homeserver.sent] == [began + timedelta(seconds=60)]


async def test_each_break_brings_its_own_lines_once(world: World) -> None:
    portal = await world.portal()
    for word in ("one", "two", "three"):
        await lose(world)
        await world.turn(10)
        await world.hear("carol", word)
        await come_back(world)
    await world.turn(60)
    assert world.texts(portal) == ["one", "two", "three"]


async def test_lines_between_two_runs_of_the_bridge_come_late() -> None:
    world = await make_world(history_lines=100)
    portal = await world.portal()
    await world.come("carol")
    await world.hear("carol", "heard")
    await world.turn(65)
    await world.crash()
    await world.turn(60)
    await world.hear("carol", "unheard")
    later = await make_world(before=world)
    await later.turn(60)
    assert later.texts(portal) == ["heard", "unheard"]
    await later.stop()


async def test_the_first_start_of_all_brings_nothing_in() -> None:
    world = await make_world(history_lines=100, connect=False)
    await world.come("carol")
    await world.hear("carol", "long ago")
    await world.begin_network()
    portal = await world.portal()
    await world.turn(60)
    assert world.texts(portal) == []
    await world.stop()


async def test_nothing_older_than_the_portal_is_brought_in(world: World) -> None:
    portal = await world.portal()
    await lose(world)
    await world.turn(10)
    await world.hear("carol", "before the portal")
    await world.turn(10)
    await world.heart.portals.remove(portal)
    portal = await world.heart.portals.create(evolve(portal, floor_at=world.clock.now()))
    await world.turn(10)
    await world.hear("carol", "in the portal")
    await come_back(world)
    await world.turn(60)
    assert world.texts(portal) == ["in the portal"]


async def test_what_the_history_does_not_hold_is_told_as_a_gap() -> None:
    world = await make_world(history_lines=2)
    portal = await world.portal()
    await world.come("carol")
    await world.turn(60)
    await lose(world)
    await world.turn(10)
    await world.hear("carol", "lost")
    await world.turn(10)
    await world.hear("carol", "kept")
    await world.turn(10)
    await come_back(world)
    await world.turn(60)
    assert sorted(world.texts(portal)) == sorted([gap("01:00", "01:20"), "kept"])
    await world.stop()


async def test_what_is_older_than_the_ceiling_is_a_sentence() -> None:
    world = await make_world(history_lines=100, config=BridgeConfig(gap_ceiling_s=60.0))
    portal = await world.portal()
    await world.come("carol")
    await world.turn(60)
    await lose(world)
    await world.turn(10)
    await world.hear("carol", "too old")
    await world.turn(100)
    await world.hear("carol", "fresh")
    await world.turn(10)
    await come_back(world)
    await world.turn(60)
    assert sorted(world.texts(portal)) == sorted([gap("01:00", "02:00"), "fresh"])
    await world.stop()


async def test_what_we_said_ourselves_is_not_brought_in(world: World) -> None:
    portal = await world.portal()
    world.do(lambda number: world.line(number, "our own"))
    await lose(world)
    await world.turn(10)
    await come_back(world)
    await world.turn(60)
    assert world.texts(portal) == []


async def test_an_edit_that_nobody_heard_changes_the_line(world: World) -> None:
    portal = await world.portal()
    number = await world.hear("carol", "helo")
    await lose(world)
    await world.turn(10)
    world.do(
        lambda new: Edited(number=new, chat=LOBBY, nick="carol", target=number, text=Document.of("hello"))
    )
    await come_back(world)
    assert world.texts(portal) == ["helo", "* hello"]


async def test_lines_of_a_connection_that_hung_before_it_broke_come_late(world: World) -> None:
    """A dead connection is noticed minutes after it died; until then it seemed to be listened to."""
    portal = await world.portal()
    await world.turn(60)
    world.place.deafen("bridge")
    await world.hear("carol", "unheard")
    await world.turn(120)
    await lose(world)
    await world.turn(10)
    await come_back(world)
    await world.turn(60)
    assert world.texts(portal) == ["unheard"]


async def test_lines_without_ids_come_once_over_several_breaks(world: World) -> None:
    portal = await world.portal()
    [login] = world.demo.logins()
    told = login.history

    async def nameless(chat: ChatID, since: datetime, limit: int) -> ChatHistory | None:
        history = await told(chat, since, limit)
        assert history is not None
        return evolve(history, events=tuple(evolve(event, remote_id=None) for event in history.events))

    setattr(login, "history", nameless)  # noqa: B010 - mypy forbids the plain way
    await world.hear("carol", "yes")
    await lose(world)
    await world.turn(2)
    await world.hear("carol", "yes")
    await world.hear("carol", "yes")
    await come_back(world)
    await lose(world)
    await world.turn(2)
    await world.hear("carol", "yes")
    await come_back(world)
    await world.turn(60)
    assert world.texts(portal) == ["yes"] * 4


async def test_a_connection_lost_while_catching_up_brings_all_in_the_next_time(world: World) -> None:
    """The gap began anew at the second loss, and what was said before it was forgotten."""
    portal = await world.portal()
    [login] = world.demo.logins()
    await world.turn(600)
    await lose(world)
    await world.hear("carol", "early")
    await world.turn(600)
    told = login.history

    async def cut(chat: ChatID, since: datetime, limit: int) -> ChatHistory | None:
        raise NetworkUnavailable(Phrase.of("demo.disconnected"))

    setattr(login, "history", cut)  # noqa: B010 - mypy forbids the plain way
    await come_back(world)
    await lose(world)
    await world.turn(10)
    setattr(login, "history", told)  # noqa: B010
    await come_back(world)
    await world.turn(60)
    assert world.texts(portal) == ["early"]


async def test_a_crash_while_catching_up_brings_all_in_the_next_time(world: World) -> None:
    """The note that the network was listened to went ahead of what was still to be fetched."""
    portal = await world.portal()
    [login] = world.demo.logins()
    await world.turn(65)
    await lose(world)
    await world.hear("carol", "unheard")
    await world.turn(600)

    async def never(chat: ChatID, since: datetime, limit: int) -> ChatHistory | None:
        await world.clock.sleep(10_000)
        return None

    setattr(login, "history", never)  # noqa: B010 - mypy forbids the plain way
    await come_back(world)
    await world.turn(600)
    await world.crash()
    later = await make_world(before=world)
    await later.turn(60)
    assert later.texts(portal) == ["unheard"]
    await later.stop()


async def test_while_the_store_is_away_catching_up_waits_for_it(world: World) -> None:
    portal = await world.portal()
    await lose(world)
    await world.turn(10)
    await world.hear("carol", "one")
    world.store.switch.down = True
    await come_back(world)
    await world.turn(60)
    world.store.switch.down = False
    await world.turn(60)
    assert world.texts(portal) == ["one"]


async def test_a_line_said_while_catching_up_waits_and_comes_once(world: World) -> None:
    portal = await world.portal()
    [login] = world.demo.logins()
    await lose(world)
    await world.hear("carol", "one")
    await world.turn(10)
    told = login.history

    async def slowly(chat: ChatID, since: datetime, limit: int) -> ChatHistory | None:
        await world.clock.sleep(5)
        return await told(chat, since, limit)

    setattr(login, "history", slowly)  # noqa: B010 - mypy forbids the plain way
    await come_back(world)
    await world.hear("carol", "two")
    assert world.texts(portal) == []
    await world.turn(60)
    assert world.texts(portal) == ["one", "two"]
    assert late(world) == [True, False]
