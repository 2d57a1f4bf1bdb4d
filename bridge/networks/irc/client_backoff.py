"""How long to wait before the next attempt to connect."""

from random import Random

from bridge.networks.irc.client_settings import BackoffLimits


class Backoff:
    """Full jitter: any time from nothing up to a bound that doubles with each failure.

    Thousands of clients that lose one server then do not come back in one instant.
    """

    def __init__(self, limits: BackoffLimits, random: Random) -> None:
        self.failures = 0
        self._limits = limits
        self._random = random

    def held(self, seconds: float) -> None:
        """Note how long a connection held."""
        if seconds >= self._limits.steady_s:
            self.failures = 0

    def refused_delay_s(self, *, is_risky: bool) -> float:
        """Give the seconds to wait after a refusal that only a person can end."""
        bound = self._limits.rarest_s if is_risky else self._limits.longest_s
        return self._random.uniform(bound / 2, bound)

    def next_delay_s(self, *, is_ban: bool = False) -> float:
        """Count a failure and give the seconds to wait. Who was thrown out waits longest."""
        bound = self._limits.longest_s
        if is_ban:
            return self._random.uniform(bound / 2, bound)
        bound = min(bound, self._limits.first_s * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return self._random.uniform(0, bound)
