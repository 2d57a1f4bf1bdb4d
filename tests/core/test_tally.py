"""What crosses is counted, by direction, network and end."""

from tests.core.world import ALICE, World


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
