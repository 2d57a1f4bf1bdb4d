"""Keeps out of the log what nobody may read there: credentials, and what people say.

Three nets, one behind the other: values under a telling key are masked at any depth, whatever they are;
values with fields of their own are taken apart, so that the same rule holds inside them; and every
remaining text is searched for the shapes in which credentials travel (query strings, ``Authorization``
headers, names before an ``@``).
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from bridge.config import Secret

MASK: Final = "***"
MAX_DEPTH: Final = 6
MAX_ITEMS: Final = 50
MAX_TEXT: Final = 4000
"""Bounds of one value in one line: what is longer is cut, as a log is read by people."""
MAX_TRACEBACK: Final = 40_000

SPOKEN: Final = frozenset(
    {"body", "formatted_body", "text", "html", "content", "line", "raw", "message", "topic"}
)
"""Keys of what people say and of wire lines."""
_SECRET_KEY: Final = re.compile(
    r"token|passw|secret|authorization|cookie|credential|passphrase|pickle|private_?key|recovery_?key|^pass$|^key$",
    re.IGNORECASE,
)
_QUERY: Final = re.compile(
    r"((?:\b|_)(?:token|password|passwd|secret|signature|sig|code|key)\s*[=:]\s*)[^\s&;,\"'}]+", re.IGNORECASE
)
_HEADER: Final = re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]+", re.IGNORECASE)
_USERINFO: Final = re.compile(r"(://)[^\s/@]+@")


class Redaction:
    """A processor for structlog; ``spoken`` is the second wish without which no message text is written."""

    def __init__(self, *, spoken: bool = False) -> None:
        self._spoken = spoken

    def __call__(self, logger: Any, method: str, event: Mapping[str, Any]) -> dict[str, Any]:
        spoken = self._spoken and method == "trace"
        result = {key: _clean(key, value, spoken, MAX_DEPTH) for key, value in event.items()}
        if isinstance(event.get("exception"), str):
            result["exception"] = scrub(event["exception"][-MAX_TRACEBACK:])
        return result


def scrub(text: str) -> str:
    """A text without the credentials that can be told by their shape."""
    text = _QUERY.sub(rf"\g<1>{MASK}", text)
    text = _HEADER.sub(rf"\g<1> {MASK}", text)
    return _USERINFO.sub(rf"\g<1>{MASK}@", text)


def _clean(key: str, value: object, spoken: bool, depth: int) -> object:
    if value is None or isinstance(value, (bool, int, float)):
        return MASK if isinstance(value, int) and not isinstance(value, bool) and _telling(key) else value
    if _telling(key) or isinstance(value, Secret) or (key.lower() in SPOKEN and not spoken):
        return MASK
    if depth == 0:
        return "..."
    kind: type = type(value)
    if attrs.has(kind):
        value = {field.name: getattr(value, field.name) for field in attrs.fields(kind)}
    if isinstance(value, Mapping):
        some = list(value.items())[:MAX_ITEMS]
        return {str(name): _clean(str(name), one, spoken, depth - 1) for name, one in some}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean("", one, spoken, depth - 1) for one in list(value)[:MAX_ITEMS]]
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return _one_line(scrub(text[:MAX_TEXT]))


def _telling(key: str) -> bool:
    return _SECRET_KEY.search(key) is not None


def _one_line(text: str) -> str:
    """Control characters written out, so that no remote text can forge a line or move the cursor."""
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape", "replace").decode() for sign in text
    )
