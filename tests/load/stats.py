"""What many single measurements come to: percentiles, medians of rounds, loss and order."""

import re
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Final

from attrs import frozen

_TOKEN: Final = re.compile(r"\b([a-z]+\d+)-(\d+)-(\d+)\b")


@frozen
class Spread:
    """Percentiles of some durations, in milliseconds."""

    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


def spread(seconds: Iterable[float]) -> Spread:
    """The percentiles of durations; all NaN when there are none."""
    ordered = sorted(seconds)
    return Spread(len(ordered), *(1000 * percentile(ordered, share) for share in (0.50, 0.95, 0.99)))


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    if not ordered:
        return float("nan")
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * share // 1).__trunc__() - 1))]


def middle(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each figure over rounds that measured the same."""
    return {name: median(each[name] for each in rounds) for name in rounds[0]}


@frozen
class Token:
    """Names one line of a measurement, so that it is known again on the other side."""

    scenario: str
    sender: int
    number: int

    def __str__(self) -> str:
        return f"{self.scenario}-{self.sender}-{self.number}"


def tokens(text: str) -> list[Token]:
    """The lines that a text brought, in their order; a bridge may have put several into one message."""
    return [Token(found[0], int(found[1]), int(found[2])) for found in _TOKEN.findall(text)]


@frozen
class Arrived:
    """One line on the other side: when, and in which message."""

    token: Token
    at: float
    message: str


@frozen
class Outcome:
    """What became of the lines of one scenario.

    Attributes:
        rate: lines a second, from the first that was sent to the last that arrived.
        lost: lines that did not arrive.
        doubled: arrivals of a line that had arrived before.
        disordered: lines that arrived behind a later one of the same sender in the same room.
        lines_a_message: 1.0 where each line stayed a message of its own.
    """

    sent: int
    lost: int
    doubled: int
    disordered: int
    rate: float
    lines_a_message: float
    latency: Spread


def outcome(sent: Mapping[Token, float], arrived: Sequence[Arrived]) -> Outcome:
    """Compare what was sent (with the time of sending) with what arrived, in the order of arrival."""
    latencies: dict[Token, float] = {}
    newest: dict[int, int] = {}
    doubled = disordered = 0
    for one in arrived:
        if one.token in latencies:
            doubled += 1
            continue
        latencies[one.token] = one.at - sent[one.token]
        disordered += one.token.number < newest.get(one.token.sender, -1)
        newest[one.token.sender] = max(newest.get(one.token.sender, -1), one.token.number)
    took_s = max((one.at for one in arrived), default=0.0) - min(sent.values())
    return Outcome(
        sent=len(sent),
        lost=len(sent) - len(latencies),
        doubled=doubled,
        disordered=disordered,
        rate=len(latencies) / took_s if latencies else 0.0,
        lines_a_message=len(arrived) / max(1, len({one.message for one in arrived})),
        latency=spread(latencies.values()),
    )
