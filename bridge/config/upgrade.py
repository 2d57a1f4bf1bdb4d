"""Rewriting the admin's file, when asked: only what moved is touched, every other byte stays.

The text is cut and joined by the marks of the syntax tree instead of being written anew from values, because
only so comments, order, anchors, quotes and blank lines survive. What cannot be done that way (a value inside
``{...}`` that goes to another section, for instance) is refused with a word. Before anything is written, the
new text is read again and must mean exactly what the old text means with its options moved.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attrs import frozen
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from bridge.config.load import read_text
from bridge.config.moves import Move, Step, bring_up_to_date, steps_of
from bridge.config.problems import ConfigProblem
from bridge.config.raw import Scalar, plain
from bridge.config.schema import Schema
from bridge.config.values import show
from bridge.config.yaml_text import NotYaml, compose, parse_yaml

BACKUP_SUFFIX: Final = ".bak"
_INDENT: Final = 2
_MOST_STEPS: Final = 1000
"""No file has so many networks; a conversion that never comes to rest ends here."""


class CannotUpgrade(Exception):
    """The file has to be changed by hand; the text says what and why."""


@frozen
class Upgraded:
    """The new text, and in words what was done."""

    text: str
    done: tuple[ConfigProblem, ...]


def upgrade_text(text: str, schema: Schema, name: str = "config.yaml") -> Upgraded:
    """Move every old option in a configuration's text.

    Raises:
        NotYaml: the text cannot be read.
        CannotUpgrade: an option stands where it cannot be moved without rewriting its surroundings.
    """
    before, problems = parse_yaml(text, name)
    if problems:
        raise CannotUpgrade("\n".join(str(problem) for problem in problems))
    meant, _ = bring_up_to_date(before, schema.moves)
    done: list[ConfigProblem] = []
    try:
        for move in schema.moves:
            text, told = _apply(text, move, name)
            done += told
        after, problems = parse_yaml(text, name)
    except NotYaml as error:
        raise CannotUpgrade(f"{name}: an alias stands in the way; move the options by hand") from error
    if problems or plain(after) != plain(meant):
        raise CannotUpgrade(f"{name}: the moved options would not mean the same; move them by hand")
    return Upgraded(text, tuple(done))


def upgrade_file(path: Path, schema: Schema) -> Upgraded:
    """Rewrite a file in place if it has old options; the former text stays beside it as ``.bak``.

    The file is exchanged in one step and keeps its mode: a crash leaves the old or the new one. Raises like
    ``upgrade_text``, and ``OSError`` when the folder cannot be written.
    """
    target = path.resolve()
    old = read_text(target)
    upgraded = upgrade_text(old, schema, str(path))
    if upgraded.text != old:
        _write(target.with_name(target.name + BACKUP_SUFFIX), target.read_bytes(), like=target)
        _write(target, upgraded.text.encode(), like=target)
    return upgraded


def _write(path: Path, content: bytes, *, like: Path) -> None:
    """Put a file in its place in one step; at no moment is it open to more people than ``like`` is."""
    handle, name = tempfile.mkstemp(prefix=path.name + ".", dir=path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copystat(like, fresh)
        _keep_owner(like, fresh)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _keep_owner(like: Path, fresh: Path) -> None:
    was, now = like.stat(), fresh.stat()
    if (was.st_uid, was.st_gid) != (now.st_uid, now.st_gid):
        os.chown(fresh, was.st_uid, was.st_gid)


def _apply(text: str, move: Move, name: str) -> tuple[str, list[ConfigProblem]]:
    """One move, as often as it finds something; each cut makes the marks old, so the tree is read anew."""
    told: list[ConfigProblem] = []
    for _ in range(_MOST_STEPS):
        table, _ = parse_yaml(text, name)
        step = next(steps_of(table, move), None)
        if step is None:
            return text, told
        changed = _rewrite(text, step, name)
        if changed == text:
            raise CannotUpgrade(f"{step.notice}: cannot be rewritten here")
        told.append(step.notice)
        text = changed
    raise CannotUpgrade(f"{name}: {move.old} is converted again and again; convert it by hand")


def _rewrite(text: str, step: Step, name: str) -> str:
    root = compose(text, name)
    assert isinstance(root, MappingNode)
    entry = _find(root, step.old)
    if entry is None:
        raise CannotUpgrade(f"{step.notice}: it comes by way of an alias; move it by hand")
    if step.ignored:
        return _cut(text, entry, step)[0]
    if step.old[:-1] != step.new[:-1]:
        return _carry(text, entry, step, name)
    key, value = entry.key, entry.value
    end = text[key.start_mark.index : key.end_mark.index]
    if step.old != step.new:
        end = step.new[-1]
    return text[: key.start_mark.index] + end + _value_part(text, key, value, step)


def _value_part(text: str, key: Node, value: Node, step: Step) -> str:
    """The text from the end of the key on, with the value converted if the move says so."""
    rest = key.end_mark.index
    if step.move.convert is None or not isinstance(step.raw, Scalar):
        return text[rest:]
    if not isinstance(value, ScalarNode) or value.style in {"|", ">"}:
        raise CannotUpgrade(f"{step.notice}: its value is written over several lines; convert it by hand")
    return text[rest : value.start_mark.index] + _scalar(step.value) + text[value.end_mark.index :]


def _carry(text: str, entry: "_Entry", step: Step, name: str) -> str:
    """Take an entry with its comments out of one section and put it at the end of another."""
    renamed = _rewrite_alone(text, entry, step)
    root = compose(renamed, name)
    assert isinstance(root, MappingNode)
    moved = _find(root, (*step.old[:-1], step.new[-1]))
    assert moved is not None
    rest, lines, indent = _cut(renamed, moved, step)
    return _insert(rest, step.new[:-1], [line[indent:] for line in lines], step, name)


def _rewrite_alone(text: str, entry: "_Entry", step: Step) -> str:
    """The entry under its new last name, still in its old section."""
    value = _value_part(text, entry.key, entry.value, step)
    return text[: entry.key.start_mark.index] + step.new[-1] + value


@frozen
class _Entry:
    """A key with its value, and the maps around it, the outermost first."""

    key: Node
    value: Node
    around: tuple[MappingNode, ...]
    keys: tuple[Node, ...]


def _find(root: MappingNode, path: tuple[str, ...]) -> _Entry | None:
    """The entry at a path, if it is written there and not brought in by ``<<``."""
    around: list[MappingNode] = []
    keys: list[Node] = []
    node: Node = root
    for step in path:
        if not isinstance(node, MappingNode):
            return None
        around.append(node)
        pair = next((pair for pair in node.value if pair[0].value == step), None)
        if pair is None:
            return None
        keys.append(pair[0])
        node = pair[1]
    return _Entry(keys[-1], node, tuple(around), tuple(keys))


def _cut(text: str, entry: _Entry, step: Step) -> tuple[str, list[str], int]:
    """Text without an entry, the entry's own lines (with the comments right above it), and its indent."""
    lines = text.splitlines(keepends=True)
    index, around = len(entry.around) - 1, entry.around
    if around[index].flow_style or not _alone(lines, entry.keys[index]):
        raise CannotUpgrade(f"{step.notice}: it stands inside {{...}}; move it by hand")
    indent = entry.key.start_mark.column
    first, last = _extent(lines, entry.key)
    taken = lines[first:last]
    # A map that would be left with nothing goes too, with what stands above it.
    while index > 0 and len(around[index].value) == 1:
        index -= 1
        first, last = _extent(lines, entry.keys[index])
    return "".join(lines[:first] + lines[last:]), taken, indent


