"""Under which name a relay shows a Matrix user: one that nobody else can be shown under.

A display name is anybody's choice. It is cleaned until it fits on one line between ``<`` and ``>``. Where
it could still pass for another person's, the Matrix ID, which cannot be chosen freely, goes with it. The
three forms cannot be mistaken for one another:

* ``Ann``: cleaned, unlike every other name here, and without a Matrix ID in it;
* ``Ann (@ann:example.org)``: ends with the ID, holds no second one;
* ``@ann:example.org``: nothing usable was left of the name.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

import regex

from bridge.policy.lookalikes import skeleton

MAX_NAME_GRAPHEMES = 32
MAX_NAME_BYTES = 96
"""A grapheme can be long; a network's line must have room for the message as well."""
MAX_USER_ID_CHARS = 80
_MAX_MARKS = 2
"""Accents on one letter; a tower of them covers the lines above and below."""
_MAX_INPUT_CHARS = 1000

# mIRC's colours and RGB colours take their digits with them; the code characters alone are controls.
_IRC_COLOURS = re.compile("\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9a-fA-F]{6})?")
_DROPPED = ("C", "M", "Zl", "Zp")
# Letters and marks that show nothing, or as an empty space.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u2800\u3164\uffa0")
# Brackets that pass for < and > without being folded into them.
_ANGLES = frozenset("<>‹›«»⟨⟩〈〉《》〈〉≪≫≺≻⋖⋗❮❯❬❭❰❱⧼⧽ᐸᐳ⪡⪢˂˃ᚲ𝈶𝈷")
# Signs that IRC clients show before an operator's name or an action, and accents without a letter.
_LEADING = regex.compile(r"^[@+%&~!*#=. \p{M}-]+")
_AT = re.compile("[@＠﹫]")
_COLON = re.compile("[:：﹕︓꞉ː˸∶։፡׃܃܄܅⁚]")
_GRAPHEME = regex.compile(r"\X")


def relay_form(display_name: str | None, user_id: str, others: Collection[str]) -> str:
    """The name to show between ``<`` and ``>``.

    ``others`` are the names of everybody else in the conversation: display names of the other Matrix
    members and remote nicks (not the user's own).
    """
    wish = (display_name or "")[:_MAX_INPUT_CHARS]
    name = clean_name(wish)
    own_id = show_user_id(user_id)
    own = skeleton(name)
    if not own or _holds_user_id(wish):
        return own_id
    # Cut before it is remembered: a name can be as long as an event.
    if any(own in _skeletons(other[:_MAX_INPUT_CHARS]) for other in others):
        return f"{name} ({own_id})"
    return name


def clean_name(name: str) -> str:
    """A name on one line, without what is unseen, reorders text or passes for a frame around a name."""
    name = _IRC_COLOURS.sub("", name[:_MAX_INPUT_CHARS])
    name = unicodedata.normalize("NFC", name)
    kept: list[str] = []
    marks = 0
    for letter in name:
        category = unicodedata.category(letter)
        marks = marks + 1 if category[0] == "M" else 0
        if category[0] == "M":
            if kept and kept[-1] != " " and marks <= _MAX_MARKS and category != "Me" and not _unseen(letter):
                kept.append(letter)
        elif letter.isspace():
            kept.append(" ")
        elif not (category.startswith(_DROPPED) or _unseen(letter) or _angle(letter)):
            kept.append(letter)
    # Dropping a character can bring a letter and an accent together that were apart.
    name = unicodedata.normalize("NFC", " ".join("".join(kept).split()))
    return _cut(_LEADING.sub("", name))


def show_user_id(user_id: str) -> str:
    """A Matrix ID in ASCII without spaces, brackets and angles; different IDs are shown differently.

    Other characters become ``%xx``, so does ``%``; a very long ID ends with a digest.
    """
    shown = "".join(letter if _harmless(letter) else _escaped(letter) for letter in user_id)
    if len(shown) <= MAX_USER_ID_CHARS:
        return shown
    # Cut plainly, @ann:example.org and @ann:example.org.… with a long tail would be shown alike.
    digest = hashlib.sha256(user_id.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return shown[: MAX_USER_ID_CHARS - 15] + "..." + digest


@lru_cache(maxsize=65_536)
def _skeletons(name: str) -> tuple[str, str]:
    """As the network shows the name, and as a relay would; at most ``_MAX_INPUT_CHARS`` of it."""
    return skeleton(name), skeleton(clean_name(name))


def _holds_user_id(name: str) -> bool:
    at = _AT.search(name)
    return bool(at and _COLON.search(name, at.end()))


def _cut(name: str) -> str:
    clusters: list[str] = _GRAPHEME.findall(name)
    shown = name
    if len(clusters) > MAX_NAME_GRAPHEMES:
        shown = "".join(clusters[: MAX_NAME_GRAPHEMES - 1]) + "…"
    while len(shown.encode()) > MAX_NAME_BYTES:
        clusters = _GRAPHEME.findall(shown.removesuffix("…"))[:-1]
        shown = "".join(clusters) + "…"
    return shown


def _unseen(letter: str) -> bool:
    return letter in _INVISIBLE or "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"


def _angle(letter: str) -> bool:
    return letter in _ANGLES or any(angle in unicodedata.normalize("NFKD", letter) for angle in "<>")


def _harmless(letter: str) -> bool:
    return "!" <= letter <= "~" and letter not in "<>()%"


def _escaped(letter: str) -> str:
    return "".join(f"%{byte:02x}" for byte in letter.encode("utf-8", "surrogatepass"))
