"""What an admin is woken for: rules for Prometheus, made from here into ``docker/monitoring/alerts.json``.

Each says what happened and what to do. Its expression names only metrics of ours; it holds for a while before
it wakes somebody, so that what passes by itself does not.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final

import orjson
from attrs import frozen


class Severity(Enum):
    PAGE = "page"
    """Messages are late or may be lost: now."""
    TICKET = "ticket"
    """Somebody should look: today."""


@frozen(kw_only=True)
class Alert:
    """One rule. ``lasts`` is Prometheus' way to write a time, such as ``5m``."""

    name: str
    expression: str
    lasts: str
    severity: Severity
    what: str
    do: str


ALERTS: Final = (
    Alert(
        name="TrunklineDown",
        expression='up{job="trunkline"} == 0',
        lasts="1m",
        severity=Severity.PAGE,
        what="The bridge does not answer Prometheus.",
        do="Look whether the process runs; it takes up everything where it was when it is started again.",
    ),
    Alert(
        name="TrunklineHomeserverDown",
        expression="trunkline_homeserver_up == 0",
        lasts="2m",
        severity=Severity.PAGE,
        what="The homeserver does not answer the bridge.",
        do="Start the homeserver; the bridge waits and goes on by itself.",
    ),
    Alert(
        name="TrunklineNetworkDown",
        expression="trunkline_network_up == 0",
        lasts="5m",
        severity=Severity.PAGE,
        what="The network {{ $labels.network }} is not connected; nothing is heard there.",
        do="`trunkline status` names the reason.",
    ),
    Alert(
        name="TrunklineRoundTripBroken",
        expression="trunkline_canary_last_success_age_seconds > 300",
        lasts="1m",
        severity=Severity.PAGE,
        what="For five minutes nothing that the bridge sends has come back from the homeserver.",
        do="`trunkline doctor` tries the way in both directions.",
    ),
    Alert(
        name="TrunklineInboxStuck",
        expression="trunkline_inbox_oldest_seconds > 30",
        lasts="1m",
        severity=Severity.PAGE,
        what="A Matrix event waits for longer than 30 seconds to be looked at.",
        do="Look in the log for the reason that the inbox waits: the database, or a fault.",
    ),
    Alert(
        name="TrunklineMessagesLate",
        expression="trunkline_track_oldest_seconds > 300",
        lasts="5m",
        severity=Severity.TICKET,
        what="A message {{ $labels.direction }} of {{ $labels.network }} waits for longer than five minutes.",
        do="`trunkline status` says what it waits for; `trunkline trace` shows one message.",
    ),
    Alert(
        name="TrunklineHandOffSlow",
        expression="histogram_quantile(0.99, rate(trunkline_transaction_seconds_bucket[5m])) > 1",
        lasts="5m",
        severity=Severity.TICKET,
        what="The bridge takes longer than a second to take over what the homeserver pushes.",
        do="What is not taken over yet is lost with a homeserver that is killed: look at the disk and the "
        "database.",
    ),
    Alert(
        name="TrunklinePushesLost",
        expression="increase(trunkline_gap_recovered_total[15m]) > 0",
        lasts="0m",
        severity=Severity.TICKET,
        what="The homeserver did not push {{ $value }} events; the bridge fetched them.",
        do="Nothing is lost. Look why the homeserver ended or forgot them.",
    ),
    Alert(
        name="TrunklineMessagesGivenUp",
        expression="increase(trunkline_gap_given_up_total[15m]) > 0",
        lasts="0m",
        severity=Severity.TICKET,
        what="{{ $value }} messages were found too late to be carried; their rooms were told.",
        do="`bridge.gap_ceiling_s` says how old is too old.",
    ),
    Alert(
        name="TrunklineDeadLetters",
        expression="sum(trunkline_dead_letters) > 0",
        lasts="15m",
        severity=Severity.TICKET,
        what="{{ $value }} messages ended badly and wait for a person.",
        do="`trunkline dead list` shows them; `dead retry` and `dead drop` end them.",
    ),
    Alert(
        name="TrunklineUncertain",
        expression="increase(trunkline_uncertain_parts_total[15m]) > 0",
        lasts="0m",
        severity=Severity.TICKET,
        what="On {{ $labels.network }} {{ $value }} lines may or may not have arrived; their senders know.",
        do="Look at the connection to the network: it broke amid a line.",
    ),
    Alert(
        name="TrunklineUnseen",
        expression="increase(trunkline_unseen_seconds_total[1h]) > 60",
        lasts="0m",
        severity=Severity.TICKET,
        what="On {{ $labels.network }} conversations went unheard for {{ $value }} seconds in the last hour.",
        do="Look why the connection was away; the rooms were told of each gap.",
    ),
    Alert(
        name="TrunklineHeldBack",
        expression="trunkline_networks_held_back == 1",
        lasts="1m",
        severity=Severity.PAGE,
        what="So much waits that the networks are not read any longer.",
        do="Mend what the messages wait for: `trunkline status` names it.",
    ),
    Alert(
        name="TrunklineHomeserverRefuses",
        expression=(
            'sum(rate(trunkline_homeserver_requests_total{status=~"429|5xx|0"}[5m]))'
            " / sum(rate(trunkline_homeserver_requests_total[5m])) > 0.2"
        ),
        lasts="10m",
        severity=Severity.TICKET,
        what="More than a fifth of the requests to the homeserver fail or are limited.",
        do="`rate_limited: false` must stand in the registration; look at the homeserver's log for the rest.",
    ),
    Alert(
        name="TrunklineLoopLags",
        expression="histogram_quantile(0.99, rate(trunkline_loop_lag_seconds_bucket[5m])) > 0.5",
        lasts="5m",
        severity=Severity.TICKET,
        what="The bridge's own loop is late by more than half a second.",
        do="It needs more CPU than it gets, or something blocks it: the log names what.",
    ),
    Alert(
        name="TrunklineDiskFull",
        expression=(
            "(trunkline_store_free_bytes > 0)"
            " / (trunkline_store_free_bytes + trunkline_store_bytes) < 0.15"
            " and trunkline_store_free_bytes < 2e9"
        ),
        lasts="5m",
        severity=Severity.PAGE,
        what="The disk of the database is nearly full.",
        do="Make room. When it is full nothing is lost, but nothing is taken over either.",
    ),
)


def render_rules(alerts: Sequence[Alert] = ALERTS) -> str:
    """A rule file for Prometheus; JSON is YAML as well."""
    group = {"name": "trunkline", "rules": [_rule(alert) for alert in alerts]}
    return orjson.dumps({"groups": [group]}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _rule(alert: Alert) -> Mapping[str, object]:
    return {
        "alert": alert.name,
        "expr": alert.expression,
        "for": alert.lasts,
        "labels": {"severity": alert.severity.value},
        "annotations": {"summary": alert.what, "description": alert.do},
    }
