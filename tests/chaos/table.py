"""Rounds as rows of a file, and all of them as one table."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import evolve, field, frozen

COUNTS: Final = (
    "said",
    "arrived",
    "lost",
    "doubled",
    "reordered",
    "uncertain",
    "refused",
    "unseen",
    "untold",
    "strayed",
    "misreported",
)
BAD: Final = ("lost", "doubled", "reordered", "strayed", "misreported")


@frozen
class Row:
    """One round: ``broken_off`` is the harness's own failure, of which nothing is counted."""

    number: int
    engine: str
    faults: Sequence[str]
    counts: Mapping[str, int]
    seconds: float
    broken_off: str = ""

    @property
    def clean(self) -> bool:
        return not any(self.counts.get(name, 0) for name in BAD)


@frozen
class Journal:
    """A file with a line for each round, below one that says what was run. A round's later line wins."""

    bridge: str
    seed: int
    stretch: int
    rows: dict[int, Row] = field(factory=dict)
    path: Path | None = None

    def add(self, row: Row) -> None:
        self.rows[row.number] = row
        if self.path is not None:
            with self.path.open("a") as file:
                file.write(json.dumps(_plain(row)) + "\n")


class OtherRunError(ValueError):
    """A file that belongs to another bridge, seed or stretch."""


def open_journal(path: Path | None, *, bridge: str, seed: int, stretch: int) -> Journal:
    """Read what is there and go on behind it. Raises ``OtherRunError``."""
    made = Journal(bridge, seed, stretch, path=path)
    if path is None:
        return made
    if not path.exists():
        head = {"bridge": bridge, "seed": seed, "stretch": stretch}
        path.write_text(json.dumps(head) + "\n")
        return made
    found = read_journal(path)
    if (found.bridge, found.seed, found.stretch) != (bridge, seed, stretch):
        raise OtherRunError(
            f"{path} is of another run: {found.bridge}, seed {found.seed}, stretches of {found.stretch}"
        )
    return found


def read_journal(path: Path) -> Journal:
    """What a file holds."""
    first, *lines = path.read_text().splitlines()
    made = Journal(**json.loads(first), path=path)
    for line in lines:
        # The last line may be half a one: the run was killed.
        try:
            row = _row(json.loads(line))
        except (ValueError, KeyError):
            continue
        made.rows[row.number] = row
    return made


def totals(rows: Iterable[Row]) -> dict[str, int]:
    """Of all rounds that were not broken off."""
    found = dict.fromkeys(COUNTS, 0)
    for row in rows:
        for name in COUNTS:
            found[name] += row.counts.get(name, 0)
    return found


def markdown(journals: Sequence[Journal]) -> str:
    """A row for each bridge and engine."""
    head = ["bridge", "engine", "seed", "rounds", *COUNTS[:9], "minutes"]
    lines = [head, ["---"] * len(head)]
    for journal in journals:
        for engine in sorted({row.engine for row in journal.rows.values()}, reverse=True):
            rows = [row for row in journal.rows.values() if row.engine == engine and not row.broken_off]
            counts = totals(rows)
            minutes = sum(row.seconds for row in rows) / 60
            lines.append(
                [
                    journal.bridge,
                    {"sqlite": "SQLite", "postgres": "PostgreSQL"}[engine],
                    str(journal.seed),
                    str(len(rows)),
                    *(f"{counts[name]:,}" for name in COUNTS[:9]),
                    f"{minutes:.0f}",
                ]
            )
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def by_fault(journals: Sequence[Journal]) -> str:
    """A row for each fault: how many rounds had it, and what went wrong in them."""
    lines = [["fault", "rounds", *BAD[:3], "uncertain", "unseen"]]
    lines.append(["---"] * len(lines[0]))
    rows = [row for journal in journals for row in journal.rows.values() if not row.broken_off]
    for fault in sorted({fault for row in rows for fault in row.faults}):
        hit = [row for row in rows if fault in row.faults]
        counts = totals(hit)
        lines.append(
            [fault, str(len(hit)), *(str(counts[name]) for name in (*BAD[:3], "uncertain", "unseen"))]
        )
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _plain(row: Row) -> dict[str, Any]:
    return {
        "round": row.number,
        "engine": row.engine,
        "faults": list(row.faults),
        **row.counts,
        "seconds": round(row.seconds, 1),
        "broken_off": row.broken_off,
    }


def _row(fields: Mapping[str, Any]) -> Row:
    counts = {name: int(fields[name]) for name in COUNTS if name in fields}
    made = Row(fields["round"], fields["engine"], fields["faults"], counts, fields["seconds"])
    return evolve(made, broken_off=fields.get("broken_off", ""))
