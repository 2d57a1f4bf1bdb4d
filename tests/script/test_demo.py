"""What ``script/demo`` does before Python has the word."""

import pytest

from bridge.playground.demo.__main__ import demo
from tests.script.conftest import Checkout


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_is_printed_before_anything_is_installed(checkout: Checkout, word: str) -> None:
    """``script/demo --help`` installed Debian packages and two environments before its first word."""
    run = checkout.run("demo", word)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("Usage: script/demo")
    assert checkout.calls == []


def test_the_help_of_the_script_names_every_option_of_the_demo(checkout: Checkout) -> None:
    shown = checkout.run("demo", "--help").stdout
    wanted = {flag for option in demo.params for flag in option.opts}
    assert {flag for flag in wanted if flag not in shown} == set()
