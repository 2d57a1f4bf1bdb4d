"""How long to wait before the next try: longer after each failure, and never all in one instant.

Who waits is woken when what it waits for is back; these times are for what nobody announces.
"""

from typing import Final

FIRST_S: Final = 1.0
HOMESERVER_S: Final = 30.0
"""The longest wait for a homeserver that has not said how long."""
STORE_S: Final = 5.0
"""The longest for the database: what waits for it is in no other place, so it is asked more often."""
RESEND_S: Final = 300.0
"""The longest before a message that a network did not take is sent again, unless it asks for more."""


class Patience:
    """Counts the failures in a row of one lane.

    Its jitter comes from the lane's number, so that a history with all its waits can be run again, and so
    that lanes which failed together do not try again together.
    """

    def __init__(self, lane: int) -> None:
        self._lane = lane
        self.failures = 0

    def failed(self, *, longest_s: float, asked_s: float | None = None) -> float:
        """Count a failure. Returns seconds to wait: those asked for, or twice as many as before."""
        self.failures += 1
        if asked_s is not None:
            return asked_s * (1 + 0.1 * spread(self._lane, self.failures))
        return stretched(FIRST_S, self.failures, longest_s) * (0.8 + 0.2 * spread(self._lane, self.failures))

    def worked(self) -> bool:
        """Begin anew. Returns whether there was a failure before."""
        failed, self.failures = self.failures > 0, 0
        return failed


def resend_wait_s(asked_s: float, tries: int, part: int) -> float:
    """Seconds until a part is sent again after so many tries; never less than its network asked for."""
    if tries <= 1:
        return max(0.0, asked_s)
    stretched_s = stretched(max(FIRST_S, asked_s), tries, max(RESEND_S, asked_s))
    return max(asked_s, stretched_s * (0.8 + 0.2 * spread(part, tries)))


def stretched(first_s: float, times: int, longest_s: float) -> float:
    """The wait after so many failures: doubled each time, up to the longest."""
    return min(longest_s, first_s * 2.0 ** min(times - 1, 30))


def spread(number: int, turn: int) -> float:
    """From 0 up to 1, evenly over the numbers (Knuth's multiplicative hash)."""
    return (number * 2_654_435_761 + turn * 40_503 * 65_537) % 2**32 / 2**32