def _alone(lines: list[str], key: Node) -> bool:
    """Whether a key is the first thing on its line."""
    return not lines[key.start_mark.line][: key.start_mark.column].strip()


def _extent(lines: list[str], key: Node) -> tuple[int, int]:
    """The lines of an entry: comments of its indent right above, the key, and all that is indented deeper."""
    first, indent = key.start_mark.line, key.start_mark.column
    last = first + 1
    margin = " " * indent
    while first > 0 and lines[first - 1].startswith(margin + "#"):
        first -= 1
    deeper = [
        number
        for number, line in _until_dedent(lines, last, indent)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    return first, max([last, *(number + 1 for number in deeper)])


def _until_dedent(lines: list[str], start: int, indent: int) -> Iterator[tuple[int, str]]:
    """The lines below a key up to the next one that is no deeper; comments and blank lines end nothing."""
    for number in range(start, len(lines)):
        line = lines[number]
        is_text = bool(line.strip()) and not line.lstrip().startswith("#")
        same_list = line[indent:].startswith("- ") and not line[:indent].strip()
        if is_text and len(line) - len(line.lstrip()) <= indent and not same_list:
            return
        yield number, line


def _insert(text: str, section: tuple[str, ...], lines: list[str], step: Step, name: str) -> str:
    """Text with an entry at the end of a section, which is made when it is not there."""
    root = compose(text, name)
    if root is None or not section:
        return _joined(text.splitlines(keepends=True), lines)
    assert isinstance(root, MappingNode)
    found = _find(root, section)
    if found is None:
        outer = [f"{section[-1]}:\n", *(" " * _INDENT + line for line in lines)]
        return _insert(text, section[:-1], outer, step, name)
    if not isinstance(found.value, MappingNode):
        raise CannotUpgrade(f"{step.notice}: {'.'.join(section)} is no section to move it into")
    if found.value.flow_style or found.value.start_mark.line <= found.key.start_mark.line:
        raise CannotUpgrade(f"{step.notice}: {'.'.join(section)} is written on one line; move it by hand")
    whole = text.splitlines(keepends=True)
    _, last = _extent(whole, found.key)
    margin = " " * found.value.value[0][0].start_mark.column
    return _joined(whole[:last], [margin + line if line.strip() else line for line in lines], whole[last:])


def _joined(before: list[str], inserted: list[str], after: list[str] | None = None) -> str:
    """The lines as one text; where one without a line end comes to stand in the middle, it gets one."""
    every = [*before, *inserted, *(after or [])]
    return "".join(line if line.endswith("\n") else line + "\n" for line in every)


def _scalar(value: object) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    return show(value)
