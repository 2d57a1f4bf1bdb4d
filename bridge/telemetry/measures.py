"""Counters, gauges and histograms whose labels cannot grow without bound."""

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import frozen
from prometheus_client import CollectorRegistry
from prometheus_client import Counter as _Counter
from prometheus_client import Gauge as _Gauge
from prometheus_client import Histogram as _Histogram

OTHER: Final = "other"
"""Stands for every label value beyond the bound."""
MAX_FREE_VALUES: Final = 64
"""A label whose values the admin chooses (names of networks) gets this many."""

Values = Sequence[str] | None
"""The values a label may have, or None for those an admin chooses."""


@frozen
class Described:
    """A metric as the reference shows it."""

    name: str
    kind: str
    sentence: str
    labels: Mapping[str, Values]


class _Labels:
    def __init__(self, allowed: Mapping[str, Values]) -> None:
        self._allowed = allowed
        self._seen: dict[str, set[str]] = {name: set(values or ()) for name, values in allowed.items()}

    def bound(self, given: Mapping[str, str]) -> dict[str, str]:
        """The labels, unknown values exchanged; raises ``ValueError`` for a label that was not declared."""
        if given.keys() != self._allowed.keys():
            raise ValueError(f"labels {sorted(given)} given, {sorted(self._allowed)} declared")
        return {name: self._one(name, value) for name, value in given.items()}

    def _one(self, name: str, value: str) -> str:
        seen = self._seen[name]
        if value not in seen:
            if self._allowed[name] is not None or len(seen) >= MAX_FREE_VALUES:
                return OTHER
            seen.add(value)
        return value


class Counter:
    """Counts what happened."""

    def __init__(self, registry: CollectorRegistry, described: Described) -> None:
        names = list(described.labels)
        self._metric = _Counter(described.name, described.sentence, names, registry=registry)
        self._labels = _Labels(described.labels)

    def add(self, amount: float = 1, /, **labels: str) -> None:
        given = self._labels.bound(labels)
        (self._metric.labels(**given) if given else self._metric).inc(amount)


class Gauge:
    """Shows how things stand."""

    def __init__(self, registry: CollectorRegistry, described: Described) -> None:
        self._metric = _Gauge(described.name, described.sentence, list(described.labels), registry=registry)
        self._labels = _Labels(described.labels)

    def set(self, value: float, /, **labels: str) -> None:
        given = self._labels.bound(labels)
        (self._metric.labels(**given) if given else self._metric).set(value)


class Histogram:
    """Shows how values (seconds, as a rule) are spread."""

    def __init__(self, registry: CollectorRegistry, described: Described, buckets: Sequence[float]) -> None:
        names = list(described.labels)
        self._metric = _Histogram(
            described.name, described.sentence, names, registry=registry, buckets=tuple(buckets)
        )
        self._labels = _Labels(described.labels)

    def observe(self, value: float, /, **labels: str) -> None:
        given = self._labels.bound(labels)
        (self._metric.labels(**given) if given else self._metric).observe(value)
