"""From one written value to a value of the declared kind, and in words what was wanted."""

import math
import re
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin

from bridge.config.declare import Option, is_section
from bridge.config.secret import MASK, Secret

_AMOUNT: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)\Z")
_SECONDS: Final[Mapping[str, float]] = {
    "ms": 0.001,
    "s": 1,
    "m": 60,
    "min": 60,
    "h": 3600,
    "d": 86_400,
    "w": 604_800,
}
_BYTES: Final[Mapping[str, float]] = {
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
}
_SCALES: Final = {"seconds": _SECONDS, "bytes": _BYTES}
_TRUTH: Final = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


class NotWanted(ValueError):
    """The value is of another kind than the declared one."""


def without_none(kind: Any) -> tuple[Any, bool]:
    """The kind apart from ``None``, and whether ``None`` belongs to it."""
    if get_origin(kind) in {UnionType, Union}:
        others = [one for one in get_args(kind) if one is not NoneType]
        if len(others) != 1:
            raise TypeError(f"{kind}: an option is of one kind, or None")
        return others[0], len(others) < len(get_args(kind))
    return kind, False


def item_kind(kind: Any) -> Any | None:
    """Of a list or map: the kind of its values; else None."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin is tuple and len(inside) == 2 and inside[1] is Ellipsis:
        return inside[0]
    if is_map(kind) and inside[0] is str:
        return inside[1]
    return None


def is_map(kind: Any) -> bool:
    origin = get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def holds_secret(kind: Any) -> bool:
    kind, _ = without_none(kind)
    inner = item_kind(kind)
    return kind is Secret or (inner is not None and holds_secret(inner))


def convert(kind: Any, value: object, *, unit: str | None, as_text: bool, base: Path) -> object:
    """The value as ``kind``, one of the single kinds; raises ``NotWanted``.

    Args:
        as_text: the value comes from the environment and is always text.
        base: the folder relative paths are counted from.
    """
    if kind is bool:
        return _boolean(value, as_text=as_text)
    if kind in {int, float}:
        return _number(kind, value, unit=unit, as_text=as_text)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _member(kind, value)
    if not isinstance(value, str):
        raise NotWanted
    if kind is str:
        return value
    if kind is Secret and value:
        return Secret(value)
    if kind is Path and value and "\0" not in value:
        return base / Path(value).expanduser()
    if kind in {Secret, Path}:
        raise NotWanted
    raise TypeError(f"{kind}: no kind of option")


def wanted(option: Option) -> str:
    """In words what an option takes: ``a number of seconds, at least 1``."""
    kind, optional = without_none(option.kind)
    words = _wanted(kind, option.unit)
    size = "" if kind in {int, float} else " long" if kind in {str, Secret} else " of them"
    if option.at_least is not None:
        words += f", at least {_short(option.at_least)}{size}"
    if option.at_most is not None:
        words += f", at most {_short(option.at_most)}{size}"
    return f"{words}, or nothing" if optional else words


def in_bounds(option: Option, value: object) -> bool:
    """Whether a number is between the bounds, or a text, list or map as long as they say."""
    if isinstance(value, Secret):
        value = value.reveal()
    if isinstance(value, (int, float)):
        size: float = value
    elif isinstance(value, (str, tuple, Mapping)):
        size = len(value)
    else:
        return True
    low, high = option.at_least, option.at_most
    return (low is None or size >= low) and (high is None or size <= high)


def choices(kind: Any) -> tuple[str, ...]:
    """The words an enumeration takes; none for other kinds."""
    kind, _ = without_none(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return tuple(str(member.value) for member in kind)
    return ()


def show(value: object) -> str:
    """A value for people, on one line; secrets masked."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(show(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {show(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (int, float)):
        return _short(value)
    return MASK if isinstance(value, Secret) else str(value)


def quote(value: object) -> str:
    """A written value as it is shown in a mistake: texts in quotes, long ones cut."""
    words = f'"{value}"' if isinstance(value, str) else "nothing" if value is None else show(value)
    words = "".join(sign if sign.isprintable() else "?" for sign in words)
    return words if len(words) <= 80 else words[:77] + "..."


def _boolean(value: object, *, as_text: bool) -> bool:
    if as_text and isinstance(value, str) and value.lower() in _TRUTH:
        return _TRUTH[value.lower()]
    if isinstance(value, bool):
        return value
    raise NotWanted


def _number(kind: type[int] | type[float], value: object, *, unit: str | None, as_text: bool) -> int | float:
    if isinstance(value, str):
        value = (
            _amount(value, unit) if as_text is False or _AMOUNT.match(value.strip()) else _plain_number(value)
        )
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise NotWanted
    if isinstance(value, float) and not math.isfinite(value):
        raise NotWanted
    if kind is int and value != int(value):
        raise NotWanted
    try:
        return kind(value)
    except OverflowError:
        raise NotWanted from None


def _plain_number(text: str) -> float | int:
    try:
        return int(text) if re.fullmatch(r"\s*[-+]?[0-9]+\s*", text) else float(text)
    except ValueError:
        raise NotWanted from None


def _amount(text: str, unit: str | None) -> float | int:
    """A length of time or a size with its unit written behind."""
    found = _AMOUNT.match(text.strip())
    scale = _SCALES.get(unit or "", {})
    factor = scale.get(found.group(2).lower()) if found else None
    if found is None or factor is None:
        raise NotWanted
    try:
        return _plain_number(found.group(1)) * factor
    except OverflowError:
        raise NotWanted from None


def _member(kind: type[Enum], value: object) -> Enum:
    for member in kind:
        if member.value == value or str(member.value) == value:
            return member
    raise NotWanted


def _wanted(kind: Any, unit: str | None) -> str:
    inner = item_kind(kind)
    if inner is not None:
        names = "a map of names to" if is_map(kind) else "a list, each"
        return f"{names} {_wanted(inner, unit)}"
    if kind in {int, float}:
        return _wanted_number(kind, unit)
    if is_section(kind):
        return "a section"
    if options := choices(kind):
        return "one of " + ", ".join(options)
    return {bool: "true or false", str: "text", Path: "a path", Secret: "a secret text"}[kind]


def _wanted_number(kind: Any, unit: str | None) -> str:
    words = "a whole number" if kind is int else "a number"
    written = {"seconds": " (5m is 300)", "bytes": " (such as 10 MiB)"}.get(unit or "", "")
    return f"{words} of {unit}{written}" if unit else words


def _short(number: float) -> str:
    return str(int(number)) if abs(number) < 1e15 and number == int(number) else str(number)
