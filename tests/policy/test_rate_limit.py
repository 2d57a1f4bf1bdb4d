"""Token buckets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.policy.rate_limit import Rate, RateLimit, TokenBucket


def test_a_burst_passes_at_once_and_no_more() -> None:
    bucket = TokenBucket(Rate(per_s=1, burst=3))
    assert [bucket.take(0) for _ in range(4)] == [True, True, True, False]


def test_tokens_come_back_with_time() -> None:
    bucket = TokenBucket(Rate(per_s=2, burst=1))
    assert [bucket.take(now) for now in (0, 0.4, 0.5, 0.9, 1.0)] == [True, False, True, False, True]


def test_a_bucket_holds_no_more_than_its_burst() -> None:
    bucket = TokenBucket(Rate(per_s=1, burst=2))
    bucket.take(0)
    assert [bucket.take(1000) for _ in range(3)] == [True, True, False]


def test_the_wait_is_until_the_tokens_are_there() -> None:
    bucket = TokenBucket(Rate(per_s=2, burst=4))
    bucket.take(0, 4)
    assert bucket.wait_s(0, 3) == pytest.approx(1.5)


def test_there_is_no_wait_for_what_is_there() -> None:
    assert TokenBucket(Rate(per_s=1, burst=1)).wait_s(0) == 0


def test_more_than_the_burst_never_comes() -> None:
    assert TokenBucket(Rate(per_s=1, burst=1)).wait_s(0, 2) == float("inf")


def test_a_clock_that_goes_back_gives_nothing() -> None:
    bucket = TokenBucket(Rate(per_s=1, burst=1))
    assert [bucket.take(now) for now in (100, 0, 100.5, 101)] == [True, False, False, True]


@pytest.mark.parametrize(("per_s", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_rate_that_lets_nothing_pass_is_a_mistake(per_s: float, burst: float) -> None:
    with pytest.raises(ValueError, match="no such rate"):
        Rate(per_s, burst)


def test_each_key_has_its_own_bucket() -> None:
    limit: RateLimit[str] = RateLimit(Rate(per_s=1, burst=1))
    assert [limit.take(key, 0) for key in ("ann", "ann", "bob")] == [True, False, True]


def test_the_number_of_buckets_has_a_bound() -> None:
    limit: RateLimit[int] = RateLimit(Rate(per_s=1, burst=1), max_keys=10)
    assert all(limit.take(key, 0) for key in range(100))
    assert len(limit) == 10


@given(st.lists(st.floats(0, 10), max_size=60))
def test_no_more_passes_than_burst_and_rate_allow(gaps: list[float]) -> None:
    bucket = TokenBucket(Rate(per_s=0.5, burst=3))
    times = [sum(gaps[: number + 1]) for number in range(len(gaps))]
    passed = sum(bucket.take(now) for now in times)
    assert passed <= 3 + 0.5 * (times[-1] - times[0] if times else 0) + 1e-6
