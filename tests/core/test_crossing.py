"""What is said on one side is heard on the other, once and in order."""

from bridge.model.statuses import PartState
from tests.core.world import ALICE, World


async def test_a_message_crosses_and_is_confirmed_by_the_network(world: World) -> None:
    portal = await world.portal()
    event_id = await world.say(portal.room_id, ALICE, "hello there")
    rows = await world.store.ledger.parts_of(event_id)
    assert [row.state for row in rows] == [PartState.CONFIRMED]
