"""The example file and the reference, made from the declarations."""

from pathlib import Path

import pytest

from bridge.config import ConfigInvalid, render_example, render_reference
from bridge.config.example import active_options
from tests.config.sections import SCHEMA, ServerConfig, read


def test_the_example_is_stable_and_ends_with_one_line_end() -> None:
    text = render_example(SCHEMA)
    assert text == render_example(SCHEMA)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_the_example_sets_only_what_must_be_written() -> None:
    assert active_options(render_example(SCHEMA)) >= {"server.domain", "server.as_token"}
    assert "server.url" not in active_options(render_example(SCHEMA))


def test_every_option_stands_in_example_and_reference_with_its_sentence() -> None:
    for text in (render_example(SCHEMA), render_reference(SCHEMA)):
        assert "Where it listens." in text
        assert "The account's password." in text
        assert "Trust these authorities." in text


def test_the_example_can_be_read_once_its_required_options_are_written(tmp_path: Path) -> None:
    loaded = read(render_example(SCHEMA), tmp_path)
    assert loaded.problems == ()
    assert loaded.section(ServerConfig).domain == "example.org"


def test_commented_options_of_the_example_mean_the_defaults(tmp_path: Path) -> None:
    text = render_example(SCHEMA)
    bare = read(text, tmp_path).section(ServerConfig)
    opened = text.replace('  # url: "http', '  url: "http').replace("  # timeout_s: 30", "  timeout_s: 30")
    assert opened != text
    assert read(opened, tmp_path).section(ServerConfig) == bare


def test_a_plugin_of_the_example_can_be_uncommented(tmp_path: Path) -> None:
    head, mark, plugins = render_example(SCHEMA).partition("networks:\n")
    opened = (
        head
        + mark
        + plugins.replace("\n  # ", "\n  ").replace("\n  An IRC network.", "\n  # An IRC network.")
    )
    loaded = read(opened, tmp_path)
    assert loaded.plugins["networks"]["libera"].kind == "irc"


def test_the_reference_lists_nested_options_by_their_full_names() -> None:
    text = render_reference(SCHEMA)
    assert "`server.tls.ca_file`" in text
    assert "`networks.NAME.channels.NAME.on`" in text
    assert "a number of seconds (5m is 300), at least 1" in text


def test_an_empty_file_names_every_required_option(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match=r"(?s)server\.domain.*server\.as_token"):
        read("", tmp_path).require_core()
