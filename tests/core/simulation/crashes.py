"""Tells a scenario again and again, with the process ending at every call to the outside in turn."""

from collections.abc import Iterator, Sequence
from random import Random

from attrs import define, field, frozen

from tests.core.simulation.account import account_of
from tests.core.simulation.danger import Danger
from tests.core.simulation.law import breaches
from tests.core.simulation.log import failures_logged
from tests.core.simulation.loop import SeededLoop
from tests.core.simulation.scenarios import Scenario
from tests.core.simulation.world import SimWorld, make_sim_world

_AFTERMATH_S = 15.0


@frozen
class Crash:
    """The process ends at its ``at``-th call, which may still take effect."""

    at: int
    after: bool

    def __str__(self) -> str:
        return f"{'after' if self.after else 'before'} call {self.at}"


@frozen
class Told:
    """How a scenario went: the calls of each process, the breaches of the law, how many processes crashed."""

    calls: Sequence[Sequence[str]]
    breaches: Sequence[str]
    crashed: int


@define
class Fates:
    """Gives each process the danger that it is to meet, once the calls count."""

    crashes: Sequence[Crash] = ()
    dangers: list[Danger] = field(factory=list)

    def danger(self, loop: SeededLoop) -> Danger:
        made = Danger(loop)
        self.dangers.append(made)
        self._arm(made)
        return made

    def begin(self, crashes: Sequence[Crash]) -> None:
        """The room is there: from now on the calls of the first process count."""
        (first,) = self.dangers
        first.calls.clear()
        self.crashes = crashes
        self._arm(first)

    def _arm(self, danger: Danger) -> None:
        number = len(self.dangers) - 1
        if number < len(self.crashes):
            danger.crash_at, danger.after = self.crashes[number].at, self.crashes[number].after


def tell(scenario: Scenario, crashes: Sequence[Crash] = (), *, seed: int | None = None) -> Told:
    """Tell it once. With a seed, what is ready runs in an order drawn from it."""
    with failures_logged() as failures:
        fates = Fates()
        world = make_sim_world(Random(seed or 0), fates.danger, shuffled=seed is not None)
        world.begin()
        world.await_portal()
        world.turn(5.0)
        fates.begin(crashes)
        _play(world, scenario)
        calls = [danger.calls for danger in fates.dangers]
        world.mend()
        found = breaches(account_of(world))
        world.end()
        world.ground.homeserver.stop()
    return Told(calls, [*found, *failures], sum(danger.crashed for danger in fates.dangers))


def _play(world: SimWorld, scenario: Scenario) -> None:
    for seconds in scenario(world):
        world.turn(seconds)
    world.turn(_AFTERMATH_S)


def every_crash(scenario: Scenario, *, seed: int | None = None) -> Iterator[tuple[Crash, Told]]:
    """One telling for each call of the undisturbed one, before and after its effect."""
    calls = tell(scenario, seed=seed).calls[0]
    for at in range(1, len(calls) + 1):
        for after in (False, True):
            crash = Crash(at, after)
            yield crash, tell(scenario, (crash,), seed=seed)


def second_crashes(
    scenario: Scenario, random: Random, count: int
) -> Iterator[tuple[tuple[Crash, Crash], Told]]:
    """Some tellings in which the process that takes up what was left ends as well."""
    calls = tell(scenario).calls[0]
    for _ in range(count):
        first = Crash(random.randint(1, len(calls)), random.random() < 0.5)
        again = tell(scenario, (first,)).calls
        if len(again) > 1:
            second = Crash(random.randint(1, max(1, len(again[1]))), random.random() < 0.5)
            yield (first, second), tell(scenario, (first, second))
