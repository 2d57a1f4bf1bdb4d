"""The page of the ``trunkline`` command, read off the command tree itself."""

from collections.abc import Iterator
from typing import Final

import click

from bridge.cli.main import main
from bridge.playground.demo.__main__ import demo
from tests.docs.reference.markdown import page

_INTRODUCTION: Final = """
`trunkline` needs no other program. `-h` or `--help` after any command says what stands here.

`init`, `run`, `doctor` and `config` work alone. All other commands are asked of the bridge that runs on the
data folder, through the socket `control.sock` in it: they are the [commands in chat](commands.md), with the
same answers. Whoever can open the socket, which is the account of the bridge, may do everything; with `--as`
a person's own rights count. `join`, `leave` and `plumb` are done for a person and want `--as`. A refusal ends
with 1.
"""


def command_line_page() -> str:
    found = [*_walk(main, "trunkline"), *_walk(demo, "script/demo")]
    parts = [f"## {title}\n```text\n{text}\n```" for title, text in found]
    return page("The trunkline command", _INTRODUCTION, *parts)


def _walk(
    command: click.Command, name: str, parent: click.Context | None = None
) -> Iterator[tuple[str, str]]:
    context = command.context_class(
        command,
        info_name=name,
        parent=parent,
        terminal_width=100,
        max_content_width=100,
        **command.context_settings,
    )
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            assert found is not None, below
            yield from _walk(found, below, context)
