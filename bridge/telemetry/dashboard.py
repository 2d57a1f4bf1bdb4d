"""A dashboard for Grafana, made from here into ``docker/monitoring/dashboard.json``.

From top to bottom: is it well, where do messages wait, how long do they take, what went wrong, what does it
cost.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from attrs import frozen

_WIDE: Final = 24
"""Columns of Grafana's grid."""
_HIGH: Final = 7
_SOURCE: Final = {"type": "prometheus", "uid": "${source}"}


@frozen(kw_only=True)
class Panel:
    """One picture: ``lines`` are expressions by their legend. ``unit`` is Grafana's word for it."""

    title: str
    lines: Mapping[str, str]
    unit: str = "short"
    is_number: bool = False
    """One big number in place of curves."""


@frozen
class Row:
    title: str
    panels: Sequence[Panel]


def _quantiles(metric: str, by: str = "") -> Mapping[str, str]:
    labels = f"le, {by}" if by else "le"
    legend = " " + " ".join("{{" + label.strip() + "}}" for label in by.split(",")) if by else ""
    return {
        f"p{percent}{legend}": (
            f"histogram_quantile(0.{percent}, sum by ({labels}) (rate({metric}_bucket[$__rate_interval])))"
        )
        for percent in (50, 95, 99)
    }


def _rate(metric: str, by: str, legend: str) -> Mapping[str, str]:
    return {legend: f"sum by ({by}) (rate({metric}[$__rate_interval]))"}


ROWS: Final = (
    Row(
        "Is it well",
        (
            Panel(title="Homeserver", lines={"up": "trunkline_homeserver_up"}, is_number=True),
            Panel(title="Networks", lines={"{{network}}": "trunkline_network_up"}, is_number=True),
            Panel(
                title="Round trip came back",
                lines={"ago": "trunkline_canary_last_success_age_seconds"},
                unit="s",
                is_number=True,
            ),
            Panel(title="Dead letters", lines={"{{state}}": "trunkline_dead_letters"}, is_number=True),
        ),
    ),
    Row(
        "Where messages wait",
        (
            Panel(
                title="Oldest",
                lines={
                    "inbox": "trunkline_inbox_oldest_seconds",
                    "{{direction}} {{network}}": "trunkline_track_oldest_seconds",
                },
                unit="s",
            ),
            Panel(
                title="How many",
                lines={
                    "inbox": "trunkline_inbox_open_events",
                    "{{direction}} {{network}}": "trunkline_track_open_messages",
                    "in memory {{direction}}": "trunkline_waiting_messages",
                },
            ),
            Panel(title="How much", lines={"{{direction}}": "trunkline_waiting_bytes"}, unit="bytes"),
        ),
    ),
    Row(
        "How long they take",
        (
            Panel(title="Hand-off", lines=_quantiles("trunkline_transaction_seconds"), unit="s"),
            Panel(
                title="From acceptance to the other side",
                lines=_quantiles("trunkline_delivery_seconds", "direction, network"),
                unit="s",
            ),
            Panel(title="Round trip", lines=_quantiles("trunkline_canary_seconds"), unit="s"),
            Panel(
                title="Homeserver's answers",
                lines=_quantiles("trunkline_homeserver_request_seconds"),
                unit="s",
            ),
        ),
    ),
    Row(
        "What crosses",
        (
            Panel(
                title="Messages a second",
                lines=_rate(
                    "trunkline_messages_total",
                    "direction, network, state",
                    "{{direction}} {{network}} {{state}}",
                ),
            ),
            Panel(
                title="Events that arrive",
                lines=_rate("trunkline_inbox_events_total", "side, outcome", "{{side}} {{outcome}}"),
            ),
        ),
    ),
    Row(
        "What went wrong",
        (
            Panel(
                title="Repeats that were caught",
                lines=_rate(
                    "trunkline_duplicates_suppressed_total", "direction, found", "{{direction}} {{found}}"
                ),
            ),
            Panel(
                title="Not pushed by the homeserver",
                lines={
                    "fetched": "increase(trunkline_gap_recovered_total[1h])",
                    "too old": "increase(trunkline_gap_given_up_total[1h])",
                },
            ),
            Panel(
                title="Unheard on a network",
                lines={"{{network}}": "increase(trunkline_unseen_seconds_total[1h])"},
                unit="s",
            ),
            Panel(
                title="Gaps on a network, and what its history filled",
                lines={
                    "gaps {{network}}": "increase(trunkline_unseen_gaps_total[1h])",
                    "lines fetched {{network}}": "increase(trunkline_history_recovered_total[1h])",
                },
            ),
            Panel(
                title="Uncertain, set aside, refused, let go",
                lines={
                    "uncertain {{network}}": "increase(trunkline_uncertain_parts_total[1h])",
                    "set aside {{side}}": "increase(trunkline_set_aside_total[1h])",
                    "over quota {{network}}": "increase(trunkline_over_quota_messages_total[1h])",
                    "let go {{network}}": "increase(trunkline_shed_events_total[1h])",
                },
            ),
            Panel(
                title="Requests to the homeserver",
                lines=_rate("trunkline_homeserver_requests_total", "status", "{{status}}"),
            ),
            Panel(
                title="Connections made anew",
                lines={"{{network}}": "increase(trunkline_reconnects_total[1h])"},
            ),
        ),
    ),
    Row(
        "What it costs",
        (
            Panel(
                title="Memory", lines={"resident": "trunkline_process_resident_memory_bytes"}, unit="bytes"
            ),
            Panel(
                title="CPU",
                lines={"cores": "rate(trunkline_process_cpu_seconds_total[$__rate_interval])"},
            ),
            Panel(title="Loop lag", lines=_quantiles("trunkline_loop_lag_seconds"), unit="s"),
            Panel(
                title="Database",
                lines={"holds": "trunkline_store_bytes", "may still grow": "trunkline_store_free_bytes"},
                unit="bytes",
            ),
        ),
    ),
)


def expressions(rows: Sequence[Row] = ROWS) -> Sequence[str]:
    """Everything that is asked of Prometheus."""
    return [line for row in rows for panel in row.panels for line in panel.lines.values()]


def render_dashboard(rows: Sequence[Row] = ROWS) -> str:
    """The dashboard as Grafana imports it."""
    dashboard = {
        "uid": "trunkline",
        "title": "Trunkline",
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [{"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}]
        },
        "panels": list(_panels(rows)),
    }
    return orjson.dumps(dashboard, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _panels(rows: Sequence[Row]) -> Sequence[Mapping[str, Any]]:
    made: list[Mapping[str, Any]] = []
    top = 0
    for row in rows:
        place = {"x": 0, "y": top, "w": _WIDE, "h": 1}
        made.append({"id": len(made) + 1, "type": "row", "title": row.title, "gridPos": place, "panels": []})
        top += 1
        across = min(len(row.panels), 4) if len(row.panels) != 6 else 3
        width = _WIDE // across
        for number, panel in enumerate(row.panels):
            place = {
                "x": number % across * width,
                "y": top + number // across * _HIGH,
                "w": width,
                "h": _HIGH,
            }
            made.append(_panel(len(made) + 1, panel, place))
        top += -(-len(row.panels) // across) * _HIGH
    return made


def _panel(number: int, panel: Panel, place: Mapping[str, int]) -> Mapping[str, Any]:
    return {
        "id": number,
        "type": "stat" if panel.is_number else "timeseries",
        "title": panel.title,
        "gridPos": place,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + index), "datasource": _SOURCE, "expr": line, "legendFormat": legend}
            for index, (legend, line) in enumerate(panel.lines.items())
        ],
    }
