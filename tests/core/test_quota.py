"""Too much waits: new messages are refused and told, networks are held back, floods are let go and told."""

from collections.abc import AsyncIterator

import pytest_asyncio

from bridge.core.config import BridgeConfig
from bridge.model.ids import ChatID, InboxSeq
from bridge.model.portals import Portal
from bridge.networks.demo.ids import parse_chat_text
from bridge.telemetry.metrics import Metrics
from tests.core.world import ALICE, BOB, LOBBY, World, make_world

KIB = 1024
OTHER = parse_chat_text("kitchen")
CONFIG = BridgeConfig(
    quiet_s=2.0,
    lane_memory=10,
    waiting_max_bytes=100 * KIB,
    waiting_lane_max_bytes=64 * KIB,
    expire_after_s=100.0,
)
LONG = "x" * 10 * KIB
REFUSED = "This was not taken over, because too much already waits for demo. Say it again later."


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    made = await make_world(config=CONFIG)
    yield made
    await made.stop()


def metrics(world: World) -> Metrics:
    return world.heart.outside.metrics


async def flood(world: World, portal: Portal, count: int) -> None:
    for _ in range(count):
        await world.say(portal.room_id, ALICE, LONG)


async def hear_flood(world: World, chat: ChatID, count: int) -> None:
    for number in range(count):
        await world.hear("carol", f"{number} {LONG}", chat=chat)


async def fill_matrix(world: World, *chats: ChatID) -> None:
    """The homeserver is away, and each conversation has almost all it may have."""
    world.homeserver.down = True
    for chat in chats:
        await hear_flood(world, chat, 5)


async def test_what_has_no_room_is_refused_and_told(world: World) -> None:
    portal = await world.portal()
    await world.disconnect()
    await flood(world, portal, 6)
    event_id = await world.say(portal.room_id, BOB, LONG)
    await world.turn(1.0)

    assert world.texts(portal)[-1] == REFUSED
    assert [status.target for status in world.statuses()] == [event_id]
    assert await world.store.inbox.body_of(event_id) is None
    assert b'trunkline_over_quota_messages_total{network="demo"} 1.0' in metrics(world).render()


async def test_what_was_accepted_before_arrives_and_there_is_room_again(world: World) -> None:
    portal = await world.portal()
    await world.disconnect()
    await flood(world, portal, 8)
    await world.connect()
    await world.turn(10.0)
    await world.say(portal.room_id, BOB, "at last")
    await world.turn(1.0)

    assert world.said() == [*[LONG] * 6, "at last"]
    assert world.heart.lanes.waiting_bytes() == (0, 0)
    assert list(await world.store.inbox.pending(InboxSeq(0), 99)) == []


async def test_a_flood_in_one_conversation_leaves_room_for_another(world: World) -> None:
    portal, other = await world.portal(), await world.portal(OTHER)
    await world.disconnect()
    await flood(world, portal, 8)
    await world.say(other.room_id, BOB, "hello")
    await world.connect()
    await world.turn(10.0)

    assert world.said(OTHER) == ["hello"]


async def test_all_conversations_together_have_their_quota_too(world: World) -> None:
    portal, other = await world.portal(), await world.portal(OTHER)
    await world.disconnect()
    await flood(world, portal, 5)
    await flood(world, other, 5)
    await world.turn(1.0)

    assert world.texts(other)[-1] == REFUSED
    assert world.heart.lanes.waiting_bytes()[0] <= 100 * KIB


async def test_what_waits_is_counted_after_a_restart(world: World) -> None:
    portal = await world.portal()
    await world.disconnect()
    await flood(world, portal, 6)
    before = world.heart.lanes.waiting_bytes()
    await world.crash()
    later = await make_world(before=world, connect=False)
    event_id = await later.say(portal.room_id, BOB, LONG)
    await later.turn(1.0)

    assert later.heart.lanes.waiting_bytes() == before
    assert [status.target for status in later.statuses()] == [event_id]
    await later.stop()


async def test_lines_beyond_a_conversations_share_are_let_go_and_told(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    world.homeserver.down = True
    await hear_flood(world, LOBBY, 9)
    await world.turn(5.0)
    world.homeserver.down = False
    await world.turn(120.0)
    texts = world.texts(portal)

    assert [text.split()[0] for text in texts[:-1]] == [f"{number}" for number in range(6)]
    assert texts[-1] == (
        "3 lines from ~lobby on Demo did not come through, because too much was waiting for this room."
    )
    assert list(await world.store.arrivals.all_shed()) == []
    assert b'trunkline_shed_events_total{network="demo"} 3.0' in metrics(world).render()


async def test_what_was_let_go_is_told_after_a_crash(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    world.homeserver.down = True
    await hear_flood(world, LOBBY, 9)
    await world.turn(5.0)
    await world.crash()
    world.homeserver.down = False
    later = await make_world(before=world)
    await later.turn(120.0)

    told = [text for text in later.texts(portal) if "did not come through" in text]
    assert [text.split(" on ")[0] for text in told] == ["3 lines from ~lobby"]
    await later.stop()


async def test_a_network_is_held_back_when_there_is_no_room_at_all(world: World) -> None:
    """Nothing is let go: the connection is not read any further until there is room."""
    portal, other = await world.portal(), await world.portal(OTHER)
    await world.come("carol")
    await world.come("carol", OTHER)
    await fill_matrix(world, LOBBY, OTHER)
    await world.hear("carol", "last")
    await world.turn(5.0)
    held = b"trunkline_networks_held_back 1.0" in metrics(world).render()
    stored = sum((await world.store.arrivals.waiting_bytes()).values())
    world.homeserver.down = False
    await world.turn(120.0)

    assert held
    assert stored <= 100 * KIB
    assert world.texts(portal)[-1] == "last"
    assert len(world.texts(portal)) + len(world.texts(other)) == 11
    assert b"trunkline_networks_held_back 0.0" in metrics(world).render()


async def test_what_waited_too_long_for_matrix_is_told_in_one_sentence(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    world.homeserver.down = True
    for number in range(5):
        await world.hear("carol", f"{number}")
    await world.turn(200.0)
    world.homeserver.down = False
    await world.turn(300.0)
    texts = world.texts(portal)
    await world.hear("carol", "now")
    await world.turn(5.0)

    # The first one's sending had begun: it may have been there already.
    assert texts[0] == "0"
    assert texts[1].startswith("4 lines from ~lobby on Demo did not come through")
    assert len(texts) == 2
    assert world.texts(portal)[-1] == "now"


async def test_joins_are_let_go_before_lines(world: World) -> None:
    portal, other = await world.portal(), await world.portal(OTHER)
    await world.come("carol")
    await world.come("carol", OTHER)
    world.homeserver.down = True
    await hear_flood(world, LOBBY, 5)
    await hear_flood(world, OTHER, 3)
    await world.come("dave")
    await world.come("erin", OTHER)
    await world.hear("dave", "hello")
    world.homeserver.down = False
    await world.turn(120.0)
    inside = {room: world.homeserver.rooms[room].members for room in (portal.room_id, other.room_id)}

    assert world.texts(portal)[-1] == "hello"
    assert any("dave" in user for user in inside[portal.room_id])
    assert not any("erin" in user for user in inside[other.room_id])
