"""One plug-in that fails never stops another, and is tried again until it runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bridge.model.errors import Misconfigured, Phrase
from bridge.plugins.states import LONGEST_DELAY_S, PluginHealth, PluginState, retry_delay_s
from bridge.plugins.supervise import Configured, Supervisor
from tests.plugins.fakes import BEGIN, Factory, HandClock, OwnTasks, Plug, settle

REFUSED = Phrase.of("plugins.bad_section", name="a")


class World:
    """A supervisor with its clock, and the callbacks in their order."""

    def __init__(self, *, start_timeout_s: float = 30.0, stop_timeout_s: float = 10.0) -> None:
        self.clock = HandClock()
        self.tasks = OwnTasks()
        self.told: list[str] = []
        self.supervisor = Supervisor[Plug](
            Plug.start,
            clock=self.clock,
            tasks=self.tasks,
            jitter=lambda: 0.0,
            on_starting=lambda plug: self.told.append(f"{plug.name} starting"),
            on_started=lambda plug: self.told.append(f"{plug.name} started"),
            on_stopped=lambda plug: self.told.append(f"{plug.name} stopped"),
            start_timeout_s=start_timeout_s,
            stop_timeout_s=stop_timeout_s,
        )

    def state(self, name: str) -> PluginState:
        return self.supervisor.states[name]

    async def start(self, *configured: Configured[Plug]) -> None:
        self.supervisor.start(configured)
        await settle()


@asynccontextmanager
async def world(**limits: float) -> AsyncIterator[World]:
    made = World(**limits)
    try:
        yield made
    finally:
        await made.supervisor.stop()


async def test_a_plugin_that_starts_is_running() -> None:
    async with world() as w:
        await w.start(Factory("a").configured)
        assert w.state("a") == PluginState(PluginHealth.RUNNING, None, BEGIN)
        assert w.told == ["a starting", "a started"]


async def test_a_plugin_that_fails_does_not_keep_the_others_from_starting() -> None:
    async with world() as w:
        await w.start(Factory("a", RuntimeError("no")).configured, Factory("b").configured)
        assert w.state("a").state is PluginHealth.FAILED
        assert w.state("b").state is PluginHealth.RUNNING


async def test_a_plugin_that_hangs_at_its_start_does_not_keep_the_others_from_starting() -> None:
    hanging = Factory("a")
    hanging.hangs = True
    async with world() as w:
        await w.start(hanging.configured, Factory("b").configured)
        assert w.state("a").state is PluginHealth.STARTING
        assert w.state("b").state is PluginHealth.RUNNING


async def test_an_unknown_error_is_told_with_its_kind_and_words() -> None:
    async with world() as w:
        await w.start(Factory("a", KeyError("nick")).configured)
        reason = Phrase.of("plugins.not_started", name="a", error="KeyError: 'nick'")
        assert w.state("a") == PluginState(
            PluginHealth.FAILED, reason, BEGIN, failures=1, retry_at=BEGIN + timedelta(seconds=5)
        )


async def test_an_error_of_ours_is_told_with_its_own_phrase() -> None:
    async with world() as w:
        await w.start(Factory("a", Misconfigured(REFUSED)).configured)
        assert w.state("a").reason == REFUSED


async def test_a_failed_plugin_is_put_away_and_made_anew() -> None:
    factory = Factory("a", RuntimeError("no"))
    async with world() as w:
        await w.start(factory.configured)
        await w.clock.turn(5)
        assert factory.happened == ["start", "stop", "start"]
        assert w.told == ["a starting", "a stopped", "a starting", "a started"]
        assert w.state("a").failures == 0


async def test_the_delay_grows_with_each_failure() -> None:
    factory = Factory("a", RuntimeError("1"), RuntimeError("2"), RuntimeError("3"))
    async with world() as w:
        await w.start(factory.configured)
        await w.clock.turn(5)
        await w.clock.turn(9.9)
        assert w.state("a").failures == 2
        await w.clock.turn(0.1)
        assert w.state("a").failures == 3
        assert w.state("a").retry_at == w.clock.now() + timedelta(seconds=20)


async def test_a_failure_dates_from_the_first_one() -> None:
    async with world() as w:
        await w.start(Factory("a", RuntimeError("1"), RuntimeError("2")).configured)
        await w.clock.turn(5)
        assert w.state("a").since == BEGIN


async def test_a_plugin_that_cannot_be_made_is_tried_again() -> None:
    def make() -> Plug:
        raise Misconfigured(REFUSED)

    async with world() as w:
        await w.start(Configured("a", make))
        assert w.state("a").state is PluginHealth.FAILED
        assert w.told == []


async def test_a_plugin_with_a_bad_section_is_not_tried() -> None:
    async with world() as w:
        await w.start(Configured("a", REFUSED))
        assert w.state("a") == PluginState(PluginHealth.UNUSABLE, REFUSED, BEGIN)
        assert w.tasks.running == []


async def test_a_start_that_takes_too_long_is_a_failure() -> None:
    factory = Factory("a")
    factory.hangs = True
    async with world(start_timeout_s=0.0) as w:
        await w.start(factory.configured)
        assert w.state("a").reason == Phrase.of("plugins.start_too_slow", name="a")


async def test_stop_ends_every_plugin() -> None:
    a, b = Factory("a"), Factory("b")
    async with world() as w:
        await w.start(a.configured, b.configured)
        await w.supervisor.stop()
        assert (a.happened, b.happened) == (["start", "stop"], ["start", "stop"])
        assert w.told[-2:] == ["a stopped", "b stopped"]
        assert {state.state for state in w.supervisor.states.values()} == {PluginHealth.STOPPED}


async def test_stop_ends_the_tries() -> None:
    factory = Factory("a", RuntimeError("no"))
    async with world() as w:
        await w.start(factory.configured)
        await w.supervisor.stop()
        await w.clock.turn(1000)
        assert factory.happened == ["start", "stop"]


async def test_stop_right_behind_start_starts_nothing() -> None:
    factory = Factory("a")
    async with world() as w:
        w.supervisor.start([factory.configured])
        await w.supervisor.stop()
        await settle()
        assert factory.happened == []


async def test_stop_interrupts_a_start_and_puts_it_away() -> None:
    factory = Factory("a")
    factory.hangs = True
    async with world() as w:
        await w.start(factory.configured)
        await w.supervisor.stop()
        assert factory.happened == ["start", "stop"]
        assert w.told == ["a starting", "a stopped"]


async def test_a_plugin_that_fails_at_its_stop_does_not_hold_up_the_others() -> None:
    a, b = Factory("a"), Factory("b")
    a.stop_error = RuntimeError("no")
    async with world() as w:
        await w.start(a.configured, b.configured)
        await w.supervisor.stop()
        assert b.happened == ["start", "stop"]
        assert "a stopped" in w.told


async def test_a_plugin_that_never_stops_is_left_behind() -> None:
    a, b = Factory("a"), Factory("b")
    a.stop_hangs = True
    async with world(stop_timeout_s=0.01) as w:
        await w.start(a.configured, b.configured)
        await w.supervisor.stop()
        assert "b stopped" in w.told
        assert w.state("a").state is PluginHealth.STOPPED


@pytest.mark.parametrize(("failures", "seconds"), [(1, 5), (2, 10), (3, 20), (7, 300), (10_000, 300)])
def test_delays_double_up_to_five_minutes(failures: int, seconds: float) -> None:
    assert retry_delay_s(failures, 0.0) == seconds


def test_jitter_takes_off_up_to_a_quarter() -> None:
    assert retry_delay_s(20, 0.999) == pytest.approx(LONGEST_DELAY_S * 0.75, rel=0.01)
