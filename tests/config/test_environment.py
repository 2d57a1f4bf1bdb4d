"""Options from the environment and secrets from files."""

from pathlib import Path

import pytest

from bridge.config import Secret, load
from bridge.config.environment import variable_name
from tests.config.sections import GOOD, SCHEMA, IrcConfig, LogConfig, ServerConfig, read


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    loaded = read(GOOD, tmp_path, TRUNKLINE_SERVER__DOMAIN="b.org", TRUNKLINE_SERVER__TLS__ON="no")
    server = loaded.section(ServerConfig)
    assert (server.domain, server.tls.on) == ("b.org", False)


def test_everything_can_come_from_the_environment() -> None:
    environment = {
        "TRUNKLINE_SERVER__DOMAIN": "example.org",
        "TRUNKLINE_SERVER__AS_TOKEN": "12345",
        "TRUNKLINE_SERVER__TIMEOUT_S": "2.5",
        "TRUNKLINE_LOGGING__QUIET": "a, b",
        "TRUNKLINE_LOGGING__LEVELS": "{x: debug}",
        "TRUNKLINE_NETWORKS__LIBERA__TYPE": "irc",
        "TRUNKLINE_NETWORKS__LIBERA__HOST": "irc.example.org",
        "TRUNKLINE_NETWORKS__LIBERA__PORT": "6667",
    }
    loaded = load(SCHEMA, None, environment)
    assert loaded.problems == ()
    assert loaded.section(ServerConfig).as_token == Secret("12345")
    assert loaded.section(LogConfig).quiet == ("a", "b")
    assert loaded.section(LogConfig).levels == {"x": "debug"}
    assert loaded.plugins["networks"]["libera"].value == IrcConfig(host="irc.example.org", port=6667)


def test_names_in_the_file_are_found_without_regard_to_case_and_signs(tmp_path: Path) -> None:
    text = GOOD + "networks: {my-net: {type: irc, host: h}}\n"
    loaded = read(text, tmp_path, TRUNKLINE_NETWORKS__MY_NET__PORT="7000")
    assert loaded.plugins["networks"]["my-net"].value == IrcConfig(host="h", port=7000)


def test_a_mistyped_variable_is_told_with_its_name_and_the_nearest(tmp_path: Path) -> None:
    loaded = read(GOOD, tmp_path, TRUNKLINE_SERVER__DOMAINE="x", TRUNKLINE_CONFIG="not an option")
    assert [str(problem) for problem in loaded.problems] == [
        "TRUNKLINE_SERVER__DOMAINE: server.domaine: no such option; did you mean domain?"
    ]


@pytest.mark.parametrize("word", ["perhaps", "2", ""])
def test_text_that_is_no_truth_is_told(tmp_path: Path, word: str) -> None:
    loaded = read(GOOD, tmp_path, TRUNKLINE_SERVER__TLS__ON=word)
    assert "is not true or false" in str(loaded.problems[0])


def test_a_secret_may_stand_in_a_file_named_by_file_or_environment(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("from one\n")
    (tmp_path / "two").write_text("from two\n")
    text = "server: {domain: example.org, as_token_file: one}\n"
    assert read(text, tmp_path).section(ServerConfig).as_token == Secret("from one")
    loaded = read(text, tmp_path, TRUNKLINE_SERVER__AS_TOKEN_FILE=str(tmp_path / "two"))
    assert loaded.section(ServerConfig).as_token == Secret("from two")
    loaded = read(text, tmp_path, TRUNKLINE_SERVER__AS_TOKEN="direct")
    assert loaded.section(ServerConfig).as_token == Secret("direct")


def test_a_secret_given_twice_is_told(tmp_path: Path) -> None:
    loaded = read(GOOD + "  as_token_file: one\n", tmp_path)
    assert [problem.phrase.key for problem in loaded.problems] == ["config.both"]


def test_a_secret_file_that_is_missing_or_empty_is_told(tmp_path: Path) -> None:
    text = "server: {domain: example.org, as_token_file: none}\n"
    assert "No such file" in str(read(text, tmp_path).problems[0])
    (tmp_path / "none").write_text("\n")
    assert "is empty" in str(read(text, tmp_path).problems[0])


def test_shown_values_name_their_source_and_hide_secrets(tmp_path: Path) -> None:
    loaded = read(GOOD, tmp_path, TRUNKLINE_LOGGING__FORMAT="json")
    shown = {one.path: (one.shown, str(one.source).rpartition("/")[2]) for one in loaded.effective}
    assert shown["server.as_token"] == ("***", "config.yaml:3")
    assert shown["server.url"] == ("http://127.0.0.1:8008", "default")
    assert shown["logging.format"] == ("json", "TRUNKLINE_LOGGING__FORMAT")
    assert "s3cret" not in repr(loaded)


def test_the_name_of_a_variable_follows_from_the_path() -> None:
    assert variable_name(("networks", "my-net", "port")) == "TRUNKLINE_NETWORKS__MY_NET__PORT"
