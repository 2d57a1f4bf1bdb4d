"""Cuts text into pieces that fit a line, wherever a reader would mind it least.

At a line end if there is one, else at a space, else between characters as a reader counts them (grapheme
clusters), else, inside a cluster longer than a whole piece, between code points. Formatting codes are never
cut, and what is on at a cut is turned on again at the beginning of the next piece, since every line of IRC
begins plain.
"""

import regex
from attrs import define, field, frozen

from bridge.networks.irc.protocol.formatting_codes import PLAIN, Look, strip_codes, tokens

MIN_LIMIT_BYTES = 4
"""The longest code point: below this not every text can be cut."""
CUT_MARK = "…"
_MIN_STYLED_BYTES = 64
"""Below this, codes are not turned on again: they could take all the room."""

_LINE_END = regex.compile(r"\r\n|[\r\n]")
_CLUSTER = regex.compile(r"\X")


@frozen
class Piece:
    """A piece of text, and what was taken away behind it: a line end, a space, or nothing."""

    text: str
    joint: str = ""


def split_text(text: str, limit: int) -> list[str]:
    """Cut text with or without codes into pieces of at most ``limit`` UTF-8 bytes.

    Pieces without anything to see are left out, so the answer may be empty. Raises ``ValueError`` for a limit
    below `MIN_LIMIT_BYTES`.
    """
    return [piece.text for piece in plan_pieces(text, limit) if strip_codes(piece.text).strip()]


def plan_pieces(text: str, limit: int) -> list[Piece]:
    """Cut as `split_text` does, empty pieces included.

    The texts and joints together are the whole text, plus the codes turned on again.
    """
    if limit < MIN_LIMIT_BYTES:
        raise ValueError(f"pieces of {limit} bytes cannot hold every character")
    pieces: list[Piece] = []
    look, start = PLAIN, 0
    for found in _LINE_END.finditer(text):
        cutter = _Cutter(limit, look)
        pieces += cutter.cut(text[start : found.start()], found[0])
        look, start = cutter.look, found.end()
    return pieces + _Cutter(limit, look).cut(text[start:], "")


def cut_text(text: str, limit: int) -> str:
    """Keep the beginning of a text, at most ``limit`` UTF-8 bytes, with a mark where the rest is missing."""
    if _size(text) <= limit:
        return text
    kept, room = "", limit - _size(CUT_MARK)
    for cluster in _CLUSTER.findall(text):
        room -= _size(cluster)
        if room < 0:
            break
        kept += cluster
    return kept.rstrip() + CUT_MARK


@define
class _Cutter:
    """Cuts one line. ``look`` is what is on where the cutter stands.

    ``_kept`` is the piece in the making; ``_fresh`` says that it is nothing but what was turned on again.
    ``_space`` is where its last space stands, with the look there; ``_tail`` are the atoms behind that space.
    """

    limit: int
    look: Look
    _done: list[Piece] = field(factory=list)
    _kept: str = ""
    _size: int = 0
    _fresh: bool = True
    _space: tuple[int, Look] | None = None
    _tail: list[tuple[bool, str]] = field(factory=list)

    def cut(self, text: str, joint: str) -> list[Piece]:
        self._open()
        for is_code, run in tokens(text):
            for atom in (run,) if is_code else _CLUSTER.findall(run):
                self._add(is_code, atom)
        self._done.append(Piece(self._kept, joint))
        return self._done

    def _add(self, is_code: bool, atom: str) -> None:
        size = _size(atom)
        if self._size + size <= self.limit:
            self._keep(is_code, atom, size)
        elif atom == " ":
            self._close(" ")
        elif self._fresh and not is_code:
            for char in atom:
                self._add_char(char)
        elif self._fresh:
            # A code that finds no room even here: only with a limit too small for codes.
            self.look = self.look.after(atom)
        else:
            self._make_room()
            self._add(is_code, atom)

    def _keep(self, is_code: bool, atom: str, size: int) -> None:
        if is_code:
            self.look = self.look.after(atom)
        if atom == " ":
            self._space, self._tail = (len(self._kept), self.look), []
        else:
            self._tail.append((is_code, atom))
        self._kept += atom
        self._size += size
        self._fresh = False

    def _add_char(self, char: str) -> None:
        """Add one code point of a cluster that is too long for any piece."""
        size = _size(char)
        if self._size + size > self.limit:
            self._close("")
        self._keep(False, char, size)

    def _make_room(self) -> None:
        """End the piece at its last space, taking what stands behind it along, else here."""
        if self._space is None:
            self._close("")
            return
        (at, look), tail = self._space, self._tail
        self._kept, self.look = self._kept[:at], look
        self._close(" ")
        for is_code, atom in tail:
            self._add(is_code, atom)

    def _close(self, joint: str) -> None:
        self._done.append(Piece(self._kept, joint))
        self._open()

    def _open(self) -> None:
        self._kept = self.look.opening() if self.limit >= _MIN_STYLED_BYTES else ""
        self._size = _size(self._kept)
        self._fresh, self._space, self._tail = True, None, []


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
