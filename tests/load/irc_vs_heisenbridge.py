"""Trunkline and heisenbridge between the same homeserver and the same IRC server, in turns.

python -m tests.load.irc_vs_heisenbridge [--rounds N] [--json FILE] [--only trunkline]
"""

import argparse
from itertools import product
from pathlib import Path
from typing import Final

import uvloop
from attrs import define, field

from tests.load.arena import SENDERS, Arena, running_arena
from tests.load.contestants import Contestant
from tests.load.procs import cpu_s, rss_mb, settled
from tests.load.scenarios import Scenario, run
from tests.load.stats import middle
from tests.load.tables import Cell, Table, say, show, write_json

FROM_IRC: Final = (
    Scenario("one", "IRC to Matrix, 1 sender, 5/s", 1, 5, 10),
    Scenario("twenty", "IRC to Matrix, 20 senders, 20/s", 20, 20, 10),
    Scenario("full", "IRC to Matrix, saturated (20 senders, 100/s) in one room", 20, 100, 3, drain_s=40),
    Scenario(
        "wide", "IRC to Matrix, saturated (20 senders, 100/s) in four rooms", 20, 100, 3, rooms=4, drain_s=40
    ),
)
FROM_MATRIX: Final = (
    Scenario("slow", "Matrix to IRC, 5/s", 1, 5, 6, from_irc=False, drain_s=45),
    Scenario("fast", "Matrix to IRC, 50/s over four rooms", 4, 50, 6, rooms=4, from_irc=False, drain_s=20),
)
"""Once only, in the end: what a slow bridge keeps waiting would go on into whatever came next."""


@define
class Results:
    """The figures of one bridge, by scenario, one for each round."""

    idle_mb: float = 0.0
    after_mb: float = 0.0
    rounds: dict[str, list[dict[str, float]]] = field(factory=dict)


async def measure(rounds: int = 2, *, only: str = "") -> list[Table]:
    """All figures, each the median of the rounds."""
    async with running_arena(only) as arena:
        results = {one.name: Results() for one in arena.contestants}
        for one in arena.contestants:
            await one.process.start()
            await one.open(arena.person)
            await _warm_up(arena, one)
            results[one.name].idle_mb = rss_mb(one.process.pid)
            say(f"irc: {one.name} has its rooms")
        for number, scenario, one in product(range(rounds), FROM_IRC, arena.contestants):
            await _turn(arena, one, scenario, results[one.name])
            say(f"irc: round {number + 1} of {rounds}, {scenario.key}, {one.name}")
        for scenario, one in product(FROM_MATRIX, arena.contestants):
            await _turn(arena, one, scenario, results[one.name])
            say(f"irc: {scenario.key}, {one.name}")
        for one in arena.contestants:
            results[one.name].after_mb = rss_mb(one.process.pid)
    return _tables(results)


async def _warm_up(arena: Arena, one: Contestant) -> None:
    """Everybody has spoken once in every room, so that nobody has to be brought in later."""
    scenario = Scenario("warm", "", SENDERS, 40, SENDERS * len(one.channels) / 40, rooms=len(one.channels))
    await run(arena, one, scenario)
    await settled(one.process.pid)


async def _turn(arena: Arena, one: Contestant, scenario: Scenario, results: Results) -> None:
    bridge, homeserver = one.process.pid, arena.synapse.pid
    await settled(bridge)
    await settled(homeserver)
    before, before_homeserver = cpu_s(bridge), cpu_s(homeserver)
    what = await run(arena, one, scenario)
    results.rounds.setdefault(scenario.key, []).append(
        {
            "sent": what.sent,
            "lost": what.lost,
            "doubled": what.doubled,
            "disordered": what.disordered,
            "rate": what.rate,
            "lines": what.lines_a_message,
            "p50": what.latency.p50_ms,
            "p95": what.latency.p95_ms,
            "p99": what.latency.p99_ms,
            "cpu": (cpu_s(bridge) - before) / what.sent * 1000,
            "homeserver cpu": (cpu_s(homeserver) - before_homeserver) / what.sent * 1000,
        }
    )


def _tables(results: dict[str, Results]) -> list[Table]:
    columns = ["bridge", "p50 ms", "p95 ms", "p99 ms", "lines/s", "sent", "not in time", "doubled"]
    more = ["out of order", "lines a message", "bridge CPU ms/line", "homeserver CPU ms/line"]
    tables = [Table(one.title, [*columns, *more]) for one in (*FROM_IRC, *FROM_MATRIX)]
    for scenario, table in zip((*FROM_IRC, *FROM_MATRIX), tables, strict=True):
        for name, of in results.items():
            table.rows.append([name, *_cells(middle(of.rounds[scenario.key]))])
    memory = Table("Memory of the bridge (resident), MB", ["bridge", "idle with four rooms", "after all"])
    memory.rows.extend([name, of.idle_mb, of.after_mb] for name, of in results.items())
    return [*tables, memory]


def _cells(of: dict[str, float]) -> list[Cell]:
    whole = [round(of[name]) for name in ("sent", "lost", "doubled", "disordered")]
    return [
        *(of[name] for name in ("p50", "p95", "p99", "rate")),
        *whole,
        *(of[name] for name in ("lines", "cpu", "homeserver cpu")),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="the median of so many is shown")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument("--only", default="", help="part of the name of the one bridge to measure")
    options = parser.parse_args()
    tables = uvloop.run(measure(options.rounds, only=options.only))
    show(tables)
    if options.json:
        write_json(options.json, tables)


if __name__ == "__main__":
    main()
