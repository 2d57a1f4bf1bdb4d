"""What crosses is counted, by direction, network and end."""

from datetime import timedelta
from typing import NoReturn

import pytest
from attrs import evolve

from bridge.networks.demo.protocol.place import Fault
from bridge.networks.demo.to_matrix import to_matrix
from bridge.testing.clock import settle
from tests.core.world import ALICE, DEMO, LOBBY, World


async def test_messages_of_both_directions_are_counted_with_their_ends(world: World) -> None:
    portal = await world.portal()
    await world.say(portal.room_id, ALICE, "one")
    await world.come("ann")
    await world.hear("ann", "two")

    text = world.heart.outside.metrics.render().decode()

    assert 'trunkline_messages_total{direction="to_network",network="demo",state="confirmed"} 1.0' in text
    assert 'trunkline_messages_total{direction="to_matrix",network="demo",state="confirmed"} 1.0' in text
    assert 'trunkline_delivery_seconds_count{direction="to_matrix",network="demo"} 1.0' in text
    assert 'trunkline_inbox_events_total{outcome="stored",side="network"} 1.0' in text
    assert 'trunkline_network_up{network="demo"} 1.0' in text


async def test_a_network_that_came_back_is_counted(world: World) -> None:
    await world.demo.stop()
    await world.demo.start(world.heart.host)

    text = world.heart.outside.metrics.render().decode()

    assert 'trunkline_reconnects_total{network="demo"} 1.0' in text


def metrics_of(world: World) -> str:
    return world.heart.outside.metrics.render().decode()


async def test_an_uncertain_part_is_counted(world: World) -> None:
    portal = await world.portal()
    world.place.faults.append(Fault.LOSE_ANSWER)
    await world.say(portal.room_id, ALICE, "hello")

    assert 'trunkline_uncertain_parts_total{network="demo"} 1.0' in metrics_of(world)
    assert 'trunkline_messages_total{direction="to_network",network="demo",state="uncertain"}' in metrics_of(
        world
    )


async def test_a_time_in_which_nobody_listened_is_counted_with_its_length(world: World) -> None:
    await world.portal()
    await world.turn(5.0)
    await world.disconnect()
    await world.turn(40.0)
    await world.connect()
    await world.turn(1.0)

    assert 'trunkline_unseen_gaps_total{network="demo"} 1.0' in metrics_of(world)
    assert 'trunkline_unseen_seconds_total{network="demo"} 40.0' in metrics_of(world)


async def test_a_remote_line_told_twice_is_counted_as_suppressed(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    number = await world.hear("carol", "hi")
    said = next(each for each in world.place.said_in(LOBBY) if each.number == number)
    await world.heart.host.emit(world.demo.logins()[0].id, to_matrix(DEMO, said))
    await settle()

    assert world.texts(portal).count("hi") == 1
    assert 'trunkline_duplicates_suppressed_total{direction="to_matrix",found="told"} 1.0' in metrics_of(
        world
    )


async def test_an_event_that_fails_again_and_again_is_counted_as_set_aside(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = await world.portal()
    monkeypatch.setattr(world.demo.logins()[0], "plan", break_down)
    await world.say(portal.room_id, ALICE, "hello")
    await world.turn(5.0)

    assert 'trunkline_set_aside_total{side="matrix"} 1.0' in metrics_of(world)


def break_down(*_: object, **__: object) -> NoReturn:
    raise RuntimeError("poison")


async def test_what_is_older_than_its_portal_is_counted(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    number = await world.hear("carol", "hi")
    said = next(each for each in world.place.said_in(LOBBY) if each.number == number)
    old = evolve(to_matrix(DEMO, said), happened_at=portal.floor_at - timedelta(hours=1))
    await world.heart.host.emit(world.demo.logins()[0].id, old)
    assert 'trunkline_below_floor_total{network="demo"} 1.0' in metrics_of(world)
