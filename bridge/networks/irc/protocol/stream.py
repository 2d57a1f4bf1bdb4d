"""Cuts the incoming stream of bytes into lines, with a bound on what an endless line may cost."""

import re

MAX_LINE_BYTES = 8191 + 8192
"""The most that is kept of one line: the tags a server may send, and more than any known ``LINELEN``."""

_LINE_END = re.compile(rb"[\r\n]")


class LineBuffer:
    """Collects bytes and gives whole lines; of an over-long line the beginning is given, the rest dropped.

    Attributes:
        cut: how many lines were longer than the bound.
    """

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self.cut = 0
        self._max = max_line_bytes
        self._rest = b""
        self._overlong = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes; give the lines that they complete, without line ends and empty lines."""
        first, *others = _LINE_END.split(data)
        if not others:
            self._keep(first)
            return []
        self._keep(first)
        whole = [self._rest, *(self._bounded(line) for line in others[:-1])]
        self._rest, self._overlong = b"", False
        self._keep(others[-1])
        return [line for line in whole if line]

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
