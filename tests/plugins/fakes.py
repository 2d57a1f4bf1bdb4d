"""A clock turned by hand, tasks that are owned by the test, and plug-ins that fail as they are told."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.plugins.supervise import Configured

BEGIN = datetime(2030, 1, 1, tzinfo=UTC)


async def settle() -> None:
    """Let every task go on until it waits for something."""
    for _ in range(30):
        await asyncio.sleep(0)


class HandClock:
    """Stands still until it is turned."""

    def __init__(self) -> None:
        self.passed_s = 0.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self.passed_s)

    def monotonic(self) -> float:
        return self.passed_s

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self.passed_s + seconds, woken))
        await woken.wait()

    async def turn(self, seconds: float) -> None:
        self.passed_s += seconds
        for due_s, woken in self._sleepers:
            if due_s <= self.passed_s:
                woken.set()
        await settle()


class OwnTasks:
    """Implements ``Tasks``."""

    def __init__(self) -> None:
        self.running: list[asyncio.Task[None]] = []

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self.running.append(task)
        return task


class Plug:
    """A plug-in made once; the orders stand in the ``Factory`` that made it."""

    def __init__(self, name: str, factory: "Factory") -> None:
        self.name = name
        self.factory = factory

    async def start(self) -> None:
        self.factory.happened.append("start")
        if self.factory.hangs:
            await asyncio.Event().wait()
        if self.factory.errors:
            raise self.factory.errors.pop(0)

    async def stop(self) -> None:
        self.factory.happened.append("stop")
        if self.factory.stop_hangs:
            await asyncio.Event().wait()
        if self.factory.stop_error is not None:
            raise self.factory.stop_error


class Factory:
    """Makes plug-ins of one name and writes down what happened to them."""

    def __init__(self, name: str, *errors: Exception) -> None:
        self.name = name
        self.errors = list(errors)
        self.happened: list[str] = []
        self.hangs = False
        self.stop_hangs = False
        self.stop_error: Exception | None = None

    def make(self) -> Plug:
        return Plug(self.name, self)

    @property
    def configured(self) -> Configured[Plug]:
        return Configured(self.name, self.make)
