"""Whether and when a request that failed is made again: decided here, done in ``client``.

A *definite* failure is the homeserver's own no: the same request will get the same answer. All else may
pass: a lost connection, a time limit, 429, 5xx, and a 3xx or 4xx that is not Matrix's (a proxy speaks when
the homeserver behind it is away, or sends everybody to a page about that). Waits grow by two with full
jitter, so that many senders do not come back at once; where the homeserver says how long to wait, that is
heeded to the letter.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from attrs import frozen

_PASSING: Final = frozenset({408, 425, 429})
_DEFINITE_WITHOUT_CODE: Final = frozenset({413, 414, 431})
"""What a proxy refuses for good by itself: the request is too large for it."""


@frozen
class Failure:
    """How a request failed.

    Attributes:
        status: the HTTP status; None when there was no answer.
        code: Matrix's ``errcode``; empty without one.
        retry_after_s: how long the homeserver wants us to wait.
    """

    status: int | None
    code: str = ""
    retry_after_s: float | None = None

    @property
    def definite(self) -> bool:
        if self.status is None or self.status in _PASSING or self.status >= 500:
            return self.status == 501
        return bool(self.code) or self.status in _DEFINITE_WITHOUT_CODE


@frozen
class Policy:
    """How patient to be.

    Attributes:
        budget_s: no new try begins later than this after the first; 0 means one try.
        first_wait_s: the longest wait before the second try; the next ones are twice as long each.
        longest_wait_s: no wait of our own choice is longer.
        repeatable: False for a request that would take effect twice: it is made again only after an
            answer that says that nothing was done (429).
    """

    budget_s: float = 60.0
    first_wait_s: float = 0.25
    longest_wait_s: float = 10.0
    repeatable: bool = True


ONCE: Final = Policy(budget_s=0.0)
NOT_TWICE: Final = Policy(repeatable=False)


def next_wait_s(
    failure: Failure, policy: Policy, *, tries: int, elapsed_s: float, jitter: float
) -> float | None:
    """Seconds until the next try after ``tries`` failed ones, or None to give up.

    ``jitter`` is a random number from 0 up to 1.
    """
    if failure.definite or not (policy.repeatable or failure.status == 429):
        return None
    if failure.retry_after_s is not None:
        # A little more than asked for: all who were told the same moment would meet there.
        wait_s = failure.retry_after_s * (1 + jitter / 10)
    else:
        ceiling_s = min(policy.longest_wait_s, policy.first_wait_s * 2.0 ** min(tries - 1, 30))
        wait_s = ceiling_s * (0.5 + jitter / 2)
    return wait_s if elapsed_s + wait_s <= policy.budget_s else None


def failure_of(status: int, headers: Mapping[str, str], body: Any, now: datetime | None = None) -> Failure:
    """Read an answer that is not 2xx. Both ways of naming the wait are understood; the header wins.

    Spec: https://spec.matrix.org/v1.11/client-server-api/#rate-limiting
    """
    fields = body if isinstance(body, dict) else {}
    code = fields.get("errcode")
    retry_after_s = _header_s(headers.get("Retry-After"), now)
    if retry_after_s is None:
        retry_after_s = _milliseconds(fields.get("retry_after_ms"))
    return Failure(status, code if isinstance(code, str) else "", retry_after_s)


def _milliseconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        return None
    return value / 1000


def _header_s(value: str | None, now: datetime | None) -> float | None:
    """RFC 9110, section 10.2.3: seconds, or a date."""
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())
