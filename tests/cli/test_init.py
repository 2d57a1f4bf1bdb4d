"""``trunkline init``: the files it writes, its questions, and what it refuses."""

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.app.settings import load_settings
from bridge.cli.main import main
from bridge.core.config import BridgeConfig
from bridge.matrix.config import AppserviceConfig, HomeserverConfig
from bridge.matrix.registration import read_registration
from bridge.networks.irc.config import IrcConfig
from bridge.storage.secrets import SecretKey
from bridge.testing.servers.ports import free_port
from bridge.web.config import PublicConfig


def _init(folder: Path, *words: str, answers: str = "", language: str = "en") -> Result:
    runner = CliRunner(env={"TRUNKLINE_LANGUAGE": language})
    return runner.invoke(main, ["init", "--data", str(folder), *words], input=answers)


@pytest.fixture
def nowhere() -> str:
    """The address of a homeserver that is not there."""
    return f"http://127.0.0.1:{free_port()}"


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_flags_alone_make_a_configuration_without_mistakes(tmp_path: Path, nowhere: str) -> None:
    data = tmp_path / "data"
    result = _init(
        data,
        "--yes",
        *("--homeserver", nowhere + "/"),
        *("--admin", "@me:example.org"),
        *("--public-url", "https://bridge.example.org/"),
        *("--network", "ircs://irc.libera.chat/#python,#matrix"),
        *("--network", "irc://127.0.0.1:6700"),
        *("--port", "29400"),
    )
    assert result.exit_code == 0, result.output
    loaded = load_settings(data / "config.yaml", {})
    assert loaded.problems == ()
    assert loaded.notices == ()
    assert loaded.section(HomeserverConfig).url == nowhere
    assert loaded.section(HomeserverConfig).domain == "example.org"
    assert loaded.section(AppserviceConfig).port == 29400
    assert loaded.section(AppserviceConfig).address == "http://127.0.0.1:29400"
    assert loaded.section(PublicConfig).url == "https://bridge.example.org"
    bridge = loaded.section(BridgeConfig)
    assert bridge.permissions == {"@me:example.org": "admin", "example.org": "user", "*": "relay"}
    assert bridge.alias_chats == (), "nobody makes the relay join channels by asking for addresses"
    libera, local = (loaded.plugins["networks"][name].value for name in ("libera", "irc"))
    assert isinstance(libera, IrcConfig)
    assert (libera.host, libera.port, libera.tls, libera.channels) == (
        "irc.libera.chat",
        6697,
        True,
        ("#python", "#matrix"),
    )
    assert isinstance(local, IrcConfig)
    assert (local.port, local.tls) == (6700, False)


def test_folder_and_files_are_only_for_their_owner(tmp_path: Path, nowhere: str) -> None:
    data = tmp_path / "data"
    _init(data, "--yes", "--homeserver", nowhere, "--domain", "example.org")
    assert _mode(data) == 0o700
    assert {path.name: _mode(path) for path in data.iterdir()} == {
        "config.yaml": 0o600,
        "registration.yaml": 0o600,
        "secret.key": 0o600,
    }


def test_the_registration_has_fresh_tokens_and_our_namespaces(tmp_path: Path, nowhere: str) -> None:
    made = []
    for name in ("one", "two"):
        _init(tmp_path / name, "--yes", "--homeserver", nowhere, "--domain", "example.org")
        made.append(read_registration((tmp_path / name / "registration.yaml").read_text()))
    one, two = made
    assert len({token.reveal() for each in made for token in (each.as_token, each.hs_token)}) == 4
    assert one.sender_localpart != two.sender_localpart
    assert one.user_patterns == (r"@_trunkline_.*:example\.org", r"@trunkline(_.+)?:example\.org")
    assert one.alias_patterns == (r"#_trunkline_.*:example\.org",)
    assert one.url == "http://127.0.0.1:29317"


def test_the_key_can_be_read(tmp_path: Path, nowhere: str) -> None:
    _init(tmp_path, "--yes", "--homeserver", nowhere, "--domain", "example.org")
    assert SecretKey.load(tmp_path / "secret.key").as_text()


def test_what_was_not_chosen_stands_there_commented_out(tmp_path: Path, nowhere: str) -> None:
    _init(tmp_path, "--yes", "--homeserver", nowhere, "--domain", "example.org")
    text = (tmp_path / "config.yaml").read_text()
    assert '\n  # command_prefix: "!trunkline"\n' in text
    assert "\n  # The word before a command in a portal" in text
    assert "\n  #   type: irc\n" in text


