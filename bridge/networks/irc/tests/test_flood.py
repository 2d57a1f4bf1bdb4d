"""What goes out first when not all may go out."""

import pytest

from bridge.networks.irc.protocol.flood import FloodLimits, FloodPlan, Priority

TIGHT = FloodLimits(burst=1, per_second=1)


def taken(plan: FloodPlan[str], *, seconds: int) -> list[str]:
    """What may be written in these seconds, in order."""
    found = []
    for now in range(seconds):
        while (item := plan.take(float(now))) is not None:
            found.append(item)
    return found


def test_what_matters_more_goes_first_whenever_it_came() -> None:
    plan: FloodPlan[str] = FloodPlan(TIGHT)
    for priority in reversed(Priority):
        plan.put(priority.name, priority)

    assert taken(plan, seconds=10) == ["PONG", "BARRIER", "CONTROL", "MODERATION", "CHAT", "REST"]


def test_an_answer_to_a_ping_waits_for_nothing_but_costs_a_turn() -> None:
    plan: FloodPlan[str] = FloodPlan(TIGHT)
    plan.put("chat", Priority.CHAT)
    assert plan.take(0.0) == "chat"
    plan.put("more", Priority.CHAT)
    plan.put("pong", Priority.PONG)

    assert plan.take(0.0) == "pong"
    assert plan.take(0.0) is None
    assert plan.take(1.0) is None
    assert plan.take(2.0) == "more"


def test_a_burst_then_a_steady_pace() -> None:
    plan: FloodPlan[str] = FloodPlan(FloodLimits(burst=3, per_second=0.5))
    for number in range(6):
        plan.put(f"{number}", Priority.CHAT)

    assert [plan.take(0.0) for _ in range(4)] == ["0", "1", "2", None]
    assert plan.next_at(0.0) == 2.0
    assert [plan.take(2.0), plan.take(2.0)] == ["3", None]


def test_conversations_take_turns() -> None:
    plan: FloodPlan[str] = FloodPlan(FloodLimits(per_second=0))
    for number in range(3):
        plan.put(f"a{number}", Priority.CHAT, flow="#a")
    plan.put("b0", Priority.CHAT, flow="#b")

    assert taken(plan, seconds=1) == ["a0", "b0", "a1", "a2"]


def test_a_clock_that_goes_back_gives_nothing() -> None:
    plan: FloodPlan[str] = FloodPlan(TIGHT)
    plan.put("0", Priority.CHAT)
    plan.put("1", Priority.CHAT)
    assert plan.take(100.0) == "0"

    assert plan.take(50.0) is None
    assert plan.take(100.5) is None
    assert plan.take(101.0) == "1"


def test_what_waits_can_be_taken_back() -> None:
    plan: FloodPlan[str] = FloodPlan(TIGHT)
    plan.put("0", Priority.CHAT, flow="#a")
    plan.put("1", Priority.CHAT, flow="#a")

    assert plan.discard("0", Priority.CHAT, flow="#a")
    assert not plan.discard("0", Priority.CHAT, flow="#a")
    assert taken(plan, seconds=3) == ["1"]


def test_a_server_that_calls_us_a_flood_gets_half_and_counts_everything() -> None:
    slowed = FloodLimits(burst=10, per_second=2).slowed()

    assert slowed == FloodLimits(burst=5, per_second=1, barriers_cost=True)


@pytest.mark.parametrize(("per_second", "slowest"), [(0.0, 0.25), (8.0, 0.25), (0.1, 0.1)])
def test_a_server_is_never_spoken_to_faster_for_it_nor_slower_without_end(
    per_second: float, slowest: float
) -> None:
    limits = FloodLimits(per_second=per_second)
    for _ in range(50):
        limits = limits.slowed()

    assert (limits.burst, limits.per_second) == (1, slowest)
