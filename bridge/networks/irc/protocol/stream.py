"""Cuts the incoming stream of bytes into lines, with a bound on what an endless line may cost."""

import re

MAX_LINE_BYTES = 8191 + 8192
"""The most that is kept of one line: the tags a server may send, and more than any known ``LINELEN``."""

_LINE_END = re.compile(rb"[\r\n]")


class LineBuffer:
    """Collects bytes and gives whole lines; of an over-long line the beginning is given, the rest dropped.

    Attributes:
        cut: how many lines were longer than the bound.
        consumed: how many bytes have come as far as the end of the last whole line.
    """

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES, *, consumed: int = 0) -> None:
        self.cut = 0
        self.consumed = consumed
        self._max = max_line_bytes
        self._rest = b""
        self._partial = 0
        self._overlong = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes; give the lines that they complete, without line ends and empty lines."""
        return [line for _, line in self.feed_counted(data)]

    def feed_counted(self, data: bytes) -> list[tuple[int, bytes]]:
        """As `feed`; each line with the number of bytes up to its end, however the bytes were cut."""
        first, *others = _LINE_END.split(data)
        self._keep(first)
        if not others:
            self._partial += len(first)
            return []
        whole = [self._rest, *(self._bounded(line) for line in others[:-1])]
        self._rest, self._overlong = b"", False
        lines = []
        for line, size in zip(whole, (len(first) + self._partial, *map(len, others[:-1])), strict=True):
            self.consumed += size + 1
            if line:
                lines.append((self.consumed, line))
        self._partial = len(others[-1])
        self._keep(others[-1])
        return lines

    def _keep(self, data: bytes) -> None:
        if self._overlong:
            return
        if len(self._rest) + len(data) > self._max:
            self._overlong = True
            self.cut += 1
        self._rest = (self._rest + data)[: self._max]

    def _bounded(self, line: bytes) -> bytes:
        if len(line) > self._max:
            self.cut += 1
        return line[: self._max]
