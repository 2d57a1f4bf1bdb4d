"""What the keeper remembers of one connection: plain state, no I/O.

Bytes are counted from the connection's beginning. Kept are those since the latest snapshot, and what was
written since then, in the order of the writes. From these the bridge that comes next works out what the one
before it knew.

Part of the keeper process: nothing but the standard library.
"""

import re
from collections import deque

STALL_S = 15.0
"""How long an attached bridge may leave a question of the server without any answer."""
SIGN_EVERY_S = 45.0
"""Between two signs of life while nothing is read."""
MAX_ASKS = 32
"""Questions that may wait; of more the older ones are forgotten, as servers ask one at a time."""
_LONGEST_LINE = 16_384


class Write:
    """One write of a bridge that had looked at the bytes up to ``at``."""

    __slots__ = ("at", "body", "lines", "number")

    def __init__(self, number: int, at: int, lines: list[list[object]], body: bytes) -> None:
        self.number = number
        self.at = at
        self.lines = lines
        self.body = body


class Record:
    """One connection's past and present.

    Attributes:
        base: the offset of the first byte that is kept; the snapshot has seen all before it.
        received: how many bytes came in.
        taken: how many bytes need not come again.
        seen: how many bytes a bridge has looked at, as far as is known.
        snapshot: what the bridge wants back; None before the first.
        writes: what was written since the snapshot.
        ended: why the connection ended; None while it is open.
    """

    def __init__(
        self,
        *,
        ask: bytes = b"",
        answer: bytes = b"",
        sign: bytes = b"",
        farewell: bytes = b"",
        bound_bytes: int = 16 << 20,
    ) -> None:
        """Raises ``re.error`` for a pattern that is none."""
        self.base = 0
        self.received = 0
        self.taken = 0
        self.seen = 0
        self.snapshot: bytes | None = None
        self.writes: deque[Write] = deque()
        self.ended: str | None = None
        self.farewell = farewell
        self._kept = bytearray()
        self._writes_bytes = 0
        self._bound = bound_bytes
        self._ask = re.compile(ask) if ask else None
        self._answer = answer
        self._sign = sign
        self._signed_at: float | None = None
        self._scanned = 0
        self._asks: deque[tuple[int, float, bytes]] = deque(maxlen=MAX_ASKS)

    @property
    def has_room(self) -> bool:
        """Whether more may be read from the connection."""
        return len(self._kept) + self._writes_bytes < self._bound

    def hear(self, data: bytes, now: float) -> None:
        """Bytes came in."""
        self._kept += data
        self.received += len(data)
        self._look_for_asks(now)

    def since(self, offset: int, at_most: int) -> bytes:
        """Bytes from an offset on; none where there are none yet."""
        start = max(0, offset - self.base)
        return bytes(self._kept[start : start + at_most])

    def wrote(self, write: Write) -> None:
        """A bridge wrote something."""
        self.writes.append(write)
        self._writes_bytes += len(write.body)
        self._saw(write.at)

    def took(self, offset: int) -> None:
        """What followed from the bytes before is stored."""
        self.taken = min(self.received, max(self.taken, offset))
        self._saw(self.taken)

    def keep(self, snapshot: bytes, offset: int, number: int) -> None:
        """Forget what the snapshot knows. One that is older than the present one is passed over."""
        if not self.base <= offset <= self.received:
            return
        self.snapshot = snapshot
        del self._kept[: offset - self.base]
        self.base = offset
        self._scanned = max(self._scanned, offset)
        self.took(offset)
        while self.writes and self.writes[0].number <= number:
            self._writes_bytes -= len(self.writes.popleft().body)

    def answers(self, now: float, *, attached: bool) -> bytes:
        """What is to be written in the place of a bridge that is not there, or says nothing."""
        patience_s = STALL_S if attached else 0.0
        due = b""
        while self._asks and now - self._asks[0][1] >= patience_s:
            due += self._asks.popleft()[2]
        if self.has_room:
            self._signed_at = None
        elif self._signed_at is None:
            self._signed_at = now
        elif now - self._signed_at >= SIGN_EVERY_S:
            self._signed_at = now
            due += self._sign
        return due

    def _saw(self, offset: int) -> None:
        self.seen = min(self.received, max(self.seen, offset))
        while self._asks and self._asks[0][0] <= self.seen:
            self._asks.popleft()

    def _look_for_asks(self, now: float) -> None:
        if self._ask is None:
            self._scanned = self.received
            return
        while True:
            start = self._scanned - self.base
            end = self._kept.find(b"\n", start)
            if end < 0:
                # An endless line is no question.
                self._scanned = max(self._scanned, self.received - _LONGEST_LINE)
                return
            self._scanned = self.base + end + 1
            match = self._ask.fullmatch(bytes(self._kept[start:end]).rstrip(b"\r"))
            if match is not None:
                self._asks.append((self._scanned, now, match.expand(self._answer)))
