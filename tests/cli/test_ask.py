"""Actions asked in a shell."""

import asyncio
import json
from pathlib import Path

from click.testing import CliRunner, Result

from bridge.actions import specs
from bridge.app.control import ControlSocket, ShellDoor
from bridge.cli.main import main
from tests.core.world import ADMIN, World, make_world


def run(folder: Path, *words: str) -> Result:
    environment = {"LANG": "C.UTF-8", "LC_ALL": "", "TRUNKLINE_LANGUAGE": ""}
    return CliRunner(env=environment).invoke(main, [*words, "--config", str(folder / "config.yaml")])


async def asked(world: World, folder: Path, *words: str) -> Result:
    """With a bridge that runs on the folder."""
    door = ShellDoor(world.heart.answers, world.heart.management, world.homeserver.bot)
    control = ControlSocket(folder, door, world.tasks)
    await control.start()
    result = await asyncio.to_thread(run, folder, *words)
    await control.stop()
    await world.stop()
    return result


def test_every_action_is_a_command() -> None:
    assert {spec.name for spec in specs.ALL} <= set(main.commands)


def test_without_a_bridge_it_says_how_to_start_one(tmp_path: Path) -> None:
    result = run(tmp_path, "status")
    assert result.exit_code == 1
    assert result.stderr == f"No bridge runs on {tmp_path}: start it with `trunkline run`.\n"


async def test_the_answer_is_said_on_standard_output(tmp_path: Path) -> None:
    result = await asked(await make_world(), tmp_path, "status")
    assert result.exit_code == 0
    assert result.stdout == "demo: connected as bridge.\n"


async def test_a_refusal_is_said_on_standard_error_and_ends_with_1(tmp_path: Path) -> None:
    result = await asked(await make_world(), tmp_path, "trace", "$nothing")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == "No message is known here by the ID `$nothing`.\n"


async def test_the_answer_comes_in_the_language_of_the_shell(tmp_path: Path) -> None:
    result = await asked(await make_world(), tmp_path, "dead", "--language", "zh-Hans")
    assert result.stdout == "没有失败并等待您处理的内容。\n"


async def test_a_shell_may_ask_for_a_person_in_a_room(tmp_path: Path) -> None:
    world = await make_world()
    portal = await world.portal()
    words = ("status", "--as", "@alice:example.org", "--room", portal.room_id)
    result = await asked(world, tmp_path, *words)
    assert result.stdout.startswith("This room is joined to ~lobby on demo.\n")


async def test_bytes_that_are_no_text_are_answered_like_other_words(tmp_path: Path) -> None:
    """An ID pasted in another encoding ended the command with a traceback."""
    result = await asked(await make_world(), tmp_path, "trace", "caf\udce9")
    assert result.exit_code == 1
    assert result.stderr == "No message is known here by the ID `caf?`.\n"


async def test_the_audit_trail_is_exported_as_lines_of_json(tmp_path: Path) -> None:
    world = await make_world()
    portal = await world.portal()
    await world.say(portal.room_id, ADMIN, f"!trunkline trace {'x' * 2000}")
    result = await asked(world, tmp_path, "audit", "export", "1")

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["number"], line["actor"], line["action"]) for line in lines] == [
        (2, ADMIN, "action.trace"),
        (3, "shell", "action.audit"),
    ]
    assert lines[0]["data"]["outcome"] == "failed"
    assert lines[1]["previous"] == lines[0]["seal"]
