"""The commands on the pages exist, with the flags they are shown with."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bridge.cli.main import main
from bridge.playground.demo.__main__ import demo
from tests.docs.texts import ROOT, blocks, pages, shell_lines

_DEMO_FLAG = re.compile(r"script/demo (--[a-z-]+)")
_BLOCKS = blocks("sh", "bash", "console")


def _words() -> Iterator[tuple[str, list[str]]]:
    for block in _BLOCKS:
        for line in shell_lines(block):
            yield block.page, shlex.split(line)


def _trunkline_lines() -> list[tuple[str, list[str]]]:
    """What is given to ``trunkline``, behind whatever calls it."""
    found = []
    for page, words in _words():
        for place, word in enumerate(words):
            called = Path(word).name == "trunkline" and words[place + 1 : place + 2] != []
            if called and words[place + 1] in {*main.commands, "--version", "--help"}:
                found.append((page, words[place + 1 :]))
                break
    return found


def lines_of_the_tutorial() -> list[list[str]]:
    """The words given to ``trunkline``, in the tutorial's order."""
    return [words for page, words in _trunkline_lines() if page == "docs/tutorials/first-bridge.md"]


def _parse(words: list[str]) -> str | None:
    """What is wrong with a line, or None."""
    command: click.Command = main
    context = click.Context(main, info_name="trunkline")
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        found = command.get_command(context, rest.pop(0))
        if found is None:
            return "no such command"
        command, context = found, click.Context(found, parent=context)
    try:
        _, left, _ = command.make_parser(context).parse_args(rest)
    except click.UsageError as error:
        return error.format_message()
    return f"too much: {left}" if left else None


def _script_lines() -> list[tuple[str, list[str]]]:
    return [(page, words) for page, words in _words() if words[0].startswith("script/")]


def test_the_pages_show_commands() -> None:
    assert len(_trunkline_lines()) >= 10


@pytest.mark.parametrize(("page", "words"), _trunkline_lines(), ids=lambda each: str(each)[:60])
def test_a_trunkline_line_has_a_command_and_flags_that_exist(page: str, words: list[str]) -> None:
    assert _parse(words) is None


@pytest.mark.parametrize(("page", "words"), _script_lines(), ids=lambda each: str(each)[:60])
def test_a_script_line_names_a_script_that_can_be_run(page: str, words: list[str]) -> None:
    assert (ROOT / words[0]).stat().st_mode & 0o111


def test_flags_of_the_demo_on_the_pages_exist() -> None:
    shown = {flag for page in pages() for flag in _DEMO_FLAG.findall(page.read_text("utf-8"))}
    known = {flag for option in demo.params for flag in option.opts}
    assert "--check" in shown
    assert shown - known == set()


def test_the_tutorials_first_files_are_written_and_have_no_mistakes(tmp_path: Path) -> None:
    """The line of the tutorial, with a folder of the test's own and no questions."""
    init = next(words for words in lines_of_the_tutorial() if words[0] == "init")
    run = CliRunner().invoke(main, [*init, "--data", str(tmp_path / "data"), "--yes", "--language", "en"])
    assert run.exit_code == 0, run.output
    check = CliRunner().invoke(main, ["config", "check", "--config", str(tmp_path / "data" / "config.yaml")])
    assert (check.exit_code, check.output.rpartition(": ")[2]) == (0, "no mistakes\n")
    tutorial = (ROOT / "docs" / "tutorials" / "first-bridge.md").read_text("utf-8")
    written = sorted(path.name for path in (tmp_path / "data").iterdir())
    assert {f"| `{name}` |" in tutorial for name in written} == {True}


def test_the_tutorials_two_lines_for_the_homeserver_are_those_that_init_prints(tmp_path: Path) -> None:
    run = CliRunner().invoke(
        main,
        ["init", "--yes", "--data", str(tmp_path), "--homeserver", "http://127.0.0.1:9", "--domain", "x.y"],
    )
    tutorial = (ROOT / "docs" / "tutorials" / "first-bridge.md").read_text("utf-8")
    assert "app_service_config_files:" in run.output
    assert "app_service_config_files:\n  - /home/me/trunkline-data/registration.yaml" in tutorial
