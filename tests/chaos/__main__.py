"""``script/chaos``: break everything that can break, and count what real clients saw."""

import argparse
import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from tests.chaos.batch import Batch
from tests.chaos.bridges import Bridge, Trunkline
from tests.chaos.table import Journal, OtherRunError, by_fault, markdown, open_journal

BRIDGES = {"trunkline": Trunkline}


def main() -> None:
    options = _options()
    make: Callable[[], Bridge] = BRIDGES[options.bridge]
    try:
        journal = open_journal(options.resume, bridge=BRIDGES[options.bridge].title, seed=options.seed, stretch=options.stretch)
    except OtherRunError as error:
        raise SystemExit(str(error)) from None
    batch = Batch(make, journal, options.rounds, options.findings, _say)
    try:
        asyncio.run(batch.run())
    except KeyboardInterrupt:
        _say("interrupted; everything is stopped")
    _show(journal)
    clean = all(row.clean and not row.broken_off for row in journal.rows.values())
    raise SystemExit(0 if clean and len(journal.rows) >= options.rounds else 1)


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
