"""Every metric of the bridge, declared in one place; a registry belongs to its ``Metrics`` alone.

Names are ``trunkline_<thing>_<unit>_total`` for counters, and the same without ``_total`` for the others.
"""

from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bridge.telemetry.measures import Counter, Described, Gauge, Histogram, Values

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
TO_MATRIX: Final = "to_matrix"
TO_NETWORK: Final = "to_network"

_DIRECTIONS: Final = (TO_MATRIX, TO_NETWORK)
_SIDES: Final = ("matrix", "network")
_STATES: Final = ("sent", "confirmed", "uncertain", "refused", "expired", "dead")
"""The last states of a message; for one of several parts, that of the first part that did not arrive."""
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LONG_SECONDS: Final = (*_SECONDS, 60, 300, 1800, 7200, 43_200, 86_400)
"""For what may wait for somebody to come back."""
_OUTCOMES: Final = ("ok", "failed")
_FORGOTTEN: Final = (
    "event_failures",
    "part_failures",
    "arrival_failures",
    "event_bodies",
    "part_bodies",
    "arrival_bodies",
    "excerpts",
    "part_records",
    "arrival_records",
    "approvals",
)
"""The values of ``policy.retention.Chore``."""


class Metrics:
    """The metrics of one bridge, each an attribute named for its thing."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=True)
        self._described: list[Described] = []
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library left this one bare
        ProcessCollector(namespace="trunkline", registry=self._registry)
        self.transactions = self._counter(
            "trunkline_transactions_total", "Pushes from the homeserver by outcome.", outcome=_OUTCOMES
        )
        self.transaction_seconds = self._histogram(
            "trunkline_transaction_seconds", "Time from a push to its answer.", _SECONDS
        )
        self.inbox_events = self._counter(
            "trunkline_inbox_events_total",
            "Events that arrived, by side; a repeated one is dropped.",
            side=_SIDES,
            outcome=("stored", "repeated"),
        )
        self.messages = self._counter(
            "trunkline_messages_total",
            "Messages that came to their end, by direction, network and last state.",
            direction=_DIRECTIONS,
            network=None,
            state=_STATES,
        )
        self.delivery_seconds = self._histogram(
            "trunkline_delivery_seconds",
            "Time from acceptance to the other side, by direction and network.",
            _LONG_SECONDS,
            direction=_DIRECTIONS,
            network=None,
        )
        self.uncertain_parts = self._counter(
            "trunkline_uncertain_parts_total",
            "Parts of messages that may have arrived or not, with no evidence for either; never repeated.",
            network=None,
        )
        self.set_aside = self._counter(
            "trunkline_set_aside_total",
            "Events that failed so often that they were set aside, by the side they came from.",
            side=_SIDES,
        )
        self.duplicates_suppressed = self._counter(
            "trunkline_duplicates_suppressed_total",
            "What would have been said twice: pushed again by the homeserver, told again by a network, "
            "or found to have arrived before it was sent again.",
            direction=_DIRECTIONS,
            found=("pushed", "told", "settled"),
        )
        self.unseen_gaps = self._counter(
            "trunkline_unseen_gaps_total",
            "Times in which nobody of ours heard a bridged conversation, each conversation for itself.",
            network=None,
        )
        self.unseen_seconds = self._counter(
            "trunkline_unseen_seconds_total", "How long those times were together.", network=None
        )
        self.inbox_open = self._gauge("trunkline_inbox_open_events", "Matrix events nobody has finished yet.")
        self.inbox_oldest_seconds = self._gauge(
            "trunkline_inbox_oldest_seconds", "Age of the oldest of them; 0 without any."
        )
        self.track_open = self._gauge(
            "trunkline_track_open_messages",
            "What is on its way in the store, by direction and network: parts, or remote events.",
            direction=_DIRECTIONS,
            network=None,
        )
        self.track_oldest_seconds = self._gauge(
            "trunkline_track_oldest_seconds",
            "Age of the oldest of them; 0 without any.",
            direction=_DIRECTIONS,
            network=None,
        )
        self.dead_letters = self._gauge(
            "trunkline_dead_letters",
            "Messages that ended badly and wait for a person, by state; `aside` before they had one.",
            state=("uncertain", "refused", "expired", "dead", "aside"),
        )
        self.canary_seconds = self._histogram(
            "trunkline_canary_seconds",
            "Time from sending a canary into its room until the homeserver had pushed it back to us.",
            _LONG_SECONDS,
        )
        self.canaries = self._counter(
            "trunkline_canaries_total",
            "Canaries by outcome; a late one came back after it was missed.",
            outcome=("ok", "late", "lost", "failed"),
        )
        self.canary_age_seconds = self._gauge(
            "trunkline_canary_last_success_age_seconds",
            "Since the last canary came back, or since the start; 0 where canaries are turned off.",
        )
        self.waiting = self._gauge(
            "trunkline_waiting_messages", "Messages held in memory on their way.", direction=_DIRECTIONS
        )
        self.homeserver_requests = self._counter(
            "trunkline_homeserver_requests_total",
            "Requests to the homeserver by class of status; 0 is no answer.",
            status=("0", "2xx", "3xx", "4xx", "429", "5xx"),
        )
        self.homeserver_seconds = self._histogram(
            "trunkline_homeserver_request_seconds", "Time until the homeserver answered.", _SECONDS
        )
        self.homeserver_up = self._gauge("trunkline_homeserver_up", "1 while the homeserver answers.")
        self.network_up = self._gauge(
            "trunkline_network_up", "1 while the network is connected.", network=None
        )
        self.reconnects = self._counter(
            "trunkline_reconnects_total", "Connections to a network that were made anew.", network=None
        )
        self.gap_recovered = self._counter(
            "trunkline_gap_recovered_total",
            "People's events that were fetched, because the homeserver had not pushed them by then.",
        )
        self.history_recovered = self._counter(
            "trunkline_history_recovered_total",
            "What was fetched from a network's history, because nobody of ours was there to hear it.",
            network=None,
        )
        self.below_floor = self._counter(
            "trunkline_below_floor_total",
            "What a network gave out as older than its portal, and is not carried; more and more of it while "
            "people talk points to a clock that is wrong.",
            network=None,
        )
        self.gap_given_up = self._counter(
            "trunkline_gap_given_up_total",
            "Messages that were not pushed and were too old to be carried when they were found.",
        )
        self.reconcile_runs = self._counter(
            "trunkline_reconcile_runs_total",
            "Comparisons of the homeserver's history with the inbox, by outcome.",
            outcome=("ok", "refused", "failed"),
        )
        self.waiting_bytes = self._gauge(
            "trunkline_waiting_bytes",
            "How much was accepted and waits, in memory and in the store.",
            direction=_DIRECTIONS,
        )
        self.over_quota = self._counter(
            "trunkline_over_quota_messages_total",
            "Messages for a network that were refused, because too much waits for it.",
            network=None,
        )
        self.shed = self._counter(
            "trunkline_shed_events_total",
            "Events from a network that were let go, because too much waits for their room, or too long.",
            network=None,
        )
        self.held_back = self._gauge(
            "trunkline_networks_held_back", "1 while the networks are not read, because too much waits."
        )
        self.store_bytes = self._gauge("trunkline_store_bytes", "What the database holds.")
        self.store_free_bytes = self._gauge(
            "trunkline_store_free_bytes",
            "How much an SQLite file may still grow on its disk; PostgreSQL's server knows its own.",
        )
        self.pruned_rows = self._counter(
            "trunkline_pruned_rows_total",
            "Rows of the store whose words, or which themselves, were forgotten, by kind.",
            kind=_FORGOTTEN,
        )
        self.migration_progress = self._gauge(
            "trunkline_migration_progress_ratio",
            "How far the work on the database that an upgrade left for later has come; 1 when it is done.",
            step=None,
        )
        self.loop_lag_seconds = self._histogram(
            "trunkline_loop_lag_seconds", "How late the event loop wakes a task.", _SECONDS
        )

    @property
    def described(self) -> Sequence[Described]:
        """What the reference is made from, in the order of declaration."""
        return tuple(self._described)

    def render(self) -> bytes:
        """The text for Prometheus; its type is ``CONTENT_TYPE``."""
        return generate_latest(self._registry)

    def reference(self) -> str:
        """The metrics as a Markdown page."""
        lines = ["# Metrics", "", "| Metric | Kind | What it shows | Labels |", "|---|---|---|---|"]
        for one in self._described:
            labels = "; ".join(
                f"{name}: {', '.join(values) if values is not None else 'as configured'}"
                for name, values in one.labels.items()
            )
            lines.append(f"| `{one.name}` | {one.kind} | {one.sentence} | {labels} |")
        return "\n".join(lines) + "\n"

    def _counter(self, name: str, sentence: str, **labels: Values) -> Counter:
        return Counter(self._registry, self._note(name, "counter", sentence, labels))

    def _gauge(self, name: str, sentence: str, **labels: Values) -> Gauge:
        return Gauge(self._registry, self._note(name, "gauge", sentence, labels))

    def _histogram(self, name: str, sentence: str, buckets: Sequence[float], **labels: Values) -> Histogram:
        return Histogram(self._registry, self._note(name, "histogram", sentence, labels), buckets)

    def _note(self, name: str, kind: str, sentence: str, labels: dict[str, Values]) -> Described:
        described = Described(name, kind, sentence, labels)
        self._described.append(described)
        return described
