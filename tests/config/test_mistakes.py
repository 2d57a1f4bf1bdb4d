"""All mistakes at once, each with place, value, what was wanted and the nearest word."""

from pathlib import Path

import pytest

from bridge.config import load
from tests.config.sections import GOOD, SCHEMA, lines, read


def test_all_mistakes_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    text = """\
        server:
          ulr: http://x
          domain: "not a name"
          timeout_s: 0.5
          as_token: 12345
        loging: {}
        logging:
          format: jsn
          quiet: [a, 2]
    """
    assert lines(read(text, tmp_path)) == [
        "config.yaml:6: loging: no such section; did you mean logging?",
        "config.yaml:2: server.ulr: no such option; did you mean url?",
        'config.yaml:3: server.domain: "not a name" is not a server name such as example.org',
        "config.yaml:4: server.timeout_s: 0.5 is not a number of seconds (5m is 300), at least 1",
        "config.yaml:5: server.as_token: the secret (***) is not a secret text, at least 4 long",
        'config.yaml:8: logging.format: "jsn" is not one of console, json; did you mean json?',
        "config.yaml:9: logging.quiet[2]: 2 is not a list, each text, at most 3 of them",
    ]


def test_a_missing_option_is_told_with_what_is_wanted(tmp_path: Path) -> None:
    told = lines(read("server: {domain: example.org}\n", tmp_path))
    assert told == ["config.yaml:1: server.as_token: missing; wanted: a secret text, at least 4 long"]


def test_of_a_file_that_cannot_be_read_nothing_else_is_told(tmp_path: Path) -> None:
    """Every required option was named as missing, although all of them may stand in the file."""
    assert lines(read("server: [\n", tmp_path)) == [
        "config.yaml:2: this is not valid YAML: expected the node content, but found '<stream end>'"
    ]
    [told] = load(SCHEMA, tmp_path / "not-there.yaml", {}).problems
    assert told.phrase.key == "config.file"


def test_a_missing_option_is_told_with_its_example(tmp_path: Path) -> None:
    told = lines(read("server: {as_token: hunter2}\n", tmp_path))
    assert told == ["config.yaml:1: server.domain: missing; wanted: text, such as example.org"]


def test_a_mistake_without_a_place_begins_with_its_option(tmp_path: Path) -> None:
    """``doctor`` and ``run`` began it with the word default."""
    problem = load(SCHEMA, None, {}).problems[0]
    assert problem.place == "server.domain"


def test_every_key_written_twice_is_told(tmp_path: Path) -> None:
    told = lines(read(GOOD + "  domain: b.org\nserver: {}\n", tmp_path))
    assert told == [
        "config.yaml:4: server.domain: written twice; the first one is in line 2",
        "config.yaml:5: server: written twice; the first one is in line 1",
    ]


def test_a_key_written_twice_in_a_plugin_stops_only_the_plugin(tmp_path: Path) -> None:
    loaded = read(GOOD + "networks: {a: {type: irc, host: h, host: i}}\n", tmp_path)
    loaded.require_core()
    assert loaded.plugins["networks"]["a"].value is None
    assert len(loaded.problems) == 1


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("url: ftp://x", '"ftp://x" is not an address such as https://matrix.example.org'),
        ("timeout_s: 5 parsecs", '"5 parsecs" is not a number of seconds (5m is 300), at least 1'),
        ("timeout_s: .inf", "inf is not a number of seconds (5m is 300), at least 1"),
        ("timeout_s: true", "true is not a number of seconds (5m is 300), at least 1"),
        ("body_bytes: 1500.5", "1500.5 is not a whole number of bytes (such as 10 MiB), at least 1024"),
        ("tls: yes", '"yes" is not a section'),
        ("tls: {on: yes}", '"yes" is not true or false'),
        ("tls: {ca_file: [x]}", "a list is not a path, or nothing"),
        ("url:", "nothing is not text"),
    ],
)
def test_a_value_of_another_kind_is_told_with_what_was_wanted(
    tmp_path: Path, written: str, told: str
) -> None:
    assert [
        line.rpartition(f"{line.split(': ')[1]}: ")[2]
        for line in lines(read(f"{GOOD}  {written}\n", tmp_path))
    ] == [told]


def test_a_section_checks_its_options_against_each_other(tmp_path: Path) -> None:
    told = lines(read(GOOD + "networks:\n  a: {type: irc, host: h,\n      password: pw}\n", tmp_path))
    assert told == [
        'config.yaml:5: networks.a.account: "null" is not an account name, because there is a password'
    ]


def test_an_unknown_type_of_plugin_is_told_with_the_nearest(tmp_path: Path) -> None:
    told = lines(read(GOOD + "networks: {a: {type: ircc}, b: {}, c: 3, D: {type: irc, host: h}}\n", tmp_path))
    assert told == [
        'config.yaml:4: networks.a.type: "ircc" is not one of irc; did you mean irc?',
        "config.yaml:4: networks.b.type: missing; wanted: one of irc",
        "config.yaml:4: networks.c: 3 is not a section",
        'config.yaml:4: networks.D: "D" is not a name of small letters, digits, - and _',
    ]


def test_no_mistake_shows_a_secret(tmp_path: Path) -> None:
    told = lines(read("server: {domain: example.org, as_token: [hunter2]}\n", tmp_path))
    assert len(told) == 1
    assert "hunter2" not in told[0]


@pytest.mark.parametrize("written", ["&a {url: *a}", "&a {quiet: [*a]}", "&a {<<: *a}"])
def test_an_alias_inside_of_what_it_names_is_one_mistake(tmp_path: Path, written: str) -> None:
    """``homeserver: &a {url: *a}`` ended every command with a RecursionError."""
    told = lines(read(f"{GOOD}logging: {written}\n", tmp_path))
    assert told[0] == "config.yaml: this is not valid YAML: nested too deeply"


@pytest.mark.parametrize("written", ["1" + "0" * 400, "1" + "0" * 400 + "m"])
def test_a_number_that_no_machine_holds_is_a_mistake_and_no_crash(tmp_path: Path, written: str) -> None:
    """A whole number is read with any number of digits, and is then too large for seconds."""
    told = lines(read(f"{GOOD}  timeout_s: {written}\n", tmp_path))
    assert [line.endswith("is not a number of seconds (5m is 300), at least 1") for line in told] == [True]


def test_aliases_that_multiply_end_in_one_mistake(tmp_path: Path) -> None:
    text = "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
    text += "".join(
        f"{new}: &{new} [{','.join(['*' + old] * 10)}]\n" for old, new in zip("abcde", "bcdef", strict=True)
    )
    assert "more than 50000 values" in lines(read(text, tmp_path))[0]


def test_a_file_that_holds_secrets_and_is_readable_by_all_is_noticed(tmp_path: Path) -> None:
    read(GOOD, tmp_path)
    path = tmp_path / "config.yaml"
    path.chmod(0o644)
    assert [notice.phrase.key for notice in load(SCHEMA, path, {}).notices] == ["config.readable"]
    assert load(SCHEMA, path, {}).problems == ()
