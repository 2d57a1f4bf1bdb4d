"""Mistakes in the ``bridge`` section that would do harm later, told before the start."""

from pathlib import Path

import pytest

from bridge.config import Loaded, Schema, load
from bridge.core.config import BridgeConfig


def _read(folder: Path, text: str) -> Loaded:
    path = folder / "config.yaml"
    path.write_text(f"bridge: {text}\n", "utf-8")
    return load(Schema([BridgeConfig]), path, {})


@pytest.mark.parametrize(
    ("text", "option", "wanted"),
    [
        ("{user_prefix: ''}", "user_prefix", "small letters"),
        ("{user_prefix: '_Ghost_'}", "user_prefix", "small letters"),
        ("{alias_prefix: ''}", "alias_prefix", "small letters"),
        ("{bot_localpart: 'Bot:x'}", "bot_localpart", "small letters"),
        ("{bot_localpart: _trunkline_bot}", "bot_localpart", "does not begin as ghosts do"),
        ('{bot_display_name: "a\\nb"}', "bot_display_name", "one line"),
        ("{command_prefix: ''}", "command_prefix", "one word"),
        ("{command_prefix: 'hey you'}", "command_prefix", "one word"),
        ("{language: german}", "language", "one of en, zh-Hans"),
        ("{alias_chats: ['#python']}", "alias_chats", "libera/#python*"),
        ("{permissions: {'@me:example.org': king}}", "permissions", "see @me:example.org"),
        ("{permissions: {'not a server': user}}", "permissions", "see not a server"),
    ],
)
def test_an_option_that_would_do_harm_is_told(tmp_path: Path, text: str, option: str, wanted: str) -> None:
    """An empty ``user_prefix`` was taken, and the registration then claimed everybody on the server."""
    [problem] = _read(tmp_path, text).problems
    assert problem.path == f"bridge.{option}"
    assert wanted in str(problem)


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh_Hans", "zh_CN.UTF-8", "en_GB"])
def test_a_language_is_known_in_every_usual_spelling(tmp_path: Path, language: str) -> None:
    assert _read(tmp_path, f"{{language: {language}}}").problems == ()
