"""Reading a configuration: file, then environment over it, then old names, then the sections."""

import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeVar

from attrs import field, frozen

from bridge.config.environment import overlay
from bridge.config.moves import bring_up_to_date
from bridge.config.problems import ConfigInvalid, ConfigProblem, Origin, Source, did_you_mean, in_file
from bridge.config.raw import Raw, Scalar, Table
from bridge.config.reading import FAILED, Effective, Reader
from bridge.config.schema import TYPE_KEY, PluginGroup, Schema
from bridge.config.values import quote
from bridge.config.yaml_text import MAX_BYTES, MAX_NODES, NotYaml, parse_yaml
from bridge.model.errors import Phrase

S = TypeVar("S")

_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?\Z")


@frozen
class PluginSection:
    """A network's or bot's section: the value, or the mistakes that stop this plug-in alone.

    Attributes:
        name: what the admin calls it.
        kind: its ``type``; None when that is missing or of no use.
    """

    name: str
    kind: str | None
    value: object | None
    problems: tuple[ConfigProblem, ...] = ()


@frozen
class Loaded:
    """What came of a configuration.

    Attributes:
        plugins: by group and name, in the order of the file.
        core_problems: mistakes that stop the start.
        notices: nothing wrong, but worth a word.
        effective: every option in force, for ``config show``.
    """

    plugins: Mapping[str, Mapping[str, PluginSection]]
    core_problems: tuple[ConfigProblem, ...]
    notices: tuple[ConfigProblem, ...]
    effective: tuple[Effective, ...]
    _sections: Mapping[type, object] = field(repr=False)

    @property
    def problems(self) -> tuple[ConfigProblem, ...]:
        """All mistakes, the core's first."""
        of_plugins = (
            problem
            for group in self.plugins.values()
            for plugin in group.values()
            for problem in plugin.problems
        )
        return (*self.core_problems, *of_plugins)

    def section(self, cls: type[S]) -> S:
        """A core section; raises ``ConfigInvalid`` with all the core's mistakes if it has one."""
        found = self._sections.get(cls)
        if not isinstance(found, cls):
            raise ConfigInvalid(self.core_problems)
        return found

    def require_core(self) -> None:
        """Raise ``ConfigInvalid`` if a mistake stops the start."""
        if self.core_problems:
            raise ConfigInvalid(self.core_problems)


def load(schema: Schema, path: Path | None, environment: Mapping[str, str]) -> Loaded:
    """Read a configuration; mistakes are in the result and never raised.

    Args:
        path: the YAML file, or None to use the environment and the defaults only. Relative paths in the
            configuration are counted from its folder.
        environment: ``os.environ``, or a part of it.
    """
    try:
        table, file_problems, notices = _written(path, schema, environment)
    except NotYaml as error:
        # What it says is not known: a word on each option that is missing would hide that.
        return Loaded({}, (error.problem,), (), (), {})
    base = path.absolute().parent if path else Path.cwd()
    reader = Reader(base)
    names = {group.name for group in schema.groups}
    of_plugins = tuple(problem for problem in file_problems if _plugin_of(problem.path) in names)
    reader.problems.extend(problem for problem in file_problems if problem not in of_plugins)
    reader.refuse_unknown(table, tuple(schema.top_level), "", what="unknown_section")
    sections: dict[type, object] = {}
    plugins: dict[str, dict[str, PluginSection]] = {}
    for name, one in schema.top_level.items():
        raw = table.entries.get(name)
        if isinstance(one, PluginGroup):
            plugins[name] = _group(one, raw, reader, of_plugins)
        else:
            value = reader.section(one, raw, name)
            if value is not FAILED:
                sections[one] = value
    if path and reader.secrets_in_file and _world_readable(path):
        readable = Phrase.of("config.readable", file=str(path))
        notices = (*notices, ConfigProblem("", in_file(path), readable))
    return Loaded(plugins, tuple(reader.problems), notices, tuple(reader.effective), sections)


