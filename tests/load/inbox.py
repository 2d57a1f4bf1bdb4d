"""How fast transactions are taken: Trunkline's inbox beside three others, in turns.

python -m tests.load.inbox [--rounds N] [--json FILE]
"""

import argparse
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import uvloop
from attrs import field, frozen

from bridge.testing.servers import Postgres
from bridge.testing.servers.ports import free_port
from bridge.testing.servers.process import ServerProcess
from tests.load.procs import cpu_s, settled
from tests.load.programs import Receiver, Trunkline
from tests.load.pushing import Pusher, flood, pace, transaction
from tests.load.receivers import TOKEN
from tests.load.stats import middle, spread
from tests.load.tables import Table, say, show, write_json

COUNTS: Final = {1: 2000, 10: 800, 100: 250}
"""How many transactions of each size one round pushes."""
PACE_PER_SECOND: Final = 500
PACE_S: Final = 5.0


@frozen
class Candidate:
    """A program that takes transactions, and its figures by name, one for each round."""

    name: str
    process: ServerProcess
    port: int
    token: str
    rounds: list[dict[str, float]] = field(factory=list)


async def measure(rounds: int = 3) -> list[Table]:
    """All figures, each the median of the rounds."""
    async with AsyncExitStack() as running:
        postgres = await running.enter_async_context(Postgres())
        candidates = [
            await _receiver(running, "bare handler, only parses", "bare"),
            await _receiver(running, "minimal sqlite3, durable", "minimal", "inbox.db"),
            await _receiver(running, "mautrix-python, volatile", "mautrix"),
            await _receiver(running, "Trunkline inbox, SQLite", "endpoint", "inbox.db"),
            await _receiver(
                running, "Trunkline inbox, PostgreSQL", "endpoint", await postgres.new_database_url()
            ),
            await _bridge(running, "Trunkline whole, SQLite", None),
            await _bridge(running, "Trunkline whole, PostgreSQL", await postgres.new_database_url()),
        ]
        for number in range(rounds + 1):
            for one in candidates:
                figures = await _round(one)
                if number:  # the first one warms up
                    one.rounds.append(figures)
            say(f"inbox: round {number} of {rounds}")
    return _tables({one.name: middle(one.rounds) for one in candidates})


async def _receiver(running: AsyncExitStack, name: str, kind: str, database: str = "") -> Candidate:
    process = await running.enter_async_context(Receiver(kind, database))
    return Candidate(name, process, process.port, TOKEN)


async def _bridge(running: AsyncExitStack, name: str, database_url: str | None) -> Candidate:
    # No homeserver answers there: the bridge takes what it is given all the same.
    process = Trunkline(f"http://127.0.0.1:{free_port()}", database_url=database_url)
    await running.enter_async_context(process)
    return Candidate(name, process, process.place.port, process.hs_token)


async def _round(one: Candidate) -> dict[str, float]:
    pushers = [await Pusher.connect(one.port, one.token) for _ in range(8)]
    await settled(one.process.pid)
    handed = spread(await pace(pushers[0], per_second=PACE_PER_SECOND, seconds=PACE_S))
    figures = {"p50": handed.p50_ms, "p95": handed.p95_ms, "p99": handed.p99_ms}
    for size, count in COUNTS.items():
        for flying in (1, 8):
            bodies = [transaction(size) for _ in range(count)]
            before = cpu_s(one.process.pid)
            took_s = await flood(pushers[:flying], bodies)
            figures[f"{size} {flying}"] = count / took_s
            figures[f"{size} {flying} cpu"] = (cpu_s(one.process.pid) - before) / (count * size) * 1e6
    for pusher in pushers:
        pusher.close()
    await settled(one.process.pid)
    return figures


def _tables(figures: Mapping[str, Mapping[str, float]]) -> list[Table]:
    columns = [f"{size} event{'s' * (size > 1)}" for size in COUNTS]
    rates = Table(
        "Transactions a second, one in flight (eight in flight)",
        ["receiver", *columns, "events/s in full ones"],
    )
    costs = Table("Processor time of the receiver, microseconds an event", ["receiver", *columns])
    handed = Table(
        f"Hand-off at {PACE_PER_SECOND} events/s: from the event to the answer, milliseconds",
        ["receiver", "p50", "p95", "p99"],
    )
    for name, of in figures.items():
        cells = [f"{of[f'{size} 1']:,.0f} ({of[f'{size} 8']:,.0f})" for size in COUNTS]
        full = max(COUNTS)
        events = f"{of[f'{full} 1'] * full:,.0f} ({of[f'{full} 8'] * full:,.0f})"
        rates.rows.append([name, *cells, events])
        costs.rows.append([name, *(of[f"{size} 1 cpu"] for size in COUNTS)])
        handed.rows.append([name, of["p50"], of["p95"], of["p99"]])
    return [rates, costs, handed]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is shown")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    tables = uvloop.run(measure(options.rounds))
    show(tables)
    if options.json:
        write_json(options.json, tables)


if __name__ == "__main__":
    main()
