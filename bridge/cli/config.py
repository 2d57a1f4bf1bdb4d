"""``trunkline config``: check, show, example, upgrade."""

from collections.abc import Iterable
from pathlib import Path

import click

from bridge.app.settings import load_settings, schema
from bridge.cli.say import config_option
from bridge.config import ConfigProblem, Loaded, render_example
from bridge.config.upgrade import BACKUP_SUFFIX, CannotUpgrade, upgrade_file
from bridge.config.yaml_text import NotYaml


@click.group("config")
def config() -> None:
    """Check, show and renew the configuration."""


@config.command()
@config_option
def check(path: Path) -> None:
    """Name every mistake, one a line; ends with 1 if there is one."""
    loaded = load_settings(path)
    _tell(loaded.notices)
    _stop_on_mistakes(loaded)
    click.echo(f"{path}: no mistakes")


@config.command()
@config_option
@click.option("--all/--changed", "everything", default=True, help="Also what has its default.")
def show(path: Path, everything: bool) -> None:
    """Show what is in force, and where each value comes from; secrets as ***."""
    loaded = load_settings(path)
    for one in loaded.effective:
        source = str(one.source)
        if everything or source != "default":
            click.echo(f"{one.path} = {one.shown}  # {source}")
    _tell(loaded.notices)
    _stop_on_mistakes(loaded)


@config.command()
def example() -> None:
    """Print an example with every option, its unit and its default."""
    click.echo(render_example(schema()), nl=False)


@config.command()
@config_option
def upgrade(path: Path) -> None:
    """Rewrite old options in the file; comments stay, and the old file is kept beside it."""
    try:
        upgraded = upgrade_file(path, schema())
    except NotYaml as error:
        click.echo(str(error), err=True)
        raise SystemExit(1) from None
    except (CannotUpgrade, OSError) as error:
        click.echo(f"nothing was changed: {error}", err=True)
        raise SystemExit(1) from None
    for one in upgraded.done:
        click.echo(one.sentence.partition("; see")[0])
    if upgraded.done:
        click.echo(f"{path} is rewritten; the old one is {path}{BACKUP_SUFFIX}")
    else:
        click.echo(f"{path}: nothing to do")


def _stop_on_mistakes(loaded: Loaded) -> None:
    _tell(loaded.problems)
    if loaded.problems:
        raise SystemExit(1)


def _tell(problems: Iterable[ConfigProblem]) -> None:
    for problem in problems:
        click.echo(str(problem), err=True)
