"""What a file and its sections come to."""

import pickle
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.config import ConfigInvalid, Secret, load, option, section
from bridge.config.raw import Table
from bridge.config.yaml_text import NotYaml, parse_yaml
from tests.config.sections import (
    GOOD,
    SCHEMA,
    Format,
    IrcConfig,
    LogConfig,
    ServerConfig,
    TlsConfig,
    lines,
    read,
)


def test_absent_options_have_their_defaults(tmp_path: Path) -> None:
    server = read(GOOD, tmp_path).section(ServerConfig)
    assert server == ServerConfig(domain="example.org", as_token=Secret("s3cret"))
    assert server.tls.on


def test_every_kind_of_value_is_read(tmp_path: Path) -> None:
    text = GOOD + "logging: {format: json, quiet: [a, b], levels: {x: debug}, folder: /var/log}\n"
    assert read(text, tmp_path).section(LogConfig) == LogConfig(
        format=Format.JSON, quiet=("a", "b"), levels={"x": "debug"}, folder=Path("/var/log")
    )


def test_time_and_size_may_be_written_with_a_unit(tmp_path: Path) -> None:
    server = read(GOOD + "  timeout_s: 5m\n  body_bytes: 2 MiB\n", tmp_path).section(ServerConfig)
    assert (server.timeout_s, server.body_bytes) == (300.0, 2 * 1024 * 1024)


def test_relative_paths_are_counted_from_the_folder_of_the_file(tmp_path: Path) -> None:
    loaded = read(GOOD + "  tls: {ca_file: ca.pem}\n", tmp_path)
    assert loaded.section(ServerConfig).tls.ca_file == tmp_path / "ca.pem"
    assert loaded.section(LogConfig).folder == tmp_path / "logs"


def test_an_empty_section_is_one_with_defaults(tmp_path: Path) -> None:
    assert read(GOOD + "logging:\n", tmp_path).section(LogConfig).format is Format.CONSOLE


def test_merged_and_aliased_values_are_read_where_they_are_used(tmp_path: Path) -> None:
    text = """\
        server: {domain: example.org, as_token: s3cret}
        networks:
          one: &one {type: irc, host: irc.example.org, port: 6667}
          two: {<<: *one, port: 7000}
    """
    two = read(text, tmp_path).plugins["networks"]["two"].value
    assert two == IrcConfig(host="irc.example.org", port=7000)


def test_a_map_may_lead_from_names_to_sections(tmp_path: Path) -> None:
    text = GOOD + "networks: {a: {type: irc, host: h, channels: {'#one': {on: false}}}}\n"
    network = read(text, tmp_path).plugins["networks"]["a"].value
    assert network == IrcConfig(host="h", channels={"#one": TlsConfig(on=False)})


def test_a_broken_plugin_leaves_the_core_and_its_neighbour_alone(tmp_path: Path) -> None:
    text = GOOD + "networks: {bad: {type: irc, port: 0}, good: {type: irc, host: h}}\n"
    loaded = read(text, tmp_path)
    loaded.require_core()
    assert [plugin.value is None for plugin in loaded.plugins["networks"].values()] == [True, False]
    assert len(loaded.plugins["networks"]["bad"].problems) == 2


def test_a_broken_core_section_is_never_handed_out(tmp_path: Path) -> None:
    loaded = read("server: {domain: example.org}\n", tmp_path)
    with pytest.raises(ConfigInvalid, match="as_token"):
        loaded.section(ServerConfig)
    with pytest.raises(ConfigInvalid):
        loaded.require_core()


def test_sections_can_share_options_by_inheritance(tmp_path: Path) -> None:
    @section("more", "More.")
    class More(TlsConfig):
        name: str = option("A name.")

    assert More(name="x") == More(name="x", on=True)


def test_a_field_without_option_is_refused_when_declared() -> None:
    with pytest.raises(TypeError, match="option"):

        @section("bad", "Bad.")
        class Bad:
            name: str = "x"


def test_sections_are_frozen() -> None:
    with pytest.raises(AttributeError):
        TlsConfig().on = False  # type: ignore[misc]  # what is asked here


@pytest.mark.parametrize("show", [str, repr, "{}".format, "{:>20}".format, lambda secret: f"{[secret]}"])
def test_a_secret_never_prints(show: "type[str]") -> None:
    assert "s3cret" not in show(Secret("s3cret"))
    assert "***" in show(Secret("s3cret"))


def test_a_secret_is_not_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret("s3cret"))


def test_a_secret_matches_only_its_own_text() -> None:
    assert Secret("é").matches("é")
    assert not Secret("é").matches("e")
    assert Secret("a") != Secret("b")


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_crash(text: str) -> None:
    with suppress(NotYaml):
        table, _ = parse_yaml(text, "x")
        assert isinstance(table, Table)


def test_a_file_that_is_not_there_is_one_problem(tmp_path: Path) -> None:
    problems = load(SCHEMA, tmp_path / "none.yaml", {}).problems
    assert "none.yaml: the file cannot be read: No such file or directory" in str(problems[0])


def test_a_file_that_is_not_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    assert lines(read("a: 1\nb: ]\n", tmp_path))[0].startswith("config.yaml:2: this is not valid YAML")
