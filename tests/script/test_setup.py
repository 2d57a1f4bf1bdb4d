"""What ``script/setup`` makes, and what it leaves alone."""

from tests.script.conftest import Checkout


def test_both_environments_are_made_once(checkout: Checkout) -> None:
    first = checkout.run("setup", "--for", "demo")
    assert (first.returncode, first.stderr) == (0, "")
    assert [call for call in checkout.calls if call.startswith("-m venv")] == [
        "-m venv .venv",
        "-m venv .venv-synapse",
    ]
    before = len(checkout.calls)
    again = checkout.run("setup", "--for", "demo")
    assert (again.returncode, again.stdout) == (0, "")
    assert [call for call in checkout.calls[before:] if call.startswith("-m ")] == []


def test_an_environment_that_somebody_else_made_is_left_alone(checkout: Checkout) -> None:
    """A developer's own ``.venv``, without our mark in it, was cleared without a word."""
    own = checkout.root / ".venv" / "lib" / "precious.py"
    own.parent.mkdir(parents=True)
    own.write_text("precious")
    run = checkout.run("setup", "--for", "demo")
    assert run.returncode == 1
    assert ".venv was not made by script/setup" in run.stderr
    assert own.read_text() == "precious"


def test_an_environment_of_another_place_is_made_anew(checkout: Checkout) -> None:
    """A copied checkout brings environments whose programs name the folder they came from."""
    stale = checkout.root / ".venv" / "stale"
    stale.parent.mkdir()
    stale.write_text("")
    (checkout.root / ".venv" / ".place").write_text("/somewhere/else\n")
    run = checkout.run("setup", "--for", "demo")
    assert (run.returncode, run.stderr) == (0, "")
    assert not stale.exists()
    assert (checkout.root / ".venv" / "bin" / "python").exists()


def test_an_environment_whose_making_was_interrupted_is_made_anew(checkout: Checkout) -> None:
    """It bears the mark from its first moment, so that it is known for one of ours."""
    folder = checkout.root / ".venv"
    folder.mkdir()
    (folder / ".place").write_text("unfinished\n")
    (folder / "half").write_text("")
    run = checkout.run("setup", "--for", "demo")
    assert (run.returncode, run.stderr) == (0, "")
    assert not (folder / "half").exists()
