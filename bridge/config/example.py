"""The example file, an admin's first file and the reference page, made from the declarations alone."""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from textwrap import wrap
from typing import Any, Final, TypeAlias

from bridge.config.declare import REQUIRED, Option, is_section, options_of, section_info
from bridge.config.environment import variable_name
from bridge.config.raw import leaves
from bridge.config.schema import TYPE_KEY, PluginGroup, Schema
from bridge.config.secret import Secret
from bridge.config.values import is_map, item_kind, show, wanted, without_none
from bridge.config.yaml_text import parse_yaml

Chosen: TypeAlias = Mapping[str, Mapping[str, Any]]

_NOTHING: Final[Mapping[str, Any]] = {}
_WIDTH: Final = 100
_PLAIN_KEY: Final = re.compile(r"[a-z][a-z0-9_]*")
_HEADING: Final = """\
# Configuration of Trunkline. Every option stands here; one that is commented out shows its default.
# Any option may come from the environment instead: {variable} sets {option}.
# A secret may come from a file: {secret}_file here, or {secret_variable}_FILE in the environment.
# `trunkline config check` names every mistake; `trunkline config show` tells what is in force.
"""


def render_example(schema: Schema) -> str:
    """The text of ``config.example.yaml``: the same declarations always give the same text."""
    lines = _heading()
    for name, one in schema.top_level.items():
        lines.append("")
        if isinstance(one, PluginGroup):
            lines += [*_comment(one.sentence, 0), f"{name}:"]
            for kind, cls in one.kinds.items():
                lines += _plugin(one, kind, cls)
        else:
            lines += _comment(section_info(cls := one).sentence, 0)
            lines += _section(cls, name, 0)
    return "\n".join(lines) + "\n"


def render_chosen(schema: Schema, chosen: Chosen) -> str:
    """An admin's first file: the example with what was chosen in force and all else commented out.

    Args:
        chosen: by section name, then by option; of a group by plug-in name, whose options hold ``type``
            too. The sentences stand at the first plug-in of a type only.
    """
    lines = _heading()
    for name, one in schema.top_level.items():
        lines.append("")
        values = chosen.get(name, {})
        if isinstance(one, PluginGroup):
            lines += [*_comment(one.sentence, 0), f"{name}:", *_chosen_plugins(one, values)]
        else:
            lines += _comment(section_info(one).sentence, 0)
            lines += _section(one, name, 0, values)
    return "\n".join(lines) + "\n"


def render_reference(schema: Schema) -> str:
    """The reference of all options as a Markdown page."""
    lines = ["# Configuration", ""]
    for name, one in schema.top_level.items():
        if isinstance(one, PluginGroup):
            lines += [f"## {name}", "", one.sentence, ""]
            for kind, cls in one.kinds.items():
                path = f"{name}.NAME"
                lines += [f"### {name}: type {kind}", "", section_info(cls).sentence, ""]
                lines += [*_table(cls, path), ""]
        else:
            lines += [f"## {name}", "", section_info(one).sentence, "", *_table(one, name), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def active_options(example: str) -> frozenset[str]:
    """The options that an example sets, which are those the admin must write; for tests and ``init``."""
    table, _ = parse_yaml(example, "example")
    return frozenset(".".join(path) for path, raw in leaves(table))


def _heading() -> list[str]:
    path, secret = ("homeserver", "url"), ("appservice", "as_token")
    names = {
        "variable": variable_name(path),
        "option": ".".join(path),
        "secret": secret[-1],
        "secret_variable": variable_name(secret),
    }
    return _HEADING.format_map(names).splitlines()


def _plugin(group: PluginGroup, kind: str, cls: type) -> Iterator[str]:
    """A plug-in is commented out whole: an example must not connect anywhere by itself."""
    name = group.example_names.get(kind, kind)
    yield ""
    yield from _comment(section_info(cls).sentence, 2)
    yield f"  # {name}:"
    yield f"  #   {TYPE_KEY}: {kind}"
    for line in _options(cls, 2):
        yield ("  # " + line).rstrip()


def _chosen_plugins(group: PluginGroup, plugins: Mapping[str, Any]) -> Iterator[str]:
    explained: set[str] = set()
    for name, values in plugins.items():
        kind = str(values[TYPE_KEY])
        cls = group.kinds[kind]
        options = {key: value for key, value in values.items() if key != TYPE_KEY}
        yield ""
        yield from _comment(section_info(cls).sentence, 2)
        yield f"  {_key(name)}:"
        yield f"    {TYPE_KEY}: {kind}"
        if kind in explained:
            yield from (f"    {key}: {_yaml(value)}" for key, value in options.items())
        else:
            yield from _options(cls, 4, options)
        explained.add(kind)
    for kind in (one for one in group.kinds if one not in explained):
        yield from _plugin(group, kind, group.kinds[kind])


def _section(cls: type, name: str, indent: int, chosen: Mapping[str, Any] = _NOTHING) -> Iterator[str]:
    yield " " * indent + f"{name}:"
    yield from _options(cls, indent + 2, chosen)


def _options(cls: type, indent: int, chosen: Mapping[str, Any] = _NOTHING) -> Iterator[str]:
    for option in options_of(cls).values():
        yield from _comment(_described(option), indent)
        kind, optional = without_none(option.kind)
        if is_section(kind) and not optional:
            yield from _section(kind, option.name, indent, chosen.get(option.name, _NOTHING))
        elif option.name in chosen:
            yield f"{' ' * indent}{option.name}: {_yaml(chosen[option.name])}"
        else:
            yield from _line(option, indent)


def _line(option: Option, indent: int) -> Iterator[str]:
    """``name: value``, commented out unless it must be written."""
    margin = " " * indent + ("" if option.required else "# ")
    value = option.default
    if option.example is not None and (value is REQUIRED or value is None or value in ((), {})):
        value = option.example
    kind, _ = without_none(option.kind)
    if value is REQUIRED:
        value = "CHANGE ME" if kind in {str, Secret} else None
    yield f"{margin}{option.name}: {_yaml(value)}"


def _described(option: Option) -> str:
    unit = f" In {option.unit}." if option.unit else ""
    return f"{option.sentence}{unit}{' Required.' if option.required else ''}"


def _comment(sentence: str, indent: int) -> list[str]:
    margin = " " * indent + "# "
    return [margin + line for line in wrap(sentence, _WIDTH - len(margin), break_long_words=False)]


def _yaml(value: object) -> str:
    """A value on one line of YAML."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(_yaml(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(str(key))}: {_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (str, Path)):
        escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return show(value)


def _key(name: str) -> str:
    return name if _PLAIN_KEY.fullmatch(name) else _yaml(name)


def _table(cls: type, path: str) -> Iterator[str]:
    yield "| Option | What it does | Takes | Default |"
    yield "|---|---|---|---|"
    yield from _rows(cls, path)


def _rows(cls: type, path: str) -> Iterator[str]:
    for option in options_of(cls).values():
        kind, optional = without_none(option.kind)
        full = f"{path}.{option.name}"
        if is_section(kind) and not optional:
            yield f"| `{full}` | {_cell(option.sentence)} | a section | |"
            yield from _rows(kind, full)
            continue
        default = "required" if option.required else f"`{_yaml(option.default)}`"
        yield f"| `{full}` | {_cell(option.sentence)} | {_cell(wanted(option))} | {_cell(default)} |"
        inner = item_kind(kind) or kind
        if is_section(inner):
            step = ".NAME" if is_map(kind) else "[]" if inner is not kind else ""
            yield from _rows(inner, full + step)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
