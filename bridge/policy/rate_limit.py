"""Token buckets: a burst at once, then a steady rate. Time comes in as an argument (any rising clock)."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from attrs import define, field, frozen

K = TypeVar("K", bound=Hashable)


@frozen
class Rate:
    per_s: float
    """Tokens that come back each second; above 0."""
    burst: float
    """Tokens that a full bucket holds; at least 1."""

    def __attrs_post_init__(self) -> None:
        if self.per_s <= 0 or self.burst < 1:
            raise ValueError(f"no such rate: {self.per_s} a second, {self.burst} at once")


@define
class TokenBucket:
    """One bucket, full at first. A clock that goes backwards gives no tokens and takes none."""

    rate: Rate
    _tokens: float = field(init=False)
    _at_s: float | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._tokens = self.rate.burst

    def take(self, now_s: float, cost: float = 1.0) -> bool:
        """Take ``cost`` tokens if they are there."""
        self._refill(now_s)
        # A hair of tolerance: refilling in many small steps adds up rounding errors.
        if self._tokens + 1e-9 < cost:
            return False
        self._tokens -= cost
        return True

    def wait_s(self, now_s: float, cost: float = 1.0) -> float:
        """Seconds until ``cost`` tokens are there; 0 when they are. More than ``burst`` never will be."""
        self._refill(now_s)
        if cost > self.rate.burst:
            return float("inf")
        return max(0.0, (cost - self._tokens) / self.rate.per_s)

    def full(self, now_s: float) -> bool:
        self._refill(now_s)
        return self._tokens >= self.rate.burst

    def _refill(self, now_s: float) -> None:
        if self._at_s is not None and now_s > self._at_s:
            self._tokens = min(self.rate.burst, self._tokens + (now_s - self._at_s) * self.rate.per_s)
        self._at_s = now_s if self._at_s is None else max(now_s, self._at_s)


class RateLimit(Generic[K]):
    """A bucket for each key, such as a user.

    Holds at most ``max_keys`` buckets. The one unused longest makes room, so that a crowd of new keys can
    give an old one a fresh burst but cannot fill the memory.
    """

    def __init__(self, rate: Rate, *, max_keys: int = 10_000) -> None:
        self._rate = rate
        self._max_keys = max_keys
        self._buckets: OrderedDict[K, TokenBucket] = OrderedDict()

    def take(self, key: K, now_s: float, cost: float = 1.0) -> bool:
        return self._bucket(key).take(now_s, cost)

    def wait_s(self, key: K, now_s: float, cost: float = 1.0) -> float:
        return self._bucket(key).wait_s(now_s, cost)

    def __len__(self) -> int:
        return len(self._buckets)

    def _bucket(self, key: K) -> TokenBucket:
        bucket = self._buckets.setdefault(key, TokenBucket(self._rate))
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)
        return bucket
