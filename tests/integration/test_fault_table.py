"""One test for each fault of docs/explanation/faults.md that is not proven elsewhere, named after it.

Where a fault needs a real server it has one; time is scaled, or turned by hand.
"""

import copy
from pathlib import Path

import pytest
from attrs import evolve

from bridge.core.config import BridgeConfig
from bridge.matrix.homeserver import MatrixHomeserver
from bridge.model.ids import ChatID, RoomID, UserID
from bridge.model.namespace import Namespace
from bridge.model.outgoing import RoomRequest
from bridge.model.statuses import PartState
from bridge.networks.demo.protocol.place import Fault
from bridge.testing.pytest_plugin import LogInMatrix, MakeSynapse
from tests.core.late_world import make_late
from tests.core.world import ALICE, BOB, DOMAIN, World, make_world
from tests.integration.fault_world import LOBBY, fault_world
from tests.integration.storm import Spoilt
from tests.matrix.scripted_homeserver import scripted_homeserver

CHATS = tuple(ChatID(name) for name in ("lobby", "kitchen", "garden"))
HOUR_S = 3600.0


async def test_homeserver_down_for_an_hour() -> None:
    """What the networks say waits in the store, beyond what the memory holds, and arrives in order."""
    world = await make_world(config=BridgeConfig(lane_memory=10))
    portals = [await world.portal(chat) for chat in CHATS]
    for chat in CHATS:
        await world.come("carol", chat)
    world.homeserver.down = True
    lines = [f"line {number}" for number in range(30)]
    for line in lines:
        for chat in CHATS:
            await world.hear("carol", line, chat=chat)
        await world.turn(HOUR_S / len(lines))

    world.homeserver.down = False
    world.heart.lanes.wake_all()
    await world.turn(5.0)
    await world.turn(5.0)

    assert [world.texts(portal) for portal in portals] == [lines, lines, lines]
    await world.stop()


@pytest.mark.integration
async def test_5xx_reset_and_timeout(
    tmp_path: Path, make_synapse: MakeSynapse, matrix_user: LogInMatrix
) -> None:
    """Answers are lost after the homeserver did what was asked: it does it once, in order."""
    storm = [Spoilt.BEFORE, Spoilt.AFTER, Spoilt.RESET, Spoilt.SILENCE, Spoilt.NOT_AT_ALL]
    async with fault_world(tmp_path, make_synapse, matrix_user, canary_every_s=0) as world:
        world.hear("carol", "before it")
        await world.alice.wait_for_message("before it", room_id=world.rooms[LOBBY])
        world.storm.begin("PUT send", storm * 2)
        lines = [f"line {number}" for number in range(12)]
        for line in lines:
            world.hear("carol", line)
        await world.alice.wait_for_message(lines[-1], room_id=world.rooms[LOBBY])

        assert world.heard("carol") == ["before it", *lines]
        assert set(Spoilt) <= set(world.storm.spoilt)


async def test_429_limit_exceeded_on_create_room() -> None:
    """The wait that was asked for is waited, and one room is made."""
    async with scripted_homeserver() as homeserver:
        limit = {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 7000}
        homeserver.rules.append(("POST", "/createRoom", 429, limit, {}, False))
        homeserver.answer("POST", "/createRoom", {"room_id": "!made"})
        bridge = MatrixHomeserver(homeserver.client, Namespace(DOMAIN))
        made = await bridge.create_room(
            RoomRequest(alias_localpart=None, name="x", topic=None, public=False), {}
        )

        assert made == "!made"
        assert 7.0 <= sum(homeserver.clock.waits) <= 7.7


@pytest.mark.parametrize("step_s", [HOUR_S, -HOUR_S], ids=["forward", "back"])
async def test_clock_skew_and_step(world: World, step_s: float) -> None:
    """Waits go by a clock that never goes back; nothing is refused for its time."""
    portal = await world.portal()
    await world.come("carol")
    world.place.faults.append(Fault.BUSY)
    waiting = await world.say(portal.room_id, ALICE, "for later")
    world.clock.step(step_s)
    await world.say(portal.room_id, BOB, "said by bob")
    await world.hear("carol", "said by carol")
    assert world.said() == ["said by bob"]
    await world.turn(5.1)

    assert world.said() == ["said by bob", "for later"]
    assert await world.states(waiting) == [PartState.CONFIRMED]
    assert world.texts(portal).count("said by carol") == 1


@pytest.mark.parametrize("step_s", [HOUR_S, -HOUR_S], ids=["forward", "back"])
async def test_clock_step_over_a_restart(world: World, step_s: float) -> None:
    portal = await world.portal()
    await world.come("carol")
    await world.disconnect()
    await world.say(portal.room_id, ALICE, "kept")
    await world.crash()
    world.clock.step(step_s)
    later = await make_world(before=world)
    await later.turn(1.0)
    await later.hear("carol", "hi")

    assert later.said() == ["kept"]
    assert later.texts(portal).count("hi") == 1
    await later.stop()


async def test_a_room_of_a_hundred_thousand_members(world: World) -> None:
    """No message asks who is in the room; a remote person comes in when they first speak."""
    portal = await world.portal()
    await world.come("carol")
    room = world.homeserver.rooms[portal.room_id]
    room.members.update({UserID(f"@user{number}:{DOMAIN}"): "join" for number in range(100_000)})
    before = world.homeserver.calls.copy()
    for number in range(5):
        await world.say(portal.room_id, ALICE, f"to {number}")
        await world.hear("carol", f"from {number}")
    asked = world.homeserver.calls - before

    assert len(world.said()) == 5
    assert (asked["people"], asked["our_members"]) == (0, 0)
    assert asked["ensure_joined"] <= 5


async def test_no_message_asks_the_homeserver_who_is_in_the_room() -> None:
    """The same below: what the core asks for each message is answered from what is known already."""
    async with scripted_homeserver() as homeserver:
        bridge = MatrixHomeserver(homeserver.client, Namespace(DOMAIN))
        room_id = RoomID("!large")
        for _ in range(3):
            await bridge.member_names(room_id)
            await bridge.display_name(room_id, ALICE)
        asked = [one.path for one in homeserver.asked]

    assert not any(path.endswith(("/members", "/joined_members")) for path in asked)


async def test_restore_of_an_old_backup(world: World) -> None:
    """The numbers of arrivals begin again at the backup's: no new line is taken for one said since."""
    portal = await world.portal()
    await world.come("carol")
    await world.hear("carol", "before the backup")
    backup = copy.deepcopy(world.store)
    await world.hear("carol", "after the backup")
    await world.crash()

    restored = await make_world(before=evolve(world, store=backup))
    await restored.turn(60.0)
    await restored.come("carol")
    await restored.hear("carol", "after the restore")

    assert world.texts(portal)[-3:] == ["before the backup", "after the backup", "after the restore"]
    await restored.stop()


async def test_what_was_said_on_matrix_between_backup_and_restore(world: World) -> None:
    """Our own read receipt tells what was seen to; what came behind it crosses, and nothing twice."""
    portal = await world.portal()
    late = make_late(world, place="1")
    backup = copy.deepcopy(world.store)
    for number in range(30):
        await world.say(portal.room_id, ALICE, f"since the backup {number}")
    await world.crash()
    world.homeserver.say(portal.room_id, ALICE, "while it was restored")

    restored = await make_world(before=evolve(world, store=backup))
    await make_late(restored, before=late).begin()
    await restored.turn(120.0)

    said = [f"since the backup {number}" for number in range(30)]
    assert restored.said() == [*said, "while it was restored"]
    await restored.stop()
