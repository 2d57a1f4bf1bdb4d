"""Puts the rounds of several runs into the page about reliability.

python -m tests.chaos.page docs/reliability.md FILE...
"""

import argparse
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.chaos.table import Journal, by_fault, markdown, read_journal

BEGIN: Final = "<!-- rounds: written by tests.chaos.page -->"
END: Final = "<!-- end of rounds -->"


def figures(journals: Sequence[Journal], circumstances: str) -> str:
    """The tables: all runs, then each fault with the first of the bridges."""
    ours = [journal for journal in journals if journal.bridge == journals[0].bridge]
    broken = sum(bool(row.broken_off) for journal in journals for row in journal.rows.values())
    off = (
        f"\n{broken} more were broken off, because a server did not start again in time.\n" if broken else ""
    )
    return (
        f"{circumstances}\n\n{markdown(journals)}{off}\n"
        f"### {ours[0].bridge} by fault\n\nA round with two faults counts for both.\n\n{by_fault(ours)}"
    )


def put_into(page: str, tables: str) -> str:
    """The page with other tables between its two marks. Raises ``ValueError`` where they are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n{tables}\n{END}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path)
    parser.add_argument("journals", type=Path, nargs="+", metavar="FILE", help="what --resume has written")
    parser.add_argument("--commit", default="", help="what was measured")
    options = parser.parse_args()
    what = f" (the first bridge at commit `{options.commit}`)" if options.commit else ""
    circumstances = (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}{what}: {os.cpu_count()} shared processor cores "
        f"({platform.machine()}), {platform.system()}, Python {platform.python_version()}."
    )
    tables = figures([read_journal(path) for path in options.journals], circumstances)
    options.page.write_text(put_into(options.page.read_text(), tables))


if __name__ == "__main__":
    main()
