"""How far behind the bridge is, as its metrics show it."""

from bridge.app.measure import BacklogWatch
from tests.core.world import ALICE, World


def watch_of(world: World) -> BacklogWatch:
    out = world.heart.outside
    return BacklogWatch(world.store.traces, world.heart.portals, out.metrics, world.clock)


async def shown(world: World, watch: BacklogWatch) -> str:
    await watch.look()
    return world.heart.outside.metrics.render().decode()


async def test_what_waits_for_its_network_is_shown_with_its_age(world: World) -> None:
    portal = await world.portal()
    await world.disconnect()
    await world.say(portal.room_id, ALICE, "hello")
    await world.turn(40.0)
    text = await shown(world, watch_of(world))

    assert "trunkline_inbox_open_events 1.0" in text
    assert "trunkline_inbox_oldest_seconds 40.0" in text


async def test_what_waits_for_the_homeserver_is_shown_by_network(world: World) -> None:
    await world.portal()
    watch = watch_of(world)
    await held_to_matrix(world)
    await world.turn(25.0)
    text = await shown(world, watch)
    assert 'trunkline_track_open_messages{direction="to_matrix",network="demo"} 1.0' in text
    assert 'trunkline_track_oldest_seconds{direction="to_matrix",network="demo"} 25.0' in text


async def test_a_network_that_has_caught_up_shows_zero(world: World) -> None:
    await world.portal()
    watch = watch_of(world)
    await held_to_matrix(world)
    await watch.look()
    world.homeserver.down = False
    await world.turn(60.0)
    text = await shown(world, watch)

    assert 'trunkline_track_open_messages{direction="to_matrix",network="demo"} 0.0' in text
    assert 'trunkline_track_oldest_seconds{direction="to_matrix",network="demo"} 0.0' in text


async def test_what_ended_badly_is_shown_by_its_state(world: World) -> None:
    portal = await world.portal()
    await world.refuse_plans(1)
    await world.say(portal.room_id, ALICE, "hello")
    text = await shown(world, watch_of(world))

    assert 'trunkline_dead_letters{state="refused"} 1.0' in text
    assert 'trunkline_dead_letters{state="uncertain"} 0.0' in text


async def held_to_matrix(world: World) -> None:
    """A remote line that the homeserver does not take for now."""
    await world.come("carol")
    world.homeserver.down = True
    await world.hear("carol", "hi")
