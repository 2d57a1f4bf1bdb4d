"""The examples of configuration on the pages can be read."""

from pathlib import Path

import pytest

from bridge.app.settings import load_settings
from bridge.config.plain_yaml import read_yaml
from tests.docs.texts import ROOT, Block, blocks

_REQUIRED = {"homeserver.url", "homeserver.domain"}


def _place(block: Block) -> str:
    return f"{block.page}: {block.text[:30]}"


@pytest.mark.parametrize("block", blocks("yaml"), ids=_place)
def test_an_example_of_configuration_has_no_mistakes(block: Block, tmp_path: Path) -> None:
    """Files with secrets are not there, and options that every file must have may be left out."""
    path = tmp_path / "config.yaml"
    path.write_text(block.text, "utf-8")
    loaded = load_settings(path, {})
    wrong = [
        str(problem)
        for problem in loaded.problems
        if problem.path not in _REQUIRED and problem.phrase.key != "config.secret_file"
    ]
    assert wrong == []


def test_the_example_file_names_only_options_that_exist(tmp_path: Path) -> None:
    assert load_settings(ROOT / "config.example.yaml", {}).problems == ()


def test_the_compose_example_sets_only_options_that_exist(tmp_path: Path) -> None:
    compose = read_yaml((ROOT / "docker" / "compose.yaml").read_text("utf-8"))
    password = tmp_path / "password"
    password.write_text("hunter2", "utf-8")
    given = _environment(compose)
    given["TRUNKLINE_DATABASE__PASSWORD_FILE"] = str(password)
    given["TRUNKLINE_HOMESERVER__DOMAIN"] = "example.org"
    assert load_settings(None, given).problems == ()


def _environment(compose: object) -> dict[str, str]:
    assert isinstance(compose, dict)
    environment = compose["services"]["trunkline"]["environment"]
    return {str(name): str(value) for name, value in environment.items()}
