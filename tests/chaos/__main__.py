"""``script/chaos``: break everything that can break, and count what real clients saw."""

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

from tests.chaos.batch import Batch
from tests.chaos.bridges import Bridge, Trunkline
from tests.chaos.peers import Heisenbridge, SmallAppservice
from tests.chaos.table import Journal, OtherRunError, by_fault, markdown, open_journal

BRIDGES: dict[str, type[Bridge]] = {
    "trunkline": Trunkline,
    "heisenbridge": Heisenbridge,
    "mautrix-python": SmallAppservice,
}


def main() -> None:
    options = _options()
    # nio tells of every answer that the homeserver owes it, and here there are many.
    logging.getLogger("nio").setLevel(logging.CRITICAL)
    make = BRIDGES[options.bridge]
    try:
        journal = open_journal(options.resume, bridge=make.title, seed=options.seed, stretch=options.stretch)
    except OtherRunError as error:
        raise SystemExit(str(error)) from None
    batch = Batch(make, journal, options.rounds, options.findings, _say)
    try:
        asyncio.run(_until_told(batch))
    except asyncio.CancelledError:
        _say("interrupted; everything is stopped")
    _show(journal)
    clean = all(row.clean and not row.broken_off for row in journal.rows.values())
    raise SystemExit(0 if clean and len(journal.rows) >= options.rounds else 1)


async def _until_told(batch: Batch) -> None:
    """SIGINT and SIGTERM end it in order, also where the shell lets its children ignore the first."""
    running = asyncio.current_task()
    assert running is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    await batch.run()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="how many in all, those of --resume included")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same rounds")
    parser.add_argument(
        "--resume", type=Path, metavar="FILE", help="keep a line for each round and go on there"
    )
    parser.add_argument(
        "--bridge", choices=sorted(BRIDGES), default="trunkline", help="who is put through it"
    )
    parser.add_argument(
        "--stretch", type=int, default=25, help="rounds on one stack, before the other engine"
    )
    parser.add_argument(
        "--findings",
        type=Path,
        default=Path(".cache/chaos"),
        help="where a round that went wrong is written down with its timeline (default: %(default)s)",
    )
    return parser.parse_args()


def _show(journal: Journal) -> None:
    _say("\n" + markdown([journal]))
    _say(by_fault([journal]))
    broken = [row for row in journal.rows.values() if row.broken_off]
    for row in broken:
        _say(f"round {row.number} was broken off and counts for nothing: {row.broken_off}")


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
