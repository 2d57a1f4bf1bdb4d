"""Options from environment variables: ``TRUNKLINE_HOMESERVER__URL`` is ``homeserver.url``.

Two underscores part the levels. A variable without them (``TRUNKLINE_CONFIG``) is no option. Names of
networks and other keys that are free to choose are found without regard to case, and ``_`` stands for any
other sign.
"""

import re
from collections.abc import Mapping
from typing import Final

from bridge.config.problems import Origin, Source
from bridge.config.raw import Raw, Scalar, Table

PREFIX: Final = "TRUNKLINE_"
_OTHER: Final = re.compile(r"[^A-Z0-9]")


def variable_name(path: tuple[str, ...]) -> str:
    """The variable that sets the option at a path."""
    return PREFIX + "__".join(_shout(step) for step in path)


def overlay(table: Table, environment: Mapping[str, str]) -> Table:
    """The values of the file with those of the environment laid over them."""
    result = table
    for name in sorted(environment):
        steps = name.removeprefix(PREFIX).split("__")
        if name.startswith(PREFIX) and len(steps) > 1 and all(steps):
            source = Source(Origin.ENVIRONMENT, name)
            result = _put(result, steps, Scalar(environment[name], source, as_text=True))
    return result


def _put(table: Table, steps: list[str], value: Scalar) -> Table:
    key = next((key for key in table.entries if _shout(key) == _shout(steps[0])), steps[0].lower())
    if len(steps) == 1:
        return Table(table.entries | {key: value}, table.source)
    below = table.entries.get(key)
    if below is None or (isinstance(below, Scalar) and below.value is None):
        below = Table({}, value.source)
    inner: Raw = _put(below, steps[1:], value) if isinstance(below, Table) else below
    return Table(table.entries | {key: inner}, table.source)


def _shout(step: str) -> str:
    return _OTHER.sub("_", step.upper())
