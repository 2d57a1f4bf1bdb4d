"""How long things are kept."""

from datetime import UTC, datetime, timedelta

from bridge.policy.retention import Chore, RetentionConfig, due
from bridge.telemetry.metrics import Metrics

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def ages(config: RetentionConfig) -> dict[Chore, int]:
    return {each.chore: (NOW - each.before).days for each in due(config, NOW)}


def test_every_chore_has_its_time() -> None:
    found = ages(RetentionConfig(bodies_days=7, failures_days=30, records_days=90))

    assert found.keys() == set(Chore)
    assert found[Chore.EVENT_BODIES] == found[Chore.PART_BODIES] == found[Chore.EXCERPTS] == 7
    assert found[Chore.EVENT_FAILURES] == found[Chore.ARRIVAL_FAILURES] == 30
    assert found[Chore.PART_RECORDS] == found[Chore.ARRIVAL_RECORDS] == 90
    assert found[Chore.APPROVALS] == 0


def test_failures_outlive_bodies_and_records_outlive_failures() -> None:
    found = ages(RetentionConfig(bodies_days=60, failures_days=30, records_days=10))

    assert found[Chore.EVENT_FAILURES] == found[Chore.PART_RECORDS] == found[Chore.EVENT_BODIES] == 60


def test_failures_are_closed_before_their_words_are_looked_for() -> None:
    order = [each.chore for each in due(RetentionConfig(), NOW)]

    assert order.index(Chore.PART_FAILURES) < order.index(Chore.EVENT_BODIES)
    assert all(each.before <= NOW - timedelta(0) for each in due(RetentionConfig(), NOW))


def test_every_chore_is_counted_under_its_name() -> None:
    (described,) = [one for one in Metrics().described if one.name == "trunkline_pruned_rows_total"]

    assert described.labels["kind"] == tuple(chore.value for chore in Chore)
