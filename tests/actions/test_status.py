"""What ``status`` tells beside who is connected: what waits, what failed, what nobody heard."""

from datetime import timedelta
from typing import NoReturn

import pytest

from bridge.actions.status import age_of
from bridge.model.errors import Phrase, StoreUnavailable
from bridge.model.portals import Portal
from bridge.model.statuses import LoginHealth, LoginState
from bridge.networks.demo.protocol.place import Fault
from tests.actions.test_dead import ask, refused
from tests.core.world import ADMIN, ALICE, World


async def status(world: World, portal: Portal) -> list[str]:
    return [line for line in (await ask(world, portal, "status", ADMIN)).split("\n") if line]


async def test_where_all_is_well_nothing_more_is_said(world: World) -> None:
    portal = await world.portal()
    assert await status(world, portal) == [
        "This room is joined to ~lobby on demo.",
        "demo: connected as bridge.",
    ]


async def test_uncertain_messages_are_counted_until_somebody_acts(world: World) -> None:
    portal = await world.portal()
    world.place.faults.append(Fault.LOSE_ANSWER)
    await world.say(portal.room_id, ALICE, "hello")
    said = await status(world, portal)
    assert said[-1] == "1 message may or may not have arrived, and is not repeated: dead list."

    await ask(world, portal, "dead drop all", ADMIN)
    assert len(await status(world, portal)) == 2


async def test_failed_messages_are_counted(world: World) -> None:
    portal = await world.portal()
    await refused(world, portal)
    await refused(world, portal)
    assert (await status(world, portal))[-1] == "2 messages failed and wait: dead list."


async def test_what_nobody_heard_is_counted_with_its_length(world: World) -> None:
    portal = await world.portal()
    await world.turn(5.0)
    await world.disconnect()
    await world.turn(95.0)
    await world.connect()
    await world.turn(1.0)
    (line,) = [one for one in await status(world, portal) if "nobody of ours" in one]
    assert "a conversation 1 time, 1 min 35 s in all" in line


async def test_what_waits_long_is_shown_with_its_age(world: World) -> None:
    portal = await world.portal()
    await world.disconnect()
    await world.say(portal.room_id, ALICE, "hello")
    await world.turn(20.0)
    assert "the oldest for" not in "".join(await status(world, portal))
    await world.turn(100.0)
    said = await status(world, portal)
    assert any(one.endswith("not been seen to yet, the oldest for 2 min.") for one in said)


async def test_the_time_of_the_next_try_to_connect_is_told(world: World) -> None:
    portal = await world.portal()
    await world.disconnect()
    login = world.demo.logins()[0]
    at = world.clock.now() + timedelta(seconds=40)
    login._tell(LoginState(LoginHealth.DISCONNECTED, retry_at=at))
    assert "demo: the next try is at 2026-01-01 00:00:40.000 UTC." in await status(world, portal)


async def test_a_message_that_waits_for_a_connection_tells_when_that_is_tried(world: World) -> None:
    portal = await world.portal()
    await world.disconnect()
    at = world.clock.now() + timedelta(seconds=40)
    world.demo.logins()[0]._tell(LoginState(LoginHealth.DISCONNECTED, retry_at=at))
    event_id = await world.say(portal.room_id, ALICE, "hello")
    answer = await ask(world, portal, f"trace {event_id}")
    assert "The next try to connect is at 2026-01-01 00:00:40.000 UTC." in answer


async def test_a_store_that_is_away_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    portal = await world.portal()

    async def away() -> NoReturn:
        raise StoreUnavailable(Phrase.of("storage.unavailable", error="for a moment"))

    monkeypatch.setattr(world.store.traces, "backlog", away)
    assert (await status(world, portal))[-1] == "The database is away: what waits in it is not known now."


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (95, "1 min 35 s"), (3600, "1 h"), (90_061, "1 d 1 h")],
)
def test_a_length_of_time_is_shown_by_its_two_largest_units(seconds: int, shown: str) -> None:
    assert age_of(timedelta(seconds=seconds)) == shown
