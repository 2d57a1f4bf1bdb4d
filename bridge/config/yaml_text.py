"""YAML 1.2 text to a tree of values with their lines; every key written twice is found."""

from typing import Final

from attrs import define, field
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from bridge.config.problems import ConfigProblem, Origin, Source
from bridge.config.raw import Raw, Row, Scalar, Table
from bridge.model.errors import Phrase

MAX_BYTES: Final = 1024 * 1024
"""A configuration is a few kilobytes; more is another file by mistake."""
MAX_NODES: Final = 50_000
"""Aliases may repeat values; this keeps a file of aliases of aliases from filling the memory."""
_MERGE: Final = "tag:yaml.org,2002:merge"


class NotYaml(Exception):
    """The text has no values to offer; ``problem`` says why and where."""

    def __init__(self, problem: ConfigProblem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def compose(text: str, name: str) -> Node | None:
    """The syntax tree, or None for a text without values; raises ``NotYaml``."""
    try:
        node: Node | None = _yaml().compose(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise NotYaml(_problem(name, line, "config.syntax", error=str(error.problem))) from error
    except YAMLError as error:
        reason = " ".join(str(error).split())
        raise NotYaml(_problem(name, None, "config.syntax", error=reason)) from error
    except RecursionError as error:
        raise NotYaml(_problem(name, None, "config.syntax", error="nested too deeply")) from error
    return node


def parse_yaml(text: str, name: str) -> tuple[Table, tuple[ConfigProblem, ...]]:
    """The values of a file whose outermost value is a map, and the keys that are written twice.

    Raises:
        NotYaml: the text is not YAML, not a map, or too large.
    """
    node = compose(text, name)
    if node is None:
        return Table({}, Source(Origin.FILE, name)), ()
    if not isinstance(node, MappingNode):
        wanted = "a list of sections, such as `homeserver:`"
        raise NotYaml(_problem(name, _line(node), "config.wrong", value="this", wanted=wanted, hint=""))
    reading = _Reading(name)
    try:
        table = reading.table(node, _line(node), ())
    except RecursionError as error:
        # An alias may stand inside of what it names.
        raise NotYaml(_problem(name, None, "config.syntax", error="nested too deeply")) from error
    return table, tuple(reading.problems)


def parse_flow(text: str, source: Source) -> Raw | None:
    """A list or map on one line, as it may stand in an environment variable; None if it is not one."""
    try:
        node = compose(text, source.name)
        if node is None or isinstance(node, ScalarNode):
            return None
        reading = _Reading(source.name, fixed=source)
        raw = reading.raw(node, 1, ())
    except (NotYaml, RecursionError):
        return None
    return None if reading.problems else raw


def _yaml() -> YAML:
    return YAML(typ="safe", pure=True)


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _problem(name: str, line: int | None, key: str, **values: str) -> ConfigProblem:
    return ConfigProblem("", Source(Origin.FILE, name, line), Phrase.of(key, **values))


@define
class _Reading:
    """One walk over the syntax tree."""

    name: str
    fixed: Source | None = None
    problems: list[ConfigProblem] = field(factory=list)
    nodes: int = 0

    def raw(self, node: Node, line: int, path: tuple[str, ...]) -> Raw:
        self._count()
        if isinstance(node, MappingNode):
            return self.table(node, line, path)
        if isinstance(node, ScalarNode):
            return Scalar(self._scalar(node, path), self._source(line))
        items = tuple(
            self.raw(item, _line(item), (*path, str(index))) for index, item in enumerate(node.value, start=1)
        )
        return Row(items, self._source(line))

    def table(self, node: MappingNode, line: int, path: tuple[str, ...]) -> Table:
        own: dict[str, Raw] = {}
        merged: dict[str, Raw] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                for name, value in self._merged(value_node, path).items():
                    merged.setdefault(name, value)
                continue
            key = str(key_node.value)
            here = _line(key_node)
            if key in own:
                first = str(own[key].source.line)
                self._say((*path, key), here, Phrase.of("config.duplicate", first=first))
            else:
                own[key] = self.raw(value_node, here, (*path, key))
        return Table(
            own | {key: value for key, value in merged.items() if key not in own}, self._source(line)
        )

    def _merged(self, node: Node, path: tuple[str, ...]) -> dict[str, Raw]:
        """What ``<<`` brings in: the keys of one map, or of several, the earlier ones first."""
        maps = [node] if isinstance(node, MappingNode) else node.value
        found: dict[str, Raw] = {}
        for one in maps:
            if not isinstance(one, MappingNode):
                wanted = "an alias of a map"
                phrase = Phrase.of("config.wrong", value="<<", wanted=wanted, hint="")
                self._say(path, _line(node), phrase)
                break
            self._count()
            found = self.table(one, _line(one), path).entries | found
        return found

    def _scalar(self, node: ScalarNode, path: tuple[str, ...]) -> object:
        try:
            value: object = _yaml().constructor.construct_object(node)
        except (YAMLError, ValueError) as error:
            reason = getattr(error, "problem", None) or str(error)
            self._say(path, _line(node), Phrase.of("config.syntax", error=reason))
            return None
        return value if value is None or isinstance(value, (str, int, float, bool)) else str(node.value)

    def _count(self) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            limits = {"limit": str(MAX_BYTES), "nodes": str(MAX_NODES)}
            raise NotYaml(_problem(self.name, None, "config.size", **limits))

    def _source(self, line: int) -> Source:
        return self.fixed or Source(Origin.FILE, self.name, line)

    def _say(self, path: tuple[str, ...], line: int, phrase: Phrase) -> None:
        self.problems.append(ConfigProblem(".".join(path), self._source(line), phrase))
