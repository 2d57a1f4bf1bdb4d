"""Notices by the numbers of transactions when a homeserver has lost some, or does not bring one.

* It counts anew: Synapse on SQLite does so when it was restarted.
* It leaves out a number: Synapse can end its catching up with an appservice while it still writes down one
  more transaction for it, and then brings that one only when it next fails to reach us (seen with 1.163).

Only numbers are looked at; the IDs of other homeservers need not grow. Appservices of one homeserver share
the numbers, so beside another one they are left out all the time: that is told ever more rarely.
"""

from typing import Final

from attrs import define

FIRST_PAUSE_S: Final = 2.0
LONGEST_PAUSE_S: Final = 300.0
"""Between two times of telling that a number was left out; twice as long after each."""
_MAX_DIGITS: Final = 18


@define
class TransactionNumbers:
    """The last number seen. The same one again is a repetition and says nothing."""

    _last: int = 0
    _told_at: float | None = None
    _pause_s: float = FIRST_PAUSE_S

    def doubt(self, txn_id: str, now: float) -> str | None:
        """What the next number points to, if to anything. ``now`` in seconds of a clock that only counts."""
        before = self._last
        if self.went_back(txn_id):
            return "the homeserver counts its transactions anew"
        if before and self._last > before + 1 and self._may_tell(now):
            return "the homeserver left out a transaction"
        return None

    def went_back(self, txn_id: str) -> bool:
        if not (txn_id.isascii() and txn_id.isdigit() and len(txn_id) <= _MAX_DIGITS):
            return False
        before, self._last = self._last, int(txn_id)
        return self._last < before

    def _may_tell(self, now: float) -> bool:
        quiet_s = LONGEST_PAUSE_S if self._told_at is None else now - self._told_at
        if quiet_s < self._pause_s:
            return False
        was_rare = quiet_s >= 2 * self._pause_s
        self._pause_s = FIRST_PAUSE_S if was_rare else min(LONGEST_PAUSE_S, 2 * self._pause_s)
        self._told_at = now
        return True
