"""JSON as strangers write it: what a strict reader refuses is read as far as it makes sense.

orjson reads nearly everything that arrives. It refuses lone surrogates (a client that cuts an emoji in
half), numbers beyond a double and nesting below 1024 levels. One such event must not spoil the transaction
that carries it, so the members of its list can be cut apart without being read.
"""

import json
import re
from typing import Any, Final, NoReturn

import orjson

# A string, a bracket or a comma: all that matters for finding where a value ends.
_TOKENS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},:]', re.DOTALL)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class NotJson(Exception):
    """The text is not JSON, or nested too deeply to be read."""


def read_json(text: bytes) -> Any:
    """The value of a JSON text; lone surrogates become U+FFFD. Raises ``NotJson``."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        decoded = text.decode(errors="replace")
        value = json.loads(decoded, parse_constant=_no_constant)
        return orjson.loads(_SURROGATE.sub("\ufffd", json.dumps(value, ensure_ascii=False)))
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)[:200]) from error


def members(text: bytes, name: bytes) -> list[bytes] | None:
    """The texts of the members of the list ``name`` of a JSON object, found without reading them.

    The whole is checked for balanced brackets only. None when the text is not such an object; an empty
    list when it has no list of that name.
    """
    stripped = text.strip()
    if not (stripped.startswith(b"{") and stripped.endswith(b"}")):
        return None
    wanted = b'"' + name + b'"'
    found: list[bytes] = []
    depth = 0
    key = previous = b""
    start = -1
    inside = False
    for token in _TOKENS.finditer(stripped):
        sign = token.group()
        if sign in (b"[", b"{"):
            depth += 1
            if depth == 2 and sign == b"[" and key == wanted:
                inside, start = True, token.end()
        elif sign in (b"]", b"}"):
            depth -= 1
            if inside and depth == 1:
                found.append(stripped[start : token.start()])
                inside = False
        elif sign == b"," and inside and depth == 2:
            found.append(stripped[start : token.start()])
            start = token.end()
        elif sign == b":" and depth == 1:
            key = previous
        previous = sign
    if depth:
        return None
    return [member for one in found if (member := one.strip())]


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
