"""Notices a connection that has died in silence: after some quiet we ask, and wait only so long.

Anything the server says is a sign of life, not just the answer. While we do not listen ourselves, we cannot
judge the server, and it must not judge us: it gets a sign of life from us instead of a question.
"""

from attrs import frozen


@frozen
class KeepaliveLimits:
    """Seconds of quiet before a PING, and seconds it may stay unanswered."""

    idle_s: float = 60.0
    answer_s: float = 60.0


class Keepalive:
    """The state of one connection. Times are seconds of any steady clock."""

    def __init__(self, limits: KeepaliveLimits, now: float) -> None:
        self._limits = limits
        self._heard_at = now
        self._asked_at: float | None = None
        self.is_deaf = False

    def heard(self, now: float) -> None:
        """Note that the server said something."""
        self._heard_at, self._asked_at, self.is_deaf = now, None, False

    def deaf(self, now: float) -> None:
        """Note that nothing is read from now on, until `heard`."""
        self._heard_at, self._asked_at, self.is_deaf = now, None, True

    def gave_sign(self, now: float) -> None:
        """Note that a sign of life was written while deaf."""
        self._heard_at = now

    def asked(self, now: float) -> None:
        """Note that a PING was written."""
        self._asked_at = now

    def is_dead(self, now: float) -> bool:
        """Say whether the server has been silent for too long after our PING."""
        return self._asked_at is not None and now >= self._asked_at + self._limits.answer_s

    def should_ask(self, now: float) -> bool:
        """Say whether it is time for a PING."""
        return self._asked_at is None and now >= self._heard_at + self._limits.idle_s

    def next_at(self) -> float:
        """Say when there is something to decide."""
        if self._asked_at is None:
            return self._heard_at + self._limits.idle_s
        return self._asked_at + self._limits.answer_s
