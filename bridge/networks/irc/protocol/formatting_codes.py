"""The formatting codes inside a line of chat: finding them, and knowing which are on.

Spec: https://modern.ircdocs.horse/formatting
"""

import re
from collections.abc import Iterator
from enum import Enum

from attrs import evolve, frozen

from bridge.networks.irc.protocol.palette import nearest

BOLD, COLOUR, HEX_COLOUR, RESET = "\x02", "\x03", "\x04", "\x0f"
MONOSPACE, REVERSE, ITALIC, STRIKE, UNDERLINE = "\x11", "\x16", "\x1d", "\x1e", "\x1f"

_HEX = "[0-9A-Fa-f]{6}"
_CODE = re.compile(
    rf"\x03(?:[0-9]{{1,2}}(?:,[0-9]{{1,2}})?)?|\x04(?:{_HEX}(?:,{_HEX})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)

DEFAULT_COLOUR = "99"
"""The colour number that stands for none."""


class Toggle(Enum):
    """The looks that one code turns on, and off again."""

    BOLD = BOLD
    ITALIC = ITALIC
    UNDERLINE = UNDERLINE
    STRIKE = STRIKE
    MONOSPACE = MONOSPACE
    REVERSE = REVERSE


_TOGGLES = {toggle.value: toggle for toggle in Toggle}


@frozen
class Look:
    """Which codes are on. Colours are two digits, or six after ``#``; None: the reader's own."""

    toggles: frozenset[Toggle] = frozenset()
    foreground: str | None = None
    background: str | None = None

    def after(self, code: str) -> "Look":
        """Give the look behind a code (as `tokens` gives it)."""
        kind = code[:1]
        if kind in _TOGGLES:
            return evolve(self, toggles=self.toggles ^ {_TOGGLES[kind]})
        if kind == RESET:
            return PLAIN
        foreground, _, background = code[1:].partition(",")
        if not foreground:
            return evolve(self, foreground=None, background=None)
        read = _read_colour if kind == COLOUR else _read_hex
        after = evolve(self, foreground=read(foreground))
        return evolve(after, background=read(background)) if background else after

    def opening(self) -> str:
        """Write the codes that lead here from a plain line, safe before any text."""
        toggles = _toggle_codes(self.toggles)
        colours = self._colours()
        # Digits behind a colour would be read as part of it. Bold on and off again shows nothing and ends it.
        return colours + (toggles or BOLD + BOLD) if colours else toggles

    def leading_to(self, other: "Look") -> str:
        """Write the codes that lead from here to another look, as safe before any text."""
        if (self.foreground, self.background) == (other.foreground, other.background):
            return _toggle_codes(self.toggles ^ other.toggles)
        return (RESET if self != PLAIN else "") + other.opening()

    def _colours(self) -> str:
        foreground, background = self.foreground, self.background
        if foreground is None and background is None:
            return ""
        if _is_hex(foreground) and (background is None or _is_hex(background)):
            return HEX_COLOUR + ",".join(colour[1:] for colour in (foreground, background) if colour)
        pair = "" if background is None else f",{_number(background)}"
        return f"{COLOUR}{DEFAULT_COLOUR if foreground is None else _number(foreground)}{pair}"


PLAIN = Look()


def tokens(text: str) -> Iterator[tuple[bool, str]]:
    """Cut text at its codes: pairs of *is a code* and the code or the text between, none of them empty."""
    end = 0
    for found in _CODE.finditer(text):
        if found.start() > end:
            yield False, text[end : found.start()]
        yield True, found[0]
        end = found.end()
    if end < len(text):
        yield False, text[end:]


def strip_codes(text: str) -> str:
    """Take all codes out."""
    return _CODE.sub("", text)


def _toggle_codes(toggles: frozenset[Toggle]) -> str:
    return "".join(toggle.value for toggle in Toggle if toggle in toggles)


def _is_hex(colour: str | None) -> bool:
    return colour is not None and colour.startswith("#")


def _number(colour: str) -> str:
    return f"{nearest(colour):02}" if _is_hex(colour) else colour


def _read_colour(digits: str) -> str | None:
    return None if digits == DEFAULT_COLOUR else digits.zfill(2)


def _read_hex(digits: str) -> str:
    return f"#{digits.lower()}"
