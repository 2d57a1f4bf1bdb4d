"""Rounds are kept as lines, and a run goes on where it was."""

from pathlib import Path

import pytest

from tests.chaos.table import Journal, OtherRunError, Row, by_fault, markdown, open_journal, totals


def row(number: int, *, engine: str = "sqlite", **counts: int) -> Row:
    return Row(number, engine, ["kill bridge"], counts, 6.0)


def opened(path: Path, seed: int = 1) -> Journal:
    return open_journal(path, bridge="Trunkline", seed=seed, stretch=25)


def test_what_was_held_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    opened(tmp_path / "rounds").add(row(1, said=40, arrived=39, unseen=1))

    again = opened(tmp_path / "rounds")

    assert again.rows[1].counts["unseen"] == 1
    assert again.rows[1].faults == ["kill bridge"]


def test_the_later_line_of_a_round_wins(tmp_path: Path) -> None:
    journal = opened(tmp_path / "rounds")
    journal.add(row(1, said=40, lost=1))
    journal.add(row(1, said=40, lost=0))

    assert opened(tmp_path / "rounds").rows[1].counts["lost"] == 0


def test_half_a_line_of_a_killed_run_is_left_out(tmp_path: Path) -> None:
    opened(tmp_path / "rounds").add(row(1, said=40))
    with (tmp_path / "rounds").open("a") as file:
        file.write('{"round": 2, "engi')

    assert list(opened(tmp_path / "rounds").rows) == [1]


def test_a_run_does_not_go_on_in_the_file_of_another_seed(tmp_path: Path) -> None:
    opened(tmp_path / "rounds")

    with pytest.raises(OtherRunError, match="another run"):
        opened(tmp_path / "rounds", seed=2)


def test_a_round_that_was_broken_off_counts_for_nothing() -> None:
    journal = Journal("Trunkline", 1, 25)
    journal.add(row(1, said=40, arrived=40))
    journal.add(Row(2, "sqlite", [], {}, 0.0, broken_off="synapse did not start"))

    assert "| Trunkline | SQLite | 1 | 1 | 40 | 40 |" in markdown([journal])


def test_each_engine_has_a_row_and_each_fault_too() -> None:
    journal = Journal("Trunkline", 1, 25)
    journal.add(row(1, said=40, arrived=40))
    journal.add(row(2, engine="postgres", said=30, arrived=29, lost=1))

    assert "| Trunkline | PostgreSQL | 1 | 1 | 30 | 29 | 1 |" in markdown([journal])
    assert "| kill bridge | 2 | 1 | 0 | 0 | 0 | 0 |" in by_fault([journal])


def test_totals_are_sums() -> None:
    assert totals([row(1, said=40), row(2, said=2)])["said"] == 42