def test_the_homeservers_lines_and_the_next_commands_are_told(tmp_path: Path, nowhere: str) -> None:
    result = _init(tmp_path, "--yes", "--homeserver", nowhere, "--domain", "example.org")
    assert "app_service_config_files:" in result.output
    assert f"      - {tmp_path / 'registration.yaml'}\n" in result.output
    assert f"trunkline run --config {tmp_path / 'config.yaml'}\n" in result.output
    assert "Nobody is admin yet" in result.output


def test_questions_are_asked_for_what_no_flag_says(tmp_path: Path, nowhere: str) -> None:
    answers = f"{nowhere}\nexample.org\n@me:example.org\n\nircs://irc.libera.chat/#python\n"
    result = _init(tmp_path, answers=answers)
    assert result.exit_code == 0, result.output
    loaded = load_settings(tmp_path / "config.yaml", {})
    assert loaded.section(BridgeConfig).permissions["@me:example.org"] == "admin"
    assert loaded.section(PublicConfig).url is None
    assert list(loaded.plugins["networks"]) == ["libera"]


def test_an_answer_that_makes_no_sense_is_asked_for_again(tmp_path: Path, nowhere: str) -> None:
    answers = f"nonsense\n{nowhere}\nexample.org\nme\n\n\n\n"
    result = _init(tmp_path, answers=answers)
    assert result.exit_code == 0, result.output
    assert "nonsense is not an address such as" in result.output
    assert "me is not a Matrix user ID" in result.output


def test_a_flag_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    result = _init(tmp_path, "--yes", "--homeserver", "matrix")
    assert result.exit_code == 2
    assert "matrix is not an address such as" in result.output
    assert list(tmp_path.iterdir()) == []


def test_without_a_server_name_nothing_is_written(tmp_path: Path, nowhere: str) -> None:
    result = _init(tmp_path, "--yes", "--homeserver", nowhere)
    assert result.exit_code == 2
    assert "Say it with `--domain example.org`." in result.output
    assert list(tmp_path.iterdir()) == []


def test_an_address_of_no_installed_network_is_refused(tmp_path: Path, nowhere: str) -> None:
    words = ("--yes", "--homeserver", nowhere, "--domain", "example.org", "--network", "icq://somewhere")
    result = _init(tmp_path, *words)
    assert (result.exit_code, list(tmp_path.iterdir())) == (1, [])
    assert "icq://somewhere" in result.output


@pytest.mark.parametrize("name", ["config.yaml", "registration.yaml", "secret.key"])
def test_nothing_is_written_over_what_is_there(tmp_path: Path, nowhere: str, name: str) -> None:
    (tmp_path / name).write_text("mine")
    result = _init(tmp_path, "--yes", "--homeserver", nowhere, "--domain", "example.org")
    assert result.exit_code == 1
    assert result.output.startswith(f"{tmp_path / name} is there already and was not touched.")
    assert result.output.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_force_writes_anew_and_keeps_the_key(tmp_path: Path, nowhere: str) -> None:
    words = ("--yes", "--homeserver", nowhere)
    _init(tmp_path, *words, "--domain", "example.org")
    key = (tmp_path / "secret.key").read_text()
    old = (tmp_path / "registration.yaml").read_text()
    result = _init(tmp_path, *words, "--domain", "other.org", "--force")
    assert result.exit_code == 0, result.output
    assert load_settings(tmp_path / "config.yaml", {}).section(HomeserverConfig).domain == "other.org"
    assert (tmp_path / "secret.key").read_text() == key
    assert (tmp_path / "registration.yaml").read_text() != old


def test_a_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path: Path, nowhere: str) -> None:
    (tmp_path / "file").write_text("")
    result = _init(tmp_path / "file" / "data", "--yes", "--homeserver", nowhere, "--domain", "example.org")
    assert result.exit_code == 1
    assert "cannot be written" in result.output
    assert result.output.count("\n") == 1


def test_it_speaks_chinese_and_the_bridge_will_too(tmp_path: Path, nowhere: str) -> None:
    words = ("--yes", "--homeserver", nowhere, "--domain", "example.org")
    result = _init(tmp_path, *words, language="zh_CN.UTF-8")
    assert f"已写入：{tmp_path / 'config.yaml'}" in result.output
    assert load_settings(tmp_path / "config.yaml", {}).section(BridgeConfig).language == "zh-Hans"


def test_what_is_wrong_with_a_flag_is_told_by_its_option(tmp_path: Path, nowhere: str) -> None:
    """The place that was named was a line of a draft that was gone by then."""
    words = ("--yes", "--homeserver", nowhere, "--domain", "example.org", "--listen", "bad host")
    result = _init(tmp_path / "data", *words)
    assert result.exit_code == 1
    assert result.output == 'appservice.host: "bad host" is not a host name or IP address\n'
    assert list((tmp_path / "data").iterdir()) == []
