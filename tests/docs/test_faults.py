"""The page of faults names tests that exist, and has a test or a reason to wait for every fault."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/explanation/faults.md").read_text()
ROWS = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("| ")][1:]
NAMED = re.findall(r"`([a-z0-9_/]*tests/[a-z0-9_/]+\.py)::(test_[a-z0-9_]+)`", PAGE)


def test_the_page_has_rows_and_names_tests() -> None:
    assert len(ROWS) > 20
    assert len(NAMED) > 40


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip())
def test_every_fault_is_shown_by_a_test_or_waits_for_something(row: list[str]) -> None:
    _, happens, shown = (cell.strip() for cell in row)
    assert "::test_" in shown or shown.startswith("waits for ")
    assert bool(happens) != shown.startswith("waits for ")


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda word: word)
def test_every_test_that_is_named_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text())
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert name in functions
