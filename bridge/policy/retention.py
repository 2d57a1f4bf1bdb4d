"""How long things are kept: the ``retention`` section, and what is due at a given time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum

from attrs import frozen

from bridge.config.declare import option, section


@section("retention", "How long what has crossed is kept; what still waits is never touched.")
class RetentionConfig:
    bodies_days: int = option(
        "How long the words of what has crossed are kept; what is needed to know a repetition stays.",
        default=30,
        at_least=1,
        at_most=36_500,
    )
    failures_days: int = option(
        "How long what did not arrive is kept with its words, so that it can be sent again.",
        default=90,
        at_least=1,
        at_most=36_500,
    )
    records_days: int = option(
        "How long the steps of a message are kept for `trace`.", default=365, at_least=7, at_most=36_500
    )


class Chore(Enum):
    """One kind of thing that is forgotten."""

    EVENT_FAILURES = "event_failures"
    """Matrix events that were set aside: closed, and their words forgotten."""
    PART_FAILURES = "part_failures"
    """The same for parts that did not reach their network, once their sender was told."""
    ARRIVAL_FAILURES = "arrival_failures"
    """The same for remote events that were set aside."""
    EVENT_BODIES = "event_bodies"
    """The words of Matrix events that are done with; their IDs stay for ever."""
    PART_BODIES = "part_bodies"
    ARRIVAL_BODIES = "arrival_bodies"
    """The words of remote events that are done with; the network's IDs stay for ever."""
    EXCERPTS = "excerpts"
    """The beginnings of messages, by which replies and reactions quote them; the map's IDs stay for ever."""
    PART_RECORDS = "part_records"
    """The steps of messages on their way to a network."""
    ARRIVAL_RECORDS = "arrival_records"
    """Remote events for which their network has no ID: nothing can repeat them after so long."""
    APPROVALS = "approvals"
    """Wishes to plumb whose time is over."""


@frozen
class Due:
    """A chore, and the time before which things are old enough for it."""

    chore: Chore
    before: datetime


def due(config: RetentionConfig, now: datetime) -> Sequence[Due]:
    """What is to be forgotten, in an order in which nothing is left for the next round.

    Failures are kept at least as long as bodies, and records as long as failures: what is still to be
    retried needs its words, and what has words has its record.
    """
    bodies = config.bodies_days
    failures = max(bodies, config.failures_days)
    records = max(failures, config.records_days)
    days = {
        Chore.EVENT_FAILURES: failures,
        Chore.PART_FAILURES: failures,
        Chore.ARRIVAL_FAILURES: failures,
        Chore.EVENT_BODIES: bodies,
        Chore.PART_BODIES: bodies,
        Chore.ARRIVAL_BODIES: bodies,
        Chore.EXCERPTS: bodies,
        Chore.PART_RECORDS: records,
        Chore.ARRIVAL_RECORDS: records,
        Chore.APPROVALS: 0,
    }
    return tuple(Due(chore, now - timedelta(days=days[chore])) for chore in Chore)
