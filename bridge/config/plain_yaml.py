"""YAML files that are not our configuration: read to plain values, written from them."""

from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from bridge.config.yaml_text import MAX_BYTES


class NotReadable(Exception):
    """The text is not a YAML map; the message says why."""


def read_yaml(text: str) -> dict[str, Any]:
    """The map that a YAML 1.2 text holds; raises ``NotReadable``."""
    if len(text) > MAX_BYTES:
        raise NotReadable("the file is too large")
    try:
        value = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, RecursionError, ValueError) as error:
        raise NotReadable(" ".join(str(error).split())) from error
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise NotReadable("the file is not a map of names to values")
    return value


def dump_yaml(values: Mapping[str, Any]) -> str:
    """A YAML text with the keys in the order given.

    Every text is quoted: YAML 1.1 readers, which many programs still use, take ``no`` and ``1e5`` for
    something else.
    """
    yaml = YAML()
    yaml.width = 4096
    out = StringIO()
    yaml.dump(_quoted(dict(values)), out)
    return out.getvalue()


def _quoted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _quoted(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_quoted(inner) for inner in value]
    return DoubleQuotedScalarString(value) if isinstance(value, str) else value
