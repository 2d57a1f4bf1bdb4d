"""Ten rounds of chaos, five on each engine: nothing accepted is lost, doubled or out of order."""

from pathlib import Path

import pytest

from tests.chaos.batch import Batch
from tests.chaos.bridges import Trunkline
from tests.chaos.table import BAD, open_journal, totals

ROUNDS = 10
SEED = 20


@pytest.mark.e2e
@pytest.mark.integration
@pytest.mark.timeout(600)
async def test_ten_rounds_lose_double_and_reorder_nothing(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "rounds", bridge="Trunkline", seed=SEED, stretch=ROUNDS // 2)

    await Batch(Trunkline, journal, ROUNDS, tmp_path / "findings", print).run()

    counts = totals(journal.rows.values())
    assert {name: counts[name] for name in BAD} == dict.fromkeys(BAD, 0), _findings(tmp_path)
    assert counts["arrived"] > ROUNDS
    assert [row.broken_off for row in journal.rows.values()] == [""] * ROUNDS


def _findings(folder: Path) -> str:
    return "\n".join(path.read_text() for path in sorted(folder.rglob("verdict.txt")))
