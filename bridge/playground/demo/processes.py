"""The programs that the demo starts, each with a log and a process group of its own."""

import asyncio
import os
import shutil
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from bridge.model.errors import Misconfigured, Phrase

READY_S: Final = 90.0
STOP_S: Final = 10.0
_AGAIN_S: Final = 0.1
_TAIL_LINES: Final = 12


class Child:
    """One program; ``title`` is what people call it."""

    def __init__(self, title: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.title = title
        self.process = process
        self.log = log

    async def death(self) -> Misconfigured:
        """Wait until it ends by itself, and say so."""
        status = await self.process.wait()
        log, tail = str(self.log), self._tail()
        return Misconfigured(Phrase.of("demo.died", title=self.title, status=status, log=log, tail=tail))

    async def stop(self) -> None:
        """End it and all that it started; without a word if it has ended already."""
        if self.process.returncode is None:
            self._signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(STOP_S):
                    await self.process.wait()
            except TimeoutError:
                self._signal(signal.SIGKILL)
                await self.process.wait()
        # What it started itself may outlive it.
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def _tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-_TAIL_LINES:]
        return " | ".join(line.strip() for line in lines)


class Children:
    """All programs of the demo, stopped together: the last one first."""

    def __init__(self) -> None:
        self._all: list[Child] = []

    async def start(self, title: str, command: Sequence[str | Path], log: Path) -> Child:
        """Start a program; its own session keeps the terminal's Ctrl-C from reaching it before us."""
        words = [*_dies_with_us(), *(str(word) for word in command)]
        # The log of one start only: what is in it is about what people see now.
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        child = Child(title, process, log)
        self._all.append(child)
        return child

    async def ready(self, child: Child, answers: Callable[[], Awaitable[bool]]) -> None:
        """Return when it answers; raises ``Misconfigured`` when it dies first, or never does."""
        death = asyncio.create_task(child.death())
        waiting = asyncio.create_task(_until(answers))
        try:
            await asyncio.wait({death, waiting}, timeout=READY_S, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                return waiting.result()
            if death.done():
                raise death.result()
            raise Misconfigured(Phrase.of("demo.not_ready", title=child.title, log=str(child.log)))
        finally:
            for task in (death, waiting):
                task.cancel()
            await asyncio.gather(death, waiting, return_exceptions=True)

    async def first_death(self) -> None:
        """Wait for ever, or raise ``Misconfigured`` as soon as one of them ends."""
        deaths = [asyncio.create_task(child.death()) for child in self._all]
        try:
            done, _ = await asyncio.wait(deaths, return_when=asyncio.FIRST_COMPLETED)
            raise done.pop().result()
        finally:
            for death in deaths:
                death.cancel()
            await asyncio.gather(*deaths, return_exceptions=True)

    async def stop(self) -> None:
        while self._all:
            await self._all.pop().stop()


def _dies_with_us() -> list[str]:
    """Have the kernel end a child whose parent was killed, where the system has the tool for it."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


async def _until(answers: Callable[[], Awaitable[bool]]) -> None:
    while not await answers():  # noqa: ASYNC110  # another program cannot set an event of ours
        await asyncio.sleep(_AGAIN_S)