def read_text(path: Path) -> str:
    """The text of a configuration file; raises ``NotYaml`` when there is none to be had."""
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        phrase = Phrase.of("config.file", error=error.strerror or str(error))
        raise NotYaml(ConfigProblem("", in_file(path), phrase)) from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        phrase = Phrase.of("config.file", error="it is not UTF-8 text")
        raise NotYaml(ConfigProblem("", in_file(path, line), phrase)) from error
    if len(content) > MAX_BYTES:
        phrase = Phrase.of("config.size", limit=str(MAX_BYTES), nodes=str(MAX_NODES))
        raise NotYaml(ConfigProblem("", in_file(path), phrase))
    return text


def _written(
    path: Path | None, schema: Schema, environment: Mapping[str, str]
) -> tuple[Table, tuple[ConfigProblem, ...], tuple[ConfigProblem, ...]]:
    """What file and environment say, brought up to date; the mistakes of the file; the notices.

    Raises ``NotYaml`` when the file cannot be read at all.
    """
    table, problems = Table({}, Source(Origin.DEFAULT)), tuple[ConfigProblem, ...]()
    if path is not None:
        table, problems = parse_yaml(read_text(path), str(path))
    table, steps = bring_up_to_date(overlay(table, environment), schema.moves)
    return table, problems, tuple(step.notice for step in steps)


def _group(
    group: PluginGroup, raw: Raw | None, core: Reader, problems: tuple[ConfigProblem, ...]
) -> dict[str, PluginSection]:
    """The plug-ins of a group, each with a reader of its own; what is wrong with the group is the core's."""
    if raw is None or (isinstance(raw, Scalar) and raw.value is None):
        return {}
    if not isinstance(raw, Table):
        words = {"value": "this", "wanted": "a map of names to sections", "hint": ""}
        core.say(group.name, raw.source, Phrase.of("config.wrong", **words))
        return {}
    found: dict[str, PluginSection] = {}
    for name, entry in raw.entries.items():
        path = f"{group.name}.{name}"
        reader = Reader(core.base)
        reader.problems.extend(one for one in problems if (one.path + ".").startswith(path + "."))
        kind, value = _plugin(group, name, entry, reader)
        value = None if reader.problems else value
        found[name] = PluginSection(name, kind, value, tuple(reader.problems))
        core.effective.extend(reader.effective)
        core.secrets_in_file |= reader.secrets_in_file
    return found


def _plugin_of(path: str) -> str | None:
    """The group whose plug-in a path leads into; None for a path that ends above."""
    group, _, inside = path.partition(".")
    return group if inside else None


def _plugin(group: PluginGroup, name: str, raw: Raw, reader: Reader) -> tuple[str | None, object | None]:
    path = f"{group.name}.{name}"
    if not _NAME.match(name):
        words = {"value": quote(name), "wanted": "a name of small letters, digits, - and _", "hint": ""}
        reader.say(path, raw.source, Phrase.of("config.wrong", **words))
    if not isinstance(raw, Table):
        value = quote(raw.value) if isinstance(raw, Scalar) else "a list"
        words = {"value": value, "wanted": "a section", "hint": ""}
        reader.say(path, raw.source, Phrase.of("config.wrong", **words))
        return None, None
    kind = _kind(group, raw, path, reader)
    if kind is None:
        return None, None
    entries = {key: value for key, value in raw.entries.items() if key != TYPE_KEY}
    reader.effective.append(Effective(f"{path}.{TYPE_KEY}", kind, raw.entries[TYPE_KEY].source))
    value = reader.section(group.kinds[kind], Table(entries, raw.source), path)
    return kind, value


def _kind(group: PluginGroup, table: Table, path: str, reader: Reader) -> str | None:
    wanted = "one of " + ", ".join(sorted(group.kinds)) if group.kinds else "an installed plug-in"
    raw = table.entries.get(TYPE_KEY)
    if raw is None:
        reader.say(f"{path}.{TYPE_KEY}", table.source, Phrase.of("config.missing", wanted=wanted))
        return None
    value = raw.value if isinstance(raw, Scalar) else None
    if isinstance(value, str) and value in group.kinds:
        return value
    words = {"value": quote(value), "wanted": wanted, "hint": did_you_mean(str(value), group.kinds)}
    reader.say(f"{path}.{TYPE_KEY}", raw.source, Phrase.of("config.wrong", **words))
    return None


def _world_readable(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
