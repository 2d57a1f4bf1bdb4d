"""Numbers and names on the pages are those of the code."""

import re
import tomllib
from pathlib import Path

import pytest

from bridge.app.doctor.homeserver import SUPPORT_FLOOR
from bridge.cli.main import main
from bridge.config.declare import options_of
from bridge.keeper.__main__ import read_words
from bridge.matrix.config import AppserviceConfig
from bridge.web.config import PublicConfig
from tests.docs.texts import ROOT, Block, blocks, shell_lines


def _text(*path: str) -> str:
    return Path(ROOT, *path).read_text("utf-8")


def _project() -> dict[str, str]:
    return dict(tomllib.loads(_text("pyproject.toml"))["project"])


def _lines_of(page: str) -> list[str]:
    return [line for block in blocks("sh") if block.page == page for line in shell_lines(block)]


@pytest.mark.parametrize(
    "page", ["README.md", "README.zh-CN.md", "CHANGELOG.md", "docs/explanation/promises.md"]
)
def test_the_support_floor_is_that_of_doctor(page: str) -> None:
    floor = ".".join(map(str, SUPPORT_FLOOR))
    assert set(re.findall(r"Synapse (1\.\d+)", _text(page))) == {floor}


def test_the_least_python_is_that_of_the_package() -> None:
    least = _project()["requires-python"].removeprefix(">=")
    assert f"Python {least} or newer" in _text("README.md")
    assert f"python:{least}-slim-bookworm" in _text("docker", "Dockerfile")


def test_the_licence_is_that_of_the_package() -> None:
    assert f"[{_project()['license']}](LICENSE)" in _text("README.md")


def test_the_changelog_knows_the_version() -> None:
    assert re.search(rf"^## .*\b{re.escape(_project()['version'])}\b", _text("CHANGELOG.md"), re.MULTILINE)


def test_the_image_shows_the_default_ports() -> None:
    ports = [options_of(section)["port"].default for section in (AppserviceConfig, PublicConfig)]
    dockerfile = _text("docker", "Dockerfile")
    assert f"EXPOSE {ports[0]} {ports[1]}" in dockerfile
    assert f"http://127.0.0.1:{ports[1]}/live" in dockerfile


def test_the_proxies_pass_on_to_the_default_port() -> None:
    found = re.findall(r"127\.0\.0\.1:(\d+)", _text("docs", "how-to", "media-links.md"))
    assert set(found) == {str(options_of(PublicConfig)["port"].default)}


def test_the_unit_runs_a_command_that_exists() -> None:
    start = re.search(
        r"^ExecStart=\S+/trunkline (\w+) --config", _text("docs", "how-to", "trunkline.service"), re.M
    )
    assert start is not None
    assert start[1] in main.commands


@pytest.mark.parametrize(
    "place", [("docs", "how-to", "trunkline-keeper.service"), ("docs", "how-to", "containers.md")]
)
def test_the_keeper_is_started_with_words_that_it_knows(place: tuple[str, ...], tmp_path: Path) -> None:
    found = re.search(r"-m bridge\.keeper (--\w+) /", _text(*place))
    assert found is not None
    assert read_words([found[1], str(tmp_path)]).folder == tmp_path


def test_the_chinese_readme_shows_the_same_commands() -> None:
    assert set(_lines_of("README.zh-CN.md")) == set(_lines_of("README.md"))


def test_shell_lines_are_read_without_their_comments() -> None:
    block = Block("here", "sh", "trunkline init \\\n    --network ircs://host/#chat   # why\n# all\n")
    assert [" ".join(line.split()) for line in shell_lines(block)] == [
        "trunkline init --network ircs://host/#chat"
    ]
