"""All measurements, one after another, and their figures put into the page about performance.

python -m tests.load.all [--rounds N] [--markdown docs/performance.md] [--json FILE]
"""

import argparse
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvloop

from tests.load import inbox, irc_vs_heisenbridge, lost, memory, restart
from tests.load.procs import load_average
from tests.load.tables import Table, say, show, write_json

BEGIN: Final = "<!-- figures: written by tests.load.all -->"
END: Final = "<!-- end of figures -->"


async def measure(rounds: int) -> list[Table]:
    """Everything, in the order of the page."""
    return [
        *await memory.measure(),
        *await inbox.measure(rounds),
        *await irc_vs_heisenbridge.measure(rounds),
        *await restart.measure(),
        *await lost.measure(),
    ]


def circumstances(rounds: int, load_before: float) -> str:
    """One paragraph: when and where the figures were taken."""
    processors = os.cpu_count() or 0
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with `python -m tests.load.all --rounds {rounds}`: "
        f"{processors} shared processor cores ({platform.machine()}), {platform.system()}, "
        f"Python {platform.python_version()}. Load average before the start: {load_before:.2f}.\n"
    )


def put_into(page: str, figures: str) -> str:
    """The page with other figures between its two marks. Raises ``ValueError`` where they are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n{figures}\n{END}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="the median of so many is shown")
    parser.add_argument("--markdown", type=Path, help="a page whose figures are replaced")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    load_before = load_average()
    tables = uvloop.run(measure(options.rounds))
    show(tables)
    if options.json:
        write_json(options.json, tables)
    if options.markdown:
        parts = [circumstances(options.rounds, load_before), *(table.markdown() for table in tables)]
        options.markdown.write_text(put_into(options.markdown.read_text(), "\n".join(parts)))
        say(f"written into {options.markdown}")


if __name__ == "__main__":
    main()
