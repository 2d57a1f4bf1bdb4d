"""An admin's first file: what was chosen is in force, all else stands there commented out."""

from pathlib import Path

from bridge.config import render_chosen, render_example
from bridge.config.example import Chosen, active_options
from tests.config.sections import SCHEMA, IrcConfig, ServerConfig, read

CHOSEN: Chosen = {
    "server": {"domain": "example.org", "as_token": "s3cret", "tls": {"on": False}},
    "networks": {
        "libera": {"type": "irc", "host": "irc.libera.chat", "channels": {"#a": {"on": True}}},
        "oftc": {"type": "irc", "host": "irc.oftc.net", "port": 6667},
    },
}


def test_what_was_chosen_is_read_back(tmp_path: Path) -> None:
    loaded = read(render_chosen(SCHEMA, CHOSEN), tmp_path)
    assert loaded.problems == ()
    server = loaded.section(ServerConfig)
    assert (server.domain, server.as_token.reveal(), server.tls.on) == ("example.org", "s3cret", False)
    libera, oftc = (loaded.plugins["networks"][name].value for name in ("libera", "oftc"))
    assert isinstance(libera, IrcConfig)
    assert (libera.host, list(libera.channels)) == ("irc.libera.chat", ["#a"])
    assert isinstance(oftc, IrcConfig)
    assert (oftc.host, oftc.port) == ("irc.oftc.net", 6667)


def test_nothing_else_is_in_force() -> None:
    assert active_options(render_chosen(SCHEMA, CHOSEN)) == {
        "logging",  # the section, empty
        "server.domain",
        "server.as_token",
        "server.tls.on",
        "networks.libera.type",
        "networks.libera.host",
        "networks.libera.channels.#a.on",
        "networks.oftc.type",
        "networks.oftc.host",
        "networks.oftc.port",
    }


def test_every_option_is_explained_once() -> None:
    text = render_chosen(SCHEMA, CHOSEN)
    assert text.count("# The account's password.") == 1
    assert text.count("# Where it listens.") == 1


def test_nothing_chosen_gives_the_example() -> None:
    assert render_chosen(SCHEMA, {}) == render_example(SCHEMA)


def test_signs_that_yaml_reads_otherwise_stay_what_they_are(tmp_path: Path) -> None:
    token = 'a"b\\c: # {x} é 你'
    chosen = {"server": {"domain": "example.org", "as_token": token}}
    assert read(render_chosen(SCHEMA, chosen), tmp_path).section(ServerConfig).as_token.reveal() == token
