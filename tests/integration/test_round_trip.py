"""Canaries through a real homeserver, and what it asks the bridge to wait for."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bridge.core import canary
from bridge.testing.pytest_plugin import LogInMatrix, MakeSynapse
from tests.e2e.stack import running
from tests.integration.fault_world import KITCHEN, LOBBY, fault_world

pytestmark = pytest.mark.integration

OK = 'trunkline_canaries_total{outcome="ok"}'
LIMITED = 'trunkline_homeserver_requests_total{status="429"}'
CREATE = "POST /_matrix/client/v3/createRoom"
A_FEW = {"per_second": 1, "burst_count": 3}


async def test_a_canary_measures_the_round_trip_and_finds_its_room_again(
    tmp_path: Path, make_synapse: MakeSynapse, matrix_user: LogInMatrix
) -> None:
    async with fault_world(tmp_path, make_synapse, matrix_user, canary_every_s=1) as world:
        await world.until_value(OK, 2)
        assert world.value("trunkline_canary_seconds_sum") < 60.0
        checks = [check for check in world.bridge.round_trip.checks() if check.name == "round trip"]
        assert [check.ready for check in checks] == [True]

        made = sum(1 for request in world.storm.requests if request.deed == CREATE)
        await world.bridge.stop()
        async with running(world.place) as again:
            world.bridge = again
            await world.until_value(OK, 2)
        assert sum(1 for request in world.storm.requests if request.deed == CREATE) == made


async def test_pushes_that_stop_are_noticed_and_told_once(
    tmp_path: Path, make_synapse: MakeSynapse, matrix_user: LogInMatrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The homeserver takes all we say, and does not reach us: only a round trip shows it."""
    monkeypatch.setattr(canary, "SLOW_S", 0.5)
    monkeypatch.setattr(canary, "PATIENCE_S", 1.0)
    async with fault_world(tmp_path, make_synapse, matrix_user, canary_every_s=1) as world:
        await world.until_value(OK, 1)
        with capture_logs() as said:
            world.gate.shut()
            await world.until_value('trunkline_canaries_total{outcome="lost"}', 2)
            assert [check.ready for check in world.bridge.round_trip.checks()] == [False]
            world.gate.open()
            await world.until_value(OK, world.value(OK) + 1)

        news = [
            line["event"] for line in said if "round trip" in line["event"] and "still" not in line["event"]
        ]
        assert news == [
            "round trip through the homeserver down",
            "round trip through the homeserver back again",
        ]


async def test_a_limit_on_one_speaker_holds_up_one_room_only(
    tmp_path: Path, make_synapse: MakeSynapse, matrix_user: LogInMatrix
) -> None:
    """429 blocks what it names: carol's room goes on slowly and in order, dave's at full speed."""
    async with fault_world(
        tmp_path, make_synapse, matrix_user, homeserver={"rc_message": A_FEW}, rate_limited=True
    ) as world:
        world.hear("dave", "hello", KITCHEN)
        await world.alice.wait_for_message("hello", room_id=world.rooms[KITCHEN])
        for number in range(6):
            world.hear("carol", f"line {number}")
        await world.alice.wait_for_message("line 2", room_id=world.rooms[LOBBY])
        world.hear("dave", "at full speed", KITCHEN)
        await world.alice.wait_for_message("line 5", room_id=world.rooms[LOBBY])

        assert world.heard("carol") == [f"line {number}" for number in range(6)]
        said = [event.body for event in world.alice.events if event.type == "m.room.message"]
        assert said.index("at full speed") < said.index("line 5")
        assert world.value(LIMITED) > 0
