"""The alert rules, tried by Prometheus' own tool: each fires when it should, and not when all is well."""

import asyncio
import shutil
from pathlib import Path
from typing import Final

import orjson
import pytest

from bridge.telemetry.alerts import ALERTS, render_rules

pytestmark = pytest.mark.integration

MINUTES: Final = 60
_SLOW = 'le="+Inf"'

# What Prometheus sees, a value a minute, when the alert must fire; and when it must not.
TROUBLE: Final = {
    "TrunklineDown": {'up{job="trunkline"}': "0x60"},
    "TrunklineHomeserverDown": {"trunkline_homeserver_up": "0x60"},
    "TrunklineNetworkDown": {'trunkline_network_up{network="libera"}': "0x60"},
    "TrunklineRoundTripBroken": {"trunkline_canary_last_success_age_seconds": "0+60x60"},
    "TrunklineInboxStuck": {"trunkline_inbox_oldest_seconds": "40x60"},
    "TrunklineMessagesLate": {
        'trunkline_track_oldest_seconds{direction="to_network",network="libera"}': "400x60"
    },
    "TrunklineHandOffSlow": {
        'trunkline_transaction_seconds_bucket{le="1"}': "0x60",
        'trunkline_transaction_seconds_bucket{le="2.5"}': "0+100x60",
        f"trunkline_transaction_seconds_bucket{{{_SLOW}}}": "0+100x60",
    },
    "TrunklinePushesLost": {"trunkline_gap_recovered_total": "0x50 7x10"},
    "TrunklineMessagesGivenUp": {"trunkline_gap_given_up_total": "0x50 7x10"},
    "TrunklineDeadLetters": {'trunkline_dead_letters{state="refused"}': "1x60"},
    "TrunklineUncertain": {'trunkline_uncertain_parts_total{network="libera"}': "0x50 1x10"},
    "TrunklineUnseen": {'trunkline_unseen_seconds_total{network="libera"}': "0x30 600x30"},
    "TrunklineHeldBack": {"trunkline_networks_held_back": "1x60"},
    "TrunklineHomeserverRefuses": {
        'trunkline_homeserver_requests_total{status="2xx"}': "0+50x60",
        'trunkline_homeserver_requests_total{status="429"}': "0+50x60",
    },
    "TrunklineLoopLags": {
        'trunkline_loop_lag_seconds_bucket{le="0.5"}': "0x60",
        'trunkline_loop_lag_seconds_bucket{le="1"}': "0+100x60",
        f"trunkline_loop_lag_seconds_bucket{{{_SLOW}}}": "0+100x60",
    },
    "TrunklineDiskFull": {
        "trunkline_store_free_bytes": "100000000x60",
        "trunkline_store_bytes": "5000000000x60",
    },
}
CALM: Final = {
    'up{job="trunkline"}': "1x60",
    "trunkline_homeserver_up": "1x60",
    'trunkline_network_up{network="libera"}': "1x60",
    "trunkline_canary_last_success_age_seconds": "30x60",
    "trunkline_inbox_oldest_seconds": "1x60",
    'trunkline_track_oldest_seconds{direction="to_network",network="libera"}': "2x60",
    'trunkline_transaction_seconds_bucket{le="0.01"}': "0+100x60",
    f"trunkline_transaction_seconds_bucket{{{_SLOW}}}": "0+100x60",
    "trunkline_gap_recovered_total": "7x60",
    "trunkline_gap_given_up_total": "7x60",
    'trunkline_dead_letters{state="refused"}': "0x60",
    'trunkline_uncertain_parts_total{network="libera"}': "1x60",
    'trunkline_unseen_seconds_total{network="libera"}': "600x60",
    "trunkline_networks_held_back": "0x60",
    'trunkline_homeserver_requests_total{status="2xx"}': "0+50x60",
    'trunkline_homeserver_requests_total{status="429"}': "0+1x60",
    'trunkline_loop_lag_seconds_bucket{le="0.01"}': "0+100x60",
    f"trunkline_loop_lag_seconds_bucket{{{_SLOW}}}": "0+100x60",
    "trunkline_store_free_bytes": "50000000000x60",
    "trunkline_store_bytes": "5000000000x60",
}


async def promtool(folder: Path, *words: str) -> tuple[int, str]:
    tool = shutil.which("promtool")
    assert tool, "promtool is needed: apt-get install prometheus"
    program = await asyncio.create_subprocess_exec(
        tool, *words, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await program.communicate()
    assert program.returncode is not None
    return program.returncode, said.decode()


def fires(name: str, series: dict[str, str], firing: list[str]) -> dict[str, object]:
    """A test of promtool's: after an hour, which of this alert's lines are there."""
    return {
        "interval": "1m",
        "input_series": [{"series": each, "values": values} for each, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f'count by (alertname) (ALERTS{{alertname="{name}",alertstate="firing"}})',
                "eval_time": "59m",
                "exp_samples": [{"labels": f'{{alertname="{each}"}}', "value": 1} for each in firing],
            }
        ],
    }


def test_every_alert_is_tried() -> None:
    assert set(TROUBLE) == {alert.name for alert in ALERTS}


async def test_each_alert_fires_in_its_trouble_and_none_when_all_is_well(tmp_path: Path) -> None:
    (tmp_path / "alerts.json").write_text(render_rules())
    tests = [fires(name, series, [name]) for name, series in TROUBLE.items()]
    tests += [fires(name, CALM, []) for name in TROUBLE]
    (tmp_path / "tests.json").write_bytes(orjson.dumps({"rule_files": ["alerts.json"], "tests": tests}))

    checked, said = await promtool(tmp_path, "check", "rules", "alerts.json")
    assert checked == 0, said
    tried, said = await promtool(tmp_path, "test", "rules", "tests.json")
    assert tried == 0, said
