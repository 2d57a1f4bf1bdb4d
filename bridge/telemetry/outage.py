"""Says once that something is down, and once that it is back."""

import time
from collections.abc import Callable

from bridge.telemetry.log import Log


class Outage:
    """The state of one peer, as far as the log is concerned.

    Args:
        what: the subject of both sentences, such as ``homeserver``.
        now: seconds on a clock that never goes back.
    """

    def __init__(self, log: Log, what: str, *, now: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._what = what
        self._now = now
        self._since: float | None = None
        self._attempts = 0

    @property
    def is_down(self) -> bool:
        return self._since is not None

    def down(self, reason: object, **fields: object) -> None:
        """Note a failed attempt; only the first of an outage is a warning."""
        self._attempts += 1
        if self._since is None:
            self._since = self._now()
            self._log.warning(f"{self._what} down", reason=reason, **fields)
        else:
            self._log.debug(f"{self._what} still down", reason=reason, attempts=self._attempts, **fields)

    def back(self, **fields: object) -> None:
        """Note a success; says something only after ``down``."""
        if self._since is None:
            return
        down_s = round(self._now() - self._since, 1)
        self._log.info(f"{self._what} back again", down_s=down_s, attempts=self._attempts, **fields)
        self._since, self._attempts = None, 0
