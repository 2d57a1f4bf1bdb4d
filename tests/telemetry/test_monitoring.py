"""Alerts and dashboard speak only of metrics, labels and values that exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from bridge.telemetry import Metrics
from bridge.telemetry.alerts import ALERTS, render_rules
from bridge.telemetry.dashboard import expressions, render_dashboard

FOLDER = Path(__file__).parents[2] / "docker/monitoring"
NOT_OURS = {"up"}
PROCESS = {"trunkline_process_resident_memory_bytes", "trunkline_process_cpu_seconds_total"}
EXPRESSIONS = [*expressions(), *(alert.expression for alert in ALERTS)]


def kinds() -> dict[str, set[str]]:
    """Labels by the name of each series there is."""
    found: dict[str, set[str]] = {name: set() for name in PROCESS}
    for one in Metrics().described:
        labels = set(one.labels)
        if one.kind == "histogram":
            found |= {f"{one.name}_{end}": labels | {"le"} for end in ("bucket", "sum", "count")}
        else:
            found[one.name] = labels
    return found


def series_of(expression: str) -> Iterator[str]:
    yield from re.findall(r"\btrunkline_[a-z_]+", re.sub(r'"[^"]*"', '""', expression))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_series_that_is_asked_for_exists(expression: str) -> None:
    assert set(series_of(expression)) <= set(kinds())


@pytest.mark.parametrize("expression", [one for one in EXPRESSIONS if " by (" in one])
def test_sums_are_made_over_labels_that_exist(expression: str) -> None:
    by = {label.strip() for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(",")}
    (series,) = set(series_of(expression))

    assert by <= kinds()[series]


def test_legends_and_sentences_name_labels_that_exist() -> None:
    panels = [panel for panel in orjson.loads(render_dashboard())["panels"] if panel["type"] != "row"]
    named = {
        (target["expr"], label)
        for panel in panels
        for target in panel["targets"]
        for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])
    } | {(alert.expression, label) for alert in ALERTS for label in re.findall(r"labels\.(\w+)", alert.what)}

    wrong = {
        (expression, label)
        for expression, label in named
        if not any(label in kinds()[series] for series in series_of(expression))
    }
    assert named
    assert wrong == set()


def test_every_metric_is_on_the_dashboard_or_said_to_be_elsewhere() -> None:
    shown = {re.sub(r"_(bucket|sum|count)$", "", series) for one in EXPRESSIONS for series in series_of(one)}
    names = {one.name for one in Metrics().described}

    assert names - shown == ELSEWHERE


ELSEWHERE = {
    "trunkline_transactions_total",
    "trunkline_below_floor_total",
    "trunkline_reconcile_runs_total",
    "trunkline_canaries_total",
    "trunkline_pruned_rows_total",
    "trunkline_migration_progress_ratio",
}
"""For a closer look when something is wrong; not for every day."""


def test_no_two_panels_lie_over_each_other() -> None:
    places = [panel["gridPos"] for panel in orjson.loads(render_dashboard())["panels"]]
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_the_files_are_the_present_ones() -> None:
    """Run script/reference when this fails."""
    assert (FOLDER / "alerts.json").read_text() == render_rules()
    assert (FOLDER / "dashboard.json").read_text() == render_dashboard()
