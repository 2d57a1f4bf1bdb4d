"""What becomes of lines that are said while a bridge is restarted, or just before it is killed.

python -m tests.load.restart [--json FILE]
"""

import asyncio
import itertools
from collections.abc import Sequence
from time import perf_counter
from typing import Final

from attrs import frozen

from tests.load.arena import Arena, running_arena
from tests.load.contestants import Contestant
from tests.load.procs import settled
from tests.load.stats import Arrived, Token
from tests.load.tables import Cell, Table, measure_and_show, say

IRC_LINES: Final = 5
MATRIX_MESSAGES: Final = 3
BEFORE_KILL: Final = 20
_AGAIN_LIMIT_S: Final = 40.0
_DRAIN_S: Final = 60.0
_PROBE_S: Final = 0.25
_numbers: Final = itertools.count(1)


@frozen
class Said:
    """Lines of one group: they are known by their name on the other side."""

    name: str
    count: int
    arrived: Sequence[Arrived]

    @property
    def tokens(self) -> list[Token]:
        return [one.token for one in self.arrived if one.token.scenario == self.name]

    @property
    def found(self) -> int:
        return len(set(self.tokens))

    def cell(self) -> str:
        doubled = len(self.tokens) - self.found
        return f"{self.found} of {self.count}" + (f", {doubled} doubled" if doubled else "")


async def measure() -> list[Table]:
    restart = Table(
        "Restart (SIGTERM, then started again)",
        [
            "bridge",
            "start to first line from IRC, s",
            "IRC lines said meanwhile that arrived",
            "Matrix messages said meanwhile that arrived",
        ],
    )
    killed = Table(
        "Killed (SIGKILL) right after the homeserver accepted the last message, then started again",
        ["bridge", "Matrix messages that arrived", "start to first line from IRC, s"],
    )
    async with running_arena() as arena:
        for one in arena.contestants:
            await one.process.start()
            await one.open(arena.person)
            await _back(arena, one)
            await settled(one.process.pid)
            restart.rows.append([one.name, *await _restart(arena, one)])
            say(f"restart: {one.name}, restarted")
            await settled(one.process.pid)
            killed.rows.append([one.name, *await _kill(arena, one)])
            say(f"restart: {one.name}, killed")
            await one.process.stop()
    return [restart, killed]


async def _restart(arena: Arena, one: Contestant) -> list[Cell]:
    arena.heard.matrix.clear()
    arena.heard.irc.clear()
    await one.process.stop()
    irc = await _say_on_irc(arena, one, IRC_LINES)
    matrix = await _say_on_matrix(arena, one, MATRIX_MESSAGES)
    began = perf_counter()
    await one.process.start()
    again_s = await _back(arena, one) - began
    await _drained([irc, matrix])
    return [again_s, irc.cell(), matrix.cell()]


async def _kill(arena: Arena, one: Contestant) -> list[Cell]:
    arena.heard.irc.clear()
    matrix = await _say_on_matrix(arena, one, BEFORE_KILL)
    await one.process.kill()
    began = perf_counter()
    await one.process.start()
    again_s = await _back(arena, one) - began
    await _drained([matrix])
    return [matrix.cell(), again_s]


async def _say_on_irc(arena: Arena, one: Contestant, count: int) -> Said:
    said = Said(f"irc{next(_numbers)}", count, arena.heard.matrix)
    for number in range(count):
        arena.senders[0].say(one.channels[0], str(Token(said.name, 0, number)))
        await asyncio.sleep(0.1)
    return said


async def _say_on_matrix(arena: Arena, one: Contestant, count: int) -> Said:
    said = Said(f"matrix{next(_numbers)}", count, arena.heard.irc)
    for number in range(count):
        await arena.person.say(one.rooms[0], str(Token(said.name, 0, number)))
    return said


async def _back(arena: Arena, one: Contestant) -> float:
    """Say a line on IRC again and again until one arrives. Returns when it did."""
    probe = Said(f"probe{next(_numbers)}", 0, arena.heard.matrix)
    end = perf_counter() + _AGAIN_LIMIT_S
    for number in itertools.count():
        arena.senders[1].say(one.channels[0], str(Token(probe.name, 1, number)))
        await asyncio.sleep(_PROBE_S)
        if probe.found or perf_counter() > end:
            break
    return min((each.at for each in probe.arrived if each.token.scenario == probe.name), default=float("nan"))


async def _drained(groups: Sequence[Said]) -> None:
    end = perf_counter() + _DRAIN_S
    while perf_counter() < end and any(group.found < group.count for group in groups):  # noqa: ASYNC110  # lists that others fill
        await asyncio.sleep(0.2)
    # A doubled line would come late as well.
    await asyncio.sleep(2.0)


if __name__ == "__main__":
    measure_and_show(measure, __doc__)
