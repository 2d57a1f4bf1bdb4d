"""The end of one arrival is stored beside the sending of the next, and no end is lost for that."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from bridge.model.errors import Phrase, StoreRefused, StoreUnavailable
from bridge.model.ids import ArrivalSeq
from bridge.model.markup import Document
from bridge.model.outgoing import Post
from bridge.model.portals import Portal
from bridge.model.records import ArrivalResult
from bridge.model.statuses import PartState
from bridge.networks.demo.protocol.place import Said
from bridge.testing.clock import settle
from tests.core.world import LOBBY, World

Close = Callable[..., Awaitable[None]]


def put_before_close(world: World, before: Callable[[ArrivalResult], Awaitable[None]]) -> None:
    """Something happens before each storing of an end."""
    close: Close = world.store.arrivals.close

    async def closing(result: ArrivalResult, **named: Any) -> None:
        await before(result)
        await close(result, **named)

    setattr(world.store.arrivals, "close", closing)  # noqa: B010 - mypy forbids the plain way


def speak(world: World, *texts: str) -> list[int]:
    """Lines that come at once, before any of them is sent. Returns their numbers."""

    def line(text: str) -> int:
        said = Document.of(text)
        return world.do(lambda number: Said(number=number, chat=LOBBY, nick="ann", text=said))

    return [line(text) for text in texts]


async def portal_with_ann(world: World) -> Portal:
    portal = await world.portal()
    await world.come("ann")
    return portal


async def open_rows(world: World, portal: Portal) -> int:
    return len(await world.store.arrivals.pending(portal.lane, ArrivalSeq(0), 10))


async def test_the_next_line_is_sent_while_the_end_of_the_one_before_is_stored(world: World) -> None:
    portal = await portal_with_ann(world)
    gate = asyncio.Event()

    async def wait(_: ArrivalResult) -> None:
        await gate.wait()

    put_before_close(world, wait)
    speak(world, "one", "two")
    await settle()
    assert world.texts(portal) == ["one", "two"]
    assert await open_rows(world, portal) == 2
    gate.set()
    await settle()
    assert await open_rows(world, portal) == 0


async def test_a_store_that_is_away_for_the_end_of_a_line_gets_it_later_and_only_once(world: World) -> None:
    portal = await portal_with_ann(world)
    left = [StoreUnavailable(Phrase.of("storage.unavailable", error="away")) for _ in range(3)]

    async def away(_: ArrivalResult) -> None:
        if left:
            raise left.pop()

    put_before_close(world, away)
    speak(world, "one", "two", "three")
    await world.turn(30.0)
    assert world.texts(portal) == ["one", "two", "three"]
    assert await open_rows(world, portal) == 0


async def test_an_end_that_the_store_refuses_is_set_aside_and_the_lane_goes_on(world: World) -> None:
    portal = await portal_with_ann(world)
    stored: list[PartState] = []

    async def refuse_first(result: ArrivalResult) -> None:
        if result.state is PartState.CONFIRMED and not stored:
            raise StoreRefused(Phrase.of("storage.refused", error="a mistake of ours"))
        stored.append(result.state)

    put_before_close(world, refuse_first)
    speak(world, "one", "two")
    await world.turn(5.0)
    assert world.texts(portal) == ["one", "two"]
    assert stored == [PartState.DEAD, PartState.CONFIRMED]
    assert await open_rows(world, portal) == 0


async def test_a_reply_waits_for_the_end_of_the_line_it_speaks_about(world: World) -> None:
    portal = await portal_with_ann(world)
    await world.come("ben")
    (first,) = speak(world, "one")
    await world.hear("ben", "two", reply_to=first)
    said = [sent for sent in world.homeserver.sent if isinstance(sent.outgoing, Post)]
    assert world.texts(portal) == ["one", "two"]
    assert [sent.outgoing.reply_to for sent in said if isinstance(sent.outgoing, Post)] == [
        None,
        said[0].event_id,
    ]
