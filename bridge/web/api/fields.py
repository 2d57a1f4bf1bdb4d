"""Reads what a client sent: JSON objects with known fields of known kinds, and nothing else."""

from collections.abc import Collection, Mapping
from typing import Any, Final

import orjson
from aiohttp import web

from bridge.model.errors import Phrase
from bridge.web.api.refusals import Refusal

MAX_TEXT: Final = 1000
"""Characters of one field."""


async def read_object(request: web.Request) -> Mapping[str, Any]:
    """The body; an empty one stands for no fields."""
    body = await request.read()
    if not body:
        return {}
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise Refusal(400, Phrase.of("http.no_json"))
    return value


def only(fields: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse a field that would otherwise be ignored in silence."""
    for name in fields:
        if name not in known:
            raise Refusal(400, Phrase.of("http.unknown_field", field=name[:60]))


def text(fields: Mapping[str, Any], name: str) -> str:
    value = maybe_text(fields, name)
    if value is None:
        raise wrong(name, f"a text of 1 to {MAX_TEXT} characters")
    return value


def maybe_text(fields: Mapping[str, Any], name: str) -> str | None:
    """None only where the field is not there."""
    if name not in fields:
        return None
    value = fields[name]
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_TEXT or not value.strip():
        raise wrong(name, f"a text of 1 to {MAX_TEXT} characters")
    return value


def number(fields: Mapping[str, Any], name: str, *, least: int, most: int, default: int) -> int:
    value = fields.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise wrong(name, f"a whole number from {least} to {most}")
    return value


def wrong(name: str, wanted: str) -> Refusal:
    return Refusal(400, Phrase.of("http.field", field=name, wanted=wanted))
