"""Message tags: the part of an IRC line between ``@`` and the first space.

Spec: https://ircv3.net/specs/extensions/message-tags
"""

import re
from collections.abc import Mapping

_UNESCAPED = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}
_ESCAPES = str.maketrans({";": "\\:", " ": "\\s", "\\": "\\\\", "\r": "\\r", "\n": "\\n"})
_ESCAPE_SEQUENCE = re.compile(r"\\(.?)", re.DOTALL)
_KEY = re.compile(r"\+?(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9-]+")


def escape_value(value: str) -> str:
    """Write a tag value so that it holds no separator."""
    return value.translate(_ESCAPES)


def unescape_value(escaped: str) -> str:
    """Read a tag value; an unknown escape stands for its character, a backslash at the end for nothing."""
    return _ESCAPE_SEQUENCE.sub(lambda found: _UNESCAPED.get(found[1], found[1]), escaped)


def parse_tags(text: str) -> dict[str, str]:
    """Read ``key=value;key`` without the leading ``@``; of a repeated key the last one counts."""
    tags: dict[str, str] = {}
    for item in text.split(";"):
        key, _, value = item.partition("=")
        if key:
            tags[key] = unescape_value(value)
    return tags


def format_tags(tags: Mapping[str, str]) -> str:
    """Write tags without the leading ``@``. The keys must be valid (see `is_valid_key`)."""
    return ";".join(f"{key}={escape_value(value)}" if value else key for key, value in tags.items())


def is_valid_key(key: str) -> bool:
    """Say whether a key is a plain, vendored or client-only tag name."""
    return _KEY.fullmatch(key) is not None
