"""What was written, before anybody asks what it means: a tree of values that know their place."""

from collections.abc import Iterator

from attrs import frozen

from bridge.config.problems import Source


@frozen
class Scalar:
    """One value.

    Attributes:
        as_text: it comes from where there is only text (the environment), so "30" may be a number.
    """

    value: object
    source: Source
    as_text: bool = False


@frozen
class Row:
    """A list."""

    items: "tuple[Raw, ...]"
    source: Source


@frozen
class Table:
    """A map, in the order it was written."""

    entries: "dict[str, Raw]"
    source: Source


Raw = Scalar | Row | Table


def plain(raw: Raw) -> object:
    """The value alone, as dicts, lists and scalars."""
    if isinstance(raw, Table):
        return {key: plain(value) for key, value in raw.entries.items()}
    if isinstance(raw, Row):
        return [plain(item) for item in raw.items]
    return raw.value


def leaves(raw: Raw, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Raw]]:
    """Every value that is not a map, with its path."""
    if isinstance(raw, Table):
        for key, value in raw.entries.items():
            yield from leaves(value, (*path, key))
    else:
        yield path, raw
