"""``python -m tests.core.simulation``: live through histories by their seeds, or tell the scenarios."""

import argparse
import gc
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from random import Random

from tests.core.simulation.crashes import Crash, Told, every_crash, second_crashes
from tests.core.simulation.histories import history
from tests.core.simulation.scenarios import SCENARIOS

_BLOCK = 50

Finding = tuple[str, Sequence[str]]
"""Where the law was broken, and how."""


def main(words: Sequence[str] | None = None) -> int:
    """Returns 1 if the law was broken."""
    asked = _parser().parse_args(words)
    began = time.monotonic()
    with ProcessPoolExecutor(asked.workers) as pool:
        if asked.scenarios:
            tellings = pool.map(partial(_tell, seconds=asked.seconds), range(len(SCENARIOS)))
            count, findings = _summed(tellings)
        else:
            first, _, last = asked.seeds.partition("-")
            seeds = range(int(first), int(last or first) + 1)
            blocks = [seeds[place : place + _BLOCK] for place in range(0, len(seeds), _BLOCK)]
            count, findings = _summed(pool.map(_live, blocks))
    took_s = time.monotonic() - began
    for where, breaches in findings:
        sys.stdout.write("\n    ".join((where, *breaches)) + "\n")
    rate = count / took_s
    sys.stdout.write(
        f"{count} histories in {took_s:.1f} s ({rate:.0f}/s), the law was broken in {len(findings)}\n"
    )
    return 1 if findings else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.core.simulation", description=__doc__)
    parser.add_argument("--seeds", default="1-2000", help="which histories: A-B, or one (default: 1-2000)")
    parser.add_argument(
        "--scenarios",
        action="store_true",
        help="tell the scenarios instead, with the process ending at every call",
    )
    parser.add_argument("--seconds", type=int, default=40, help="second crashes of a scenario (default: 40)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default: 2)")
    return parser


def _live(seeds: Sequence[int]) -> tuple[int, list[Finding]]:
    # A history is full of circles; to look for them in each one takes a fifth of the time.
    gc.disable()
    outcomes = [history(seed) for seed in seeds]
    gc.collect()
    return len(outcomes), [(f"seed {one.seed}", one.breaches) for one in outcomes if one.breaches]


def _tell(number: int, seconds: int) -> tuple[int, list[Finding]]:
    scenario = SCENARIOS[number]
    told: list[tuple[tuple[Crash, ...], Told]] = [((crash,), one) for crash, one in every_crash(scenario)]
    told += second_crashes(scenario, Random(number), seconds)
    found = [
        (f"{scenario.__name__} {', then '.join(map(str, crashes))}", one.breaches)
        for crashes, one in told
        if one.breaches
    ]
    return len(told), found


def _summed(parts: Iterable[tuple[int, list[Finding]]]) -> tuple[int, list[Finding]]:
    count, findings = 0, []
    for number, found in parts:
        count += number
        findings += found
    return count, findings


if __name__ == "__main__":
    sys.exit(main())
