"""Looking into JSON of strangers: what has another shape than it should counts as not there."""

from datetime import UTC, datetime
from typing import Any, Final

from bridge.matrix.ports import Json

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_LATEST_MS: Final = 253_402_300_799_000
"""The end of the year 9999."""


def text_of(content: Json, key: str) -> str | None:
    """The text under a key, without NUL (which PostgreSQL's text cannot hold)."""
    value = content.get(key)
    return value.replace("\0", "") if isinstance(value, str) else None


def name_of(content: Json, key: str) -> str | None:
    """A text that names something: not empty, at most 255 characters, no control characters."""
    value = content.get(key)
    fine = isinstance(value, str) and 0 < len(value) <= 255 and value.isprintable()
    return value if fine else None


def object_of(content: Json, key: str) -> Json:
    """The object under a key, or an empty one."""
    value = content.get(key)
    return value if isinstance(value, dict) else {}


def texts_of(content: Json, key: str) -> list[str]:
    """The texts in the list under a key."""
    value = content.get(key)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def flag_of(content: Json, key: str) -> bool:
    return content.get(key) is True


def count_of(content: Json, key: str) -> int | None:
    """A number that is not negative."""
    value = content.get(key)
    fine = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if fine else None


def time_of(content: Json, key: str) -> datetime:
    """A time given in milliseconds; 1970 for one that is none."""
    value: Any = content.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST_MS:
        return _EPOCH
    return datetime.fromtimestamp(value / 1000, UTC)
