"""When a request that failed is made again."""

from datetime import UTC, datetime

import pytest

from bridge.matrix.retry import NOT_TWICE, ONCE, Failure, Policy, failure_of, next_wait_s

PATIENT = Policy(budget_s=60.0, first_wait_s=0.25, longest_wait_s=10.0)


@pytest.mark.parametrize(
    ("failure", "definite"),
    [
        (Failure(None), False),
        (Failure(400, "M_BAD_JSON"), True),
        (Failure(401, "M_UNKNOWN_TOKEN"), True),
        (Failure(403, "M_FORBIDDEN"), True),
        (Failure(404, "M_NOT_FOUND"), True),
        (Failure(404), False),  # a proxy's page while the homeserver is away
        (Failure(413), True),
        (Failure(413, "M_TOO_LARGE"), True),
        (Failure(408), False),
        (Failure(429, "M_LIMIT_EXCEEDED"), False),
        (Failure(500, "M_UNKNOWN"), False),
        (Failure(501), True),
        (Failure(502), False),
        (Failure(503), False),
        (Failure(504), False),
        (Failure(302), False),  # a proxy that sends everybody to a page about maintenance
    ],
)
def test_what_may_pass_and_what_is_a_no(failure: Failure, definite: bool) -> None:
    assert failure.definite is definite


@pytest.mark.parametrize(
    ("tries", "jitter", "wait_s"),
    [(1, 0.0, 0.125), (1, 1.0, 0.25), (2, 1.0, 0.5), (3, 1.0, 1.0), (9, 1.0, 10.0), (500, 1.0, 10.0)],
)
def test_waits_grow_up_to_a_limit(tries: int, jitter: float, wait_s: float) -> None:
    assert next_wait_s(Failure(502), PATIENT, tries=tries, elapsed_s=0, jitter=jitter) == wait_s


def test_a_wait_asked_for_is_never_shortened() -> None:
    failure = Failure(429, "M_LIMIT_EXCEEDED", retry_after_s=20.0)

    assert next_wait_s(failure, PATIENT, tries=1, elapsed_s=0, jitter=0.0) == 20.0
    assert next_wait_s(failure, PATIENT, tries=1, elapsed_s=0, jitter=1.0) == pytest.approx(22.0)


def test_a_wait_beyond_the_budget_is_not_begun() -> None:
    failure = Failure(429, retry_after_s=20.0)

    assert next_wait_s(failure, PATIENT, tries=1, elapsed_s=40.0, jitter=0.0) == 20.0
    assert next_wait_s(failure, PATIENT, tries=1, elapsed_s=40.1, jitter=0.0) is None


def test_a_definite_no_is_not_asked_twice() -> None:
    assert next_wait_s(Failure(403, "M_FORBIDDEN"), PATIENT, tries=1, elapsed_s=0, jitter=0) is None


def test_once_means_once() -> None:
    assert next_wait_s(Failure(None), ONCE, tries=1, elapsed_s=0, jitter=0) is None


def test_what_would_take_effect_twice_is_repeated_only_after_429() -> None:
    assert next_wait_s(Failure(None), NOT_TWICE, tries=1, elapsed_s=0, jitter=0) is None
    assert next_wait_s(Failure(504), NOT_TWICE, tries=1, elapsed_s=0, jitter=0) is None
    assert next_wait_s(Failure(429), NOT_TWICE, tries=1, elapsed_s=0, jitter=0) is not None


NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "body", "retry_after_s"),
    [
        ({}, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1500}, 1.5),
        ({"Retry-After": "3"}, {"retry_after_ms": 1500}, 3.0),
        ({"Retry-After": "Thu, 01 Jan 2026 12:00:10 GMT"}, {}, 10.0),
        ({"Retry-After": "Thu, 01 Jan 2026 11:00:00 GMT"}, {}, 0.0),
        ({"Retry-After": "Thu, 01 Jan 2026 12:00:10 -0000"}, {}, 10.0),
        ({"Retry-After": "soon"}, {"retry_after_ms": 1}, 0.001),
        ({"Retry-After": "-5"}, {}, None),
        ({}, {"retry_after_ms": "1500"}, None),
        ({}, {"retry_after_ms": True}, None),
        ({}, {"retry_after_ms": -1}, None),
        ({}, {"retry_after_ms": 1e300}, None),
        ({}, None, None),
        ({}, [], None),
    ],
)
def test_how_long_the_homeserver_wants_us_to_wait(
    headers: dict[str, str], body: object, retry_after_s: float | None
) -> None:
    assert failure_of(429, headers, body, NOW).retry_after_s == retry_after_s


def test_an_error_code_that_is_no_text_counts_as_none() -> None:
    assert failure_of(400, {}, {"errcode": 5}) == Failure(400, "")
