"""Results as Markdown tables and as JSON."""

import argparse
import json
import math
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path

import uvloop
from attrs import field, frozen

Cell = str | float | int


@frozen
class Table:
    """One table of results; each row has a cell for every column."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[Cell]] = field(factory=list)

    def markdown(self) -> str:
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        return f"### {self.title}\n\n" + "\n".join(_line(line) for line in lines) + "\n"

    def plain(self) -> Mapping[str, object]:
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"title": self.title, "rows": rows}


def say(words: str) -> None:
    """One line of progress."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def show(tables: Sequence[Table]) -> None:
    for table in tables:
        say("\n" + table.markdown())


def write_json(path: Path, tables: Sequence[Table]) -> None:
    path.write_text(json.dumps([table.plain() for table in tables], indent=1) + "\n")


def _line(cells: Sequence[Cell]) -> str:
    return "| " + " | ".join(_text(cell) for cell in cells) + " |"


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    if math.isnan(cell):
        return "-"
    if isinstance(cell, int) or abs(cell) >= 100:
        return f"{cell:,.0f}"
    return f"{cell:.1f}" if abs(cell) >= 10 else f"{cell:.2f}"


def measure_and_show(
    measure: Callable[[], Coroutine[None, None, list[Table]]], description: str | None
) -> None:
    """What a program does that takes no wishes but where to write its figures."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    tables = uvloop.run(measure())
    show(tables)
    if options.json:
        write_json(options.json, tables)
