"""Names that look alike: two of them do when their skeletons are equal.

Much smaller than the table of Unicode Technical Standard 39, and stricter where that costs nothing: accents,
spaces and punctuation do not count at all. A pair too many only shows somebody's Matrix ID once more.
"""

import unicodedata
from functools import lru_cache

# What each Latin letter is mistaken for: before case is folded (capitals look like other letters than
# their small forms do), and after it.
_CAPITALS = {
    "a": "ΑА", "b": "ΒВ", "c": "СϹ", "e": "ΕЕ", "h": "ΗНՀ", "l": "ΙІӀǀⲒ", "j": "ЈͿ", "k": "ΚКK", "m": "ΜМ",
    "n": "ΝՈ", "o": "ΟОՕ", "p": "ΡР", "s": "ЅՏ", "t": "ΤТ", "x": "ΧХ", "y": "ΥҮУ", "z": "Ζ", "u": "Ս",
}  # fmt: skip
_SMALL = {
    "a": "αаɑᴀ", "b": "вьʙβ", "c": "сϲᴄⅽ", "d": "ԁɖđᴅ", "e": "еεєᴇҽ", "f": "ƒꜰ", "g": "ɡցɢԍ", "h": "нһհħʜ",
    "j": "јϳյᴊ", "k": "кκᴋ", "l": "i1|!ıіɩӏłɪʟιǀ∣⏐١۱اӀ", "m": "мᴍ", "n": "ηոпɴη", "o": "0оοσօøᴏ०০٥۵ہ",
    "p": "рρᴘ", "q": "ԛզ", "r": "гʀᴦ", "s": "ѕꜱƽ", "t": "тτŧᴛ", "u": "υսᴜʋμ", "v": "νѵᴠ", "w": "ωѡԝաᴡɯ",
    "x": "хχ×", "y": "уγүʏỿ", "z": "ᴢʐ",
}  # fmt: skip
_FROM_CAPITAL = {ord(other): letter for letter, others in _CAPITALS.items() for other in others}
_FROM_SMALL = {ord(other): letter for letter, others in _SMALL.items() for other in others}
_PAIRS = (("rn", "m"), ("vv", "w"))
_COUNTED = ("L", "N", "S")


@lru_cache(maxsize=65_536)
def skeleton(name: str) -> str:
    """What is left of a name when everything that eyes overlook is gone; may be empty."""
    folded = unicodedata.normalize("NFKC", name).translate(_FROM_CAPITAL).casefold()
    plain = unicodedata.normalize("NFKD", folded).translate(_FROM_SMALL)
    counted = "".join(letter for letter in plain if unicodedata.category(letter)[0] in _COUNTED)
    for pair, letter in _PAIRS:
        counted = counted.replace(pair, letter)
    return counted
