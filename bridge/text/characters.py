"""Characters that must not travel inside a text: controls, half characters, direction overrides."""

import re

# C0 and C1 controls except tab, line end and carriage return; the byte order mark; direction embeddings
# and overrides (U+202A to U+202E), which can make a line read as something it is not. The isolates
# U+2066 to U+2069 stay: right-to-left text needs them and a paragraph's end closes them.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\ufeff\ufffe\uffff]")
_HALVES = re.compile("[\ud800-\udfff]")


def wash(text: str) -> str:
    """Drop unwanted characters, mend half surrogates and make every line end a ``\\n``."""
    text = _HALVES.sub("\ufffd", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNWANTED.sub("", text)


def wash_line(text: str) -> str:
    """As ``wash``, on one line: each run of white space becomes one space, none at the ends."""
    return " ".join(wash(text).replace("\u2028", " ").replace("\u2029", " ").split())
