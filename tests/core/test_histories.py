"""The law of conservation holds, whatever happens: some of the histories of ``tests.core.simulation``.

``python -m tests.core.simulation`` lives through more of them.
"""

from random import Random

import pytest

from tests.core.simulation.crashes import Crash, second_crashes, tell
from tests.core.simulation.histories import history
from tests.core.simulation.scenarios import SCENARIOS, Scenario

each_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.__name__)


@pytest.mark.parametrize("block", range(10))
def test_random_histories_hold_the_law(block: int) -> None:
    outcomes = [history(seed) for seed in range(block * 20, block * 20 + 20)]
    assert [(one.seed, one.breaches) for one in outcomes if one.breaches] == []


@each_scenario
def test_the_law_holds_whichever_call_of_the_process_was_its_last(scenario: Scenario) -> None:
    """Each call takes effect and its answer is lost: the next call never begins."""
    told = tell(scenario)
    assert told.breaches == []
    crashed = {at: tell(scenario, (Crash(at, after=True),)) for at in range(1, len(told.calls[0]) + 1)}
    assert {at: one.breaches for at, one in crashed.items() if one.breaches} == {}
    assert {one.crashed for one in crashed.values()} == {1}


@each_scenario
def test_the_law_holds_when_what_takes_up_the_rest_ends_as_well(scenario: Scenario) -> None:
    told = list(second_crashes(scenario, Random(1), 3))
    assert [(both, one.breaches) for both, one in told if one.breaches] == []


def test_the_same_seed_makes_the_same_history() -> None:
    assert history(7).account == history(7).account
