"""How soon 300 events are there that a killed homeserver never pushed, on both of its engines.

python -m tests.load.lost [--json FILE]
"""

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

import uvloop

from bridge.telemetry.metrics import Metrics
from bridge.testing.servers import Postgres
from tests.integration.lossy_world import CHATS, EACH, lossy_world
from tests.load.tables import Cell, Table, say, show, write_json


async def measure() -> list[Table]:
    table = Table(
        "Killed homeserver: events that it accepted and never pushed",
        ["homeserver on", "events accepted", "of them never pushed", "all there after its return, s"],
    )
    with ExitStack() as servers:
        postgres = servers.enter_context(Postgres().running_until_done())
        for name, url in (("SQLite", None), ("PostgreSQL", postgres.url(postgres.create_database()))):
            table.rows.append([name, *await _lose(url)])
            say(f"lost: {name}")
    return [table]


async def _lose(database_url: str | None) -> list[Cell]:
    with tempfile.TemporaryDirectory() as folder:
        async with lossy_world(Path(folder), database_url) as world:
            back_at = await world.lose()
            await world.listener.until(len(CHATS) * EACH)
            took_s = perf_counter() - back_at
            accepted = len(CHATS) * (EACH - 1)
            return [accepted, _fetched(world.bridge.metrics), took_s]


def _fetched(metrics: Metrics) -> int:
    lines = metrics.render().decode().splitlines()
    return int(sum(float(line.split()[-1]) for line in lines if line.startswith("trunkline_gap_recovered")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    tables = uvloop.run(measure())
    show(tables)
    if options.json:
        write_json(options.json, tables)


if __name__ == "__main__":
    main()
