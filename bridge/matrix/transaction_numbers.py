"""Notices when a homeserver counts its transactions anew: it was restarted, and may have lost some.

Synapse on SQLite does so. Only numbers are looked at; the IDs of other homeservers need not grow.
"""

from attrs import define

_MAX_DIGITS = 18


@define
class TransactionNumbers:
    """The last number seen. The same one again is a repetition and says nothing."""

    _last: int = 0

    def went_back(self, txn_id: str) -> bool:
        if not (txn_id.isascii() and txn_id.isdigit() and len(txn_id) <= _MAX_DIGITS):
            return False
        before, self._last = self._last, int(txn_id)
        return self._last < before
