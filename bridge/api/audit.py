"""Where every deed is written down: who did what to what, in lines that nobody can take back unseen."""

from typing import Protocol


class Audit(Protocol):
    """Handed to whoever has things done. Implemented by Trunkline."""

    async def record(self, actor: str, action: str, subject: str = "", **data: str | int) -> None:
        """Write a line; when this returns it is stored.

        Must be called before the deed takes effect. ``action`` is a name with dots from large to small
        (``action.plumb``). No secret and no message of anybody may stand in ``data``; every value is cut
        at 500 characters. Raises ``StoreUnavailable``: then the deed must not be done.
        """
