"""The page of what can be said to the bridge in chat."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Final

import bridge.actions
from bridge.actions.action import Spec
from bridge.commands.parse import usage
from bridge.config.declare import options_of
from bridge.core.config import BridgeConfig
from bridge.model.errors import Phrase
from bridge.policy.access import NEEDED, Level
from bridge.policy.access import Action as Right
from bridge.text.catalogue import sentence
from tests.docs.reference.markdown import code, page, table

_HOW: Final = """
In a **management room**, which is a direct chat with the bridge bot, say the command alone: `help`. In any
other room put the prefix in front: `{prefix} help`. The prefix is the option
`bridge.command_prefix`. On the machine, [`trunkline`](command-line.md) asks the same.

`<word>` must be given, `[word]` may be left out. `network` is the name of a section under `networks`; with
one network only it may always be left out. `help` shows each person what they may do, and needs the level
`{help}`.
"""

_LEVELS: Final = {
    Level.BLOCK: "nothing of theirs crosses, nothing is answered",
    Level.RELAY: "what they say in a bridged room is relayed; they may trace it, and retry what failed",
    Level.USER: "may join, leave, list and plumb",
    Level.ADMIN: "may do everything, and trace, retry, drop and unplumb what is others'",
}


def specs() -> dict[str, tuple[Spec, str]]:
    """Every action's spec and what its class says of itself, by command name."""
    return {spec.name: (spec, words) for spec, words in sorted(_specs(), key=lambda each: each[0].name)}


def commands_page() -> str:
    needed = NEEDED[Right.HELP].name.lower()
    rows = [["`help`", "Show what you may do.", code(needed)], *(_row(spec) for spec, _ in specs().values())]
    details = "\n\n".join(f"## {name}\n{words}" for name, (_, words) in specs().items())
    assert set(_LEVELS) == set(Level), "every level is explained"
    levels = [[code(level.name.lower()), words] for level, words in _LEVELS.items()]
    return page(
        "Commands in chat",
        _HOW.format(prefix=_default_prefix(), help=needed),
        table(["Command", "What it does", "Needs the level"], rows),
        details,
        "## Levels",
        table(["Level", "What it means"], levels),
    )


def _default_prefix() -> str:
    return str(options_of(BridgeConfig)["command_prefix"].default)


def _row(spec: Spec) -> list[str]:
    return [code(usage(spec)), sentence(Phrase(spec.help_key)), code(NEEDED[spec.right].name.lower())]


def _specs() -> Iterator[tuple[Spec, str]]:
    for info in pkgutil.iter_modules(bridge.actions.__path__, "bridge.actions."):
        for _, cls in inspect.getmembers(importlib.import_module(info.name), inspect.isclass):
            spec = vars(cls).get("spec")
            if isinstance(spec, Spec) and cls.__module__ == info.name:
                yield spec, inspect.getdoc(cls) or ""
