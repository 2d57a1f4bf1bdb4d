"""The simulation is worth its time: each rule of the bridge that is broken on purpose is found."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from attrs import evolve

from bridge.core import inbound
from bridge.core.evidence import Evidence
from bridge.core.outbound import Outbound, Step
from bridge.core.ports import ArrivalResult
from bridge.core.queues import SenderQueues
from bridge.core.status import StatusTeller
from bridge.core.sweep import Sweep
from bridge.core.work import UnderWay, Work
from bridge.model.ids import InboxSeq, LaneID
from bridge.model.matrix_events import RawEvent
from bridge.model.portals import Portal
from bridge.testing.store import FakeArrivals, FakeInbox
from tests.core.simulation.crashes import Crash, tell
from tests.core.simulation.histories import history
from tests.core.simulation.scenarios import (
    Scenario,
    a_day_away,
    chain_from_matrix,
    chain_from_network,
    gap_filled,
    reaction_before_its_target,
    room_upgrade,
)

_MOST = 60


def found_at(kind: str) -> int | None:
    """The first seed in whose history there is such a breach."""
    return next(
        (
            seed
            for seed in range(1, _MOST)
            if any(breach.startswith(kind) for breach in history(seed).breaches)
        ),
        None,
    )


def findings(scenario: Scenario, *crashes: Crash) -> set[str]:
    """The kinds of breaches in a scenario."""
    return {breach.partition(":")[0] for breach in tell(scenario, crashes).breaches}


def crash_findings(scenario: Scenario) -> set[str]:
    """What is found first by ending the process at each call of a scenario in turn."""
    calls = tell(scenario).calls[0]
    told = (findings(scenario, Crash(at, after=True)) for at in range(1, len(calls) + 1))
    return next((found for found in told if found), set())


def test_a_store_that_forgets_the_pair_of_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    close = FakeArrivals.close

    async def forgetful(self: FakeArrivals, result: ArrivalResult, *, at: datetime) -> None:
        await close(self, evolve(result, mapped=()), at=at)

    monkeypatch.setattr(FakeArrivals, "close", forgetful)
    assert "attached to nothing" in findings(chain_from_network)


def test_a_store_that_loses_an_event_of_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    accept = FakeInbox.accept

    async def lossy(self: FakeInbox, events: Sequence[RawEvent], received_at: datetime) -> int:
        return await accept(self, events[:2], received_at)

    monkeypatch.setattr(FakeInbox, "accept", lossy)
    # What is missing is found by asking the homeserver, and then it comes too late.
    assert found_at("out of order")


def test_an_inbox_row_that_is_never_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(self: FakeInbox, seqs: Sequence[InboxSeq]) -> None:
        pass

    monkeypatch.setattr(FakeInbox, "finish", never)
    assert found_at("left open")


def test_a_lane_that_sends_again_without_looking_for_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    part = Outbound._part

    async def hopeful(self: Outbound, portal: Portal, login: Any, work: Work) -> Step:
        return await part(self, portal, login, evolve(work, fresh=True))

    monkeypatch.setattr(Outbound, "_part", hopeful)
    assert "doubled" in crash_findings(chain_from_matrix)


def test_a_transaction_id_that_is_another_one_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = count()
    monkeypatch.setattr(inbound, "arrival_txn", lambda arrival: f"txn {next(numbers)}")
    assert found_at("doubled")


def test_a_queue_that_turns_around(monkeypatch: pytest.MonkeyPatch) -> None:
    def add(self: SenderQueues[Work], sender: Any, work: Work) -> None:
        queue = self._queues.setdefault(sender, deque())
        queue.insert(1, work)
        self._count += 1

    monkeypatch.setattr(SenderQueues, "add", add)
    assert found_at("out of order")


def test_failures_that_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(self: StatusTeller, *arguments: Any, **named: Any) -> None:
        pass

    monkeypatch.setattr(StatusTeller, "refused", silent)
    assert found_at("lost in silence")


def test_a_bridge_that_does_not_reconcile(monkeypatch: pytest.MonkeyPatch) -> None:
    async def lazy(self: Sweep) -> None:
        pass

    monkeypatch.setattr(Sweep, "fill", lazy)
    assert "lost in silence" in findings(gap_filled)


def test_a_move_that_does_not_look_for_what_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def blind(self: Evidence, portal: Portal, arrival: Any) -> None:
        return None

    monkeypatch.setattr(Evidence, "event_of", blind)
    assert "doubled" in crash_findings(room_upgrade)
    assert "doubled" in crash_findings(a_day_away)


def test_an_edit_that_does_not_wait_for_its_target(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasty(self: UnderWay, lane: LaneID, target: Any = None) -> bool:
        return False

    monkeypatch.setattr(UnderWay, "may_hold", hasty)
    monkeypatch.setattr(UnderWay, "may_be_ours", hasty)
    monkeypatch.setattr(UnderWay, "will_settle", hasty)
    assert "lost in silence" in findings(reaction_before_its_target)
