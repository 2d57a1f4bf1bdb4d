"""How a room or plug-in declares its options: one frozen class, everything said on the field.

A section is a class under ``@section(name, sentence)``; each of its fields is ``option(sentence, ...)``.
An option without ``default`` or ``factory`` is required. What a field may be:

* ``str``, ``int``, ``float``, ``bool``, ``Path``, ``Secret``, an ``Enum`` (written by its value);
* ``tuple[T, ...]`` and ``Mapping[str, T]`` of these, or of sections;
* another section (nested), and any of them ``| None``.

The unit follows from the end of the name (``_s``, ``_ms``, ``_days``, ``_bytes``) unless given. An option in
seconds may be written as ``5m``, one in bytes as ``50 MiB``.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import (
    Any,
    Final,
    Protocol,
    TypeVar,
    cast,
    dataclass_transform,
    get_type_hints,
    overload,
    runtime_checkable,
)

import attrs
from attrs import frozen

S = TypeVar("S")
T = TypeVar("T")

ValueCheck = Callable[[Any], str | None]
"""Gets the converted value; returns what was wanted ("an address with a port"), or None when it is fine."""

_META: Final = "trunkline option"
_INFO: Final = "__trunkline_section__"
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
_UNITS: Final = {"_s": "seconds", "_ms": "milliseconds", "_days": "days", "_bytes": "bytes"}


class _Required:
    """Marks an option that has no default."""

    def __repr__(self) -> str:
        return "required"


REQUIRED: Final = _Required()


@frozen
class Option:
    """What is declared about one option.

    Attributes:
        kind: the resolved annotation of the field.
        default: a value, or ``REQUIRED``.
        example: shown in the example file where there is no default worth showing.
    """

    name: str
    kind: Any
    sentence: str
    unit: str | None
    default: object
    example: object
    at_least: float | None
    at_most: float | None
    check: ValueCheck | None

    @property
    def required(self) -> bool:
        return self.default is REQUIRED


@frozen
class SectionInfo:
    """Name (the key in the file, or the ``type`` of a plug-in) and sentence of a section."""

    name: str
    sentence: str


@frozen
class Wrong:
    """What a section says about one of its own options in ``mistakes``; ``option`` is the field's name."""

    option: str
    wanted: str


@runtime_checkable
class SelfChecking(Protocol):
    """A section that checks its options against each other, after each was found right alone."""

    def mistakes(self) -> Iterable[Wrong]: ...


@frozen
class _Meta:
    sentence: str
    unit: str | None
    example: object
    at_least: float | None
    at_most: float | None
    check: ValueCheck | None


@overload
def option(
    sentence: str,
    /,
    *,
    default: T,
    unit: str | None = None,
    example: object = None,
    at_least: float | None = None,
    at_most: float | None = None,
    check: ValueCheck | None = None,
) -> T: ...
@overload
def option(
    sentence: str,
    /,
    *,
    factory: Callable[[], T],
    unit: str | None = None,
    example: object = None,
    at_least: float | None = None,
    at_most: float | None = None,
    check: ValueCheck | None = None,
) -> T: ...
@overload
def option(
    sentence: str,
    /,
    *,
    unit: str | None = None,
    example: object = None,
    at_least: float | None = None,
    at_most: float | None = None,
    check: ValueCheck | None = None,
) -> Any: ...
def option(
    sentence: str,
    /,
    *,
    default: Any = REQUIRED,
    factory: Callable[[], Any] | None = None,
    unit: str | None = None,
    example: object = None,
    at_least: float | None = None,
    at_most: float | None = None,
    check: ValueCheck | None = None,
) -> Any:
    """Declare one option.

    Args:
        sentence: what it does, for the person who runs the bridge.
        default: the safe and common choice; without it (and ``factory``) the option is required.
        factory: makes the default, for nested sections and maps.
        unit: what a number counts; see the module's first lines for when it may be left out.
        example: a value for the example file.
        at_least: smallest number, or shortest length of a text or list.
        at_most: largest number, or longest length of a text or list.
        check: a further question to the value.
    """
    meta = {_META: _Meta(sentence, unit, example, at_least, at_most, check)}
    if factory is not None:
        return attrs.field(factory=factory, metadata=meta)
    if default is REQUIRED:
        return attrs.field(metadata=meta)
    return attrs.field(default=default, metadata=meta)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(option,))
def section(name: str, sentence: str) -> Callable[[type[S]], type[S]]:
    """Make a class a section of the configuration: frozen, built by keywords only.

    ``name`` is the section's key in the file, or, for a network or bot, the ``type`` that chooses it.
    A nested section is found under the name of the field that holds it.
    """

    def declare(cls: type[S]) -> type[S]:
        made = attrs.frozen(cls, kw_only=True)
        setattr(made, _INFO, SectionInfo(name, sentence))
        for field in attrs.fields(made):  # type: ignore[arg-type]  # attrs made it one line above
            _refuse_bad_declaration(made, field)
        return made

    return declare


def is_section(kind: object) -> bool:
    return isinstance(kind, type) and hasattr(kind, _INFO)


def section_info(cls: type) -> SectionInfo:
    info = getattr(cls, _INFO)
    assert isinstance(info, SectionInfo)
    return info


@cache
def options_of(cls: type) -> Mapping[str, Option]:
    """The options of a section by name, in the order they were written."""
    hints = get_type_hints(cls)
    return {field.name: _option(field, hints[field.name]) for field in attrs.fields(cls)}


def _option(field: "attrs.Attribute[Any]", kind: Any) -> Option:
    meta: _Meta = field.metadata[_META]
    make = getattr(field.default, "factory", None)
    default: object = REQUIRED if field.default is attrs.NOTHING else field.default
    if make is not None:
        default = REQUIRED if _required_inside(kind) else make()
    unit = meta.unit or next((unit for end, unit in _UNITS.items() if field.name.endswith(end)), None)
    return Option(
        field.name, kind, meta.sentence, unit, default, meta.example, meta.at_least, meta.at_most, meta.check
    )


def _required_inside(kind: object) -> bool:
    """Whether a nested section cannot be made without something the admin must write."""
    return is_section(kind) and any(inner.required for inner in options_of(cast(type, kind)).values())


def _refuse_bad_declaration(cls: type, field: "attrs.Attribute[Any]") -> None:
    where = f"{cls.__qualname__}.{field.name}"
    if _META not in field.metadata:
        raise TypeError(f"{where}: declare it with option(sentence, ...)")
    if not _NAME.match(field.name):
        # A double underscore parts the levels in the name of an environment variable.
        raise TypeError(f"{where}: small letters, digits and single underscores only")
