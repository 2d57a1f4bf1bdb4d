"""Options of earlier versions: where they went, and how a tree of values is brought up to date."""

from collections.abc import Callable, Iterator, Sequence

from attrs import frozen

from bridge.config.problems import ConfigProblem
from bridge.config.raw import Raw, Scalar, Table
from bridge.model.errors import Phrase

Path = tuple[str, ...]


@frozen
class Move:
    """An option that is found elsewhere, or is written differently, since a version.

    Attributes:
        old: its former full name. ``*`` stands for any name, as in ``networks.*.nickname``.
        new: its name now, with the same number of ``*``; the same as ``old`` for a mere conversion.
        since: the first version with the new name.
        convert: makes the new value of the old one (a YAML scalar). A mere conversion returns a value that is
            already new as it is, so that it may be done twice.
    """

    old: str
    new: str
    since: str
    convert: Callable[[object], object] | None = None

    def __attrs_post_init__(self) -> None:
        if self.old.count("*") != self.new.count("*"):
            raise TypeError(f"{self.old} and {self.new} need the same number of *")
        if self.old == self.new and self.convert is None:
            raise TypeError(f"{self.old} goes nowhere")


@frozen
class Step:
    """One application of a move: both paths without ``*``, the value there, and what to tell."""

    move: Move
    old: Path
    new: Path
    raw: Raw
    ignored: bool

    @property
    def value(self) -> object:
        """The new value; only for scalars."""
        assert isinstance(self.raw, Scalar)
        return self.move.convert(self.raw.value) if self.move.convert else self.raw.value

    @property
    def notice(self) -> ConfigProblem:
        old, new = ".".join(self.old), ".".join(self.new)
        key = "config.moved_ignored" if self.ignored else "config.moved"
        if self.old == self.new:
            key = "config.converted"
        return ConfigProblem(old, self.raw.source, Phrase.of(key, old=old, new=new, since=self.move.since))


def steps_of(table: Table, move: Move) -> Iterator[Step]:
    """What a move finds to do in a tree."""
    for names, raw in _matches(table, tuple(move.old.split("."))):
        left = iter(names)
        new = tuple(next(left) if step == "*" else step for step in move.new.split("."))
        left = iter(names)
        old = tuple(next(left) if step == "*" else step for step in move.old.split("."))
        step = Step(move, old, new, raw, ignored=old != new and _at(table, new) is not None)
        if old != new or (isinstance(raw, Scalar) and step.value != raw.value):
            yield step


def bring_up_to_date(table: Table, moves: Sequence[Move]) -> tuple[Table, tuple[Step, ...]]:
    """The tree with every option where it belongs now, and the steps that were taken."""
    taken: list[Step] = []
    for move in moves:
        for step in tuple(steps_of(table, move)):
            table = _without(table, step.old)
            if not step.ignored:
                table = _with(table, step.new, _converted(step))
            taken.append(step)
    return table, tuple(taken)


def _converted(step: Step) -> Raw:
    if step.move.convert is None or not isinstance(step.raw, Scalar):
        return step.raw
    value = step.value
    return Scalar(value, step.raw.source, as_text=step.raw.as_text and isinstance(value, str))


def _matches(raw: Raw, pattern: Path, names: Path = ()) -> Iterator[tuple[Path, Raw]]:
    if not pattern:
        yield names, raw
    elif isinstance(raw, Table):
        for key, below in raw.entries.items():
            if pattern[0] == "*":
                yield from _matches(below, pattern[1:], (*names, key))
            elif pattern[0] == key:
                yield from _matches(below, pattern[1:], names)


def _at(raw: Raw | None, path: Path) -> Raw | None:
    for step in path:
        raw = raw.entries.get(step) if isinstance(raw, Table) else None
    return raw


def _without(table: Table, path: Path) -> Table:
    """The tree without one value; a map that is empty after it goes too."""
    key, *rest = path
    below = table.entries[key]
    if rest and isinstance(below, Table):
        below = _without(below, tuple(rest))
        if below.entries:
            return Table(table.entries | {key: below}, table.source)
    return Table({name: value for name, value in table.entries.items() if name != key}, table.source)


def _with(table: Table, path: Path, value: Raw) -> Table:
    key, *rest = path
    if rest:
        below = table.entries.get(key)
        inner = below if isinstance(below, Table) else Table({}, value.source)
        value = _with(inner, tuple(rest), value)
    return Table(table.entries | {key: value}, table.source)
