"""``trunkline config`` as an admin uses it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.app import settings
from bridge.app.settings import load_settings, schema
from bridge.cli.main import main
from bridge.config import Move, Schema, render_example
from bridge.matrix.config import HomeserverConfig

ROOT = Path(__file__).parents[2]


def _run(*words: str) -> Result:
    return CliRunner(env={"TRUNKLINE_CONFIG": None}).invoke(main, ["config", *words])


def _written(folder: Path, text: str) -> str:
    path = folder / "config.yaml"
    path.write_text(text)
    path.chmod(0o600)
    return str(path)


@pytest.fixture
def good(tmp_path: Path) -> str:
    return _written(tmp_path, render_example(schema()))


def test_check_ends_with_0_when_nothing_is_wrong(good: str) -> None:
    result = _run("check", "--config", good)
    assert (result.exit_code, result.output) == (0, f"{good}: no mistakes\n")


def test_check_names_every_mistake_on_a_line_of_its_own_and_ends_with_1(tmp_path: Path) -> None:
    path = _written(
        tmp_path, "homeserver: {url: nowhere}\nlogging: {level: lots}\nnetworks: {a: {type: irk}}\n"
    )
    result = _run("check", "--config", path)
    assert result.exit_code == 1
    named = [line.split(": ")[1] for line in result.stderr.splitlines()]
    assert sorted(named) == ["homeserver.domain", "homeserver.url", "logging.level", "networks.a.type"]


def test_check_of_a_missing_file_says_so(tmp_path: Path) -> None:
    result = _run("check", "--config", str(tmp_path / "none.yaml"))
    assert result.exit_code == 1
    assert "none.yaml: the file cannot be read: No such file or directory" in result.stderr


def test_show_tells_values_with_their_source_and_no_secret(tmp_path: Path) -> None:
    text = (
        "homeserver: {domain: example.org}\nnetworks:\n  a: {type: irc, host: h, server_password: hunter2}\n"
    )
    result = _run("show", "--config", _written(tmp_path, text))
    assert "homeserver.domain = example.org  # " in result.stdout
    assert "logging.level = info  # default" in result.stdout
    assert "networks.a.server_password = ***  # " in result.stdout
    assert "hunter2" not in result.output


def test_show_can_leave_out_what_has_its_default(good: str) -> None:
    result = _run("show", "--changed", "--config", good)
    assert "logging.level" not in result.stdout
    assert "homeserver.domain" in result.stdout


def test_the_environment_is_read_too(good: str) -> None:
    loaded = load_settings(Path(good), {"TRUNKLINE_HOMESERVER__DOMAIN": "other.org"})
    assert loaded.section(HomeserverConfig).domain == "other.org"


def test_the_example_is_printed_and_is_the_one_in_the_repository() -> None:
    result = _run("example")
    assert result.exit_code == 0
    assert result.stdout == (ROOT / "config.example.yaml").read_text()


def test_upgrade_says_when_there_is_nothing_to_do(good: str) -> None:
    before = Path(good).read_text()
    result = _run("upgrade", "--config", good)
    assert (result.exit_code, result.output) == (0, f"{good}: nothing to do\n")
    assert Path(good).read_text() == before


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> Schema:
    """The settings of a version in which an option has moved."""
    monkeypatch.setattr(settings, "MOVES", (Move("homeserver.name", "homeserver.domain", since="0.2"),))
    return schema()


@pytest.mark.usefixtures("moved")
def test_upgrade_rewrites_old_options_and_keeps_the_comments(tmp_path: Path) -> None:
    path = _written(tmp_path, "# Mine.\nhomeserver:\n  name: example.org  # us\n")
    result = _run("upgrade", "--config", path)
    assert result.exit_code == 0
    assert "homeserver.name is now homeserver.domain (since 0.2)" in result.stdout
    assert Path(path).read_text() == "# Mine.\nhomeserver:\n  domain: example.org  # us\n"
    assert Path(path + ".bak").read_text() == "# Mine.\nhomeserver:\n  name: example.org  # us\n"


@pytest.mark.usefixtures("moved")
def test_upgrade_that_is_not_safe_changes_nothing_and_ends_with_1(tmp_path: Path) -> None:
    text = "homeserver: {name: a.org, name: b.org}\n"
    path = _written(tmp_path, text)
    result = _run("upgrade", "--config", path)
    assert result.exit_code == 1
    assert "nothing was changed" in result.stderr
    assert Path(path).read_text() == text
