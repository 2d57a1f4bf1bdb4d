"""The same seed makes the same rounds, and over many rounds everything is tried."""

from tests.chaos.plan import PROCESSES, SINGLES, WAYS, Round, engine_of, plan_round


def test_one_seed_makes_the_same_round_each_time() -> None:
    assert plan_round(7, 12, stretch=25) == plan_round(7, 12, stretch=25)


def test_another_seed_makes_another_round() -> None:
    assert plan_round(7, 12, stretch=25) != plan_round(8, 12, stretch=25)


def test_stretches_take_turns_with_the_engines() -> None:
    engines = [engine_of(number, 2) for number in range(1, 7)]

    assert engines == ["sqlite", "sqlite", "postgres", "postgres", "sqlite", "sqlite"]


def test_in_many_rounds_every_fault_strikes_every_process() -> None:
    struck = {trouble.name for number in range(1, 501) for trouble in _plan(number).troubles}

    assert struck == {f"{way} {process}" for way in WAYS for process in PROCESSES} | set(SINGLES)


def test_any_two_processes_are_killed_together_in_some_round() -> None:
    names = [[trouble.name for trouble in _plan(number).troubles] for number in range(1, 2001)]
    killed = {frozenset(pair) for pair in names if len(pair) == 2 and all("kill" in one for one in pair)}

    assert len(killed) == len(PROCESSES) * (len(PROCESSES) - 1) // 2


def test_postgresql_is_left_alone_in_rounds_without_it() -> None:
    sqlite = [plan_round(1, number, stretch=1000) for number in range(1, 301)]

    assert not [one for one in sqlite for trouble in one.troubles if "postgres" in trouble.name]


def test_what_cannot_be_had_is_never_planned() -> None:
    plans = [plan_round(1, number, stretch=25, without=("disk full", "bridge")) for number in range(1, 301)]
    names = {trouble.name for plan in plans for trouble in plan.troubles}

    assert not {name for name in names if name == "disk full" or name.endswith("bridge")}


def _plan(number: int) -> Round:
    return plan_round(1, number, stretch=25)
