"""What the subcommands share: where the configuration is, and how sentences are said in a shell."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from bridge.app.init import CONFIG_NAME
from bridge.app.settings import CONFIG_VARIABLE, DEFAULT_PATH
from bridge.config import ConfigInvalid, ConfigProblem
from bridge.model.errors import BridgeError, Phrase
from bridge.text.catalogue import Catalogue, known_language

DATA_FOLDER: Final = Path("trunkline-data")

F = TypeVar("F", bound=Callable[..., Any])


def config_option(command: F) -> F:
    """``--config``: what is named, else the variable, else the first that is there."""
    return click.option(
        "--config",
        "path",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar=CONFIG_VARIABLE,
        default=_first_config,
        show_default=f"{DEFAULT_PATH}, else {DATA_FOLDER / CONFIG_NAME}",
        help="The configuration file.",
    )(command)


def language_option(command: F) -> F:
    """``--language``: what is named, else that of the shell, else English."""
    return click.option(
        "--language",
        callback=lambda context, parameter, value: known_language(value),
        envvar=["TRUNKLINE_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"],
        default="en",
        show_default="that of the shell",
        help="en or zh-Hans.",
    )(command)


class Voice:
    """Says phrases in one language: findings to standard output, errors to standard error."""

    def __init__(self, language: str, catalogue: Catalogue | None = None) -> None:
        self.language = language
        self.catalogue = catalogue or Catalogue()

    def sentence(self, phrase: Phrase) -> str:
        return self.catalogue.sentence(phrase, self.language)

    def say(self, key: str, /, **values: str | int) -> None:
        click.echo(self.sentence(Phrase(key, values)))

    def problem(self, problem: ConfigProblem) -> None:
        """A mistake of the configuration: place, option, sentence."""
        words = (problem.place, self.sentence(problem.phrase))
        click.echo(": ".join(word for word in words if word), err=True)

    def error(self, error: BridgeError) -> None:
        if isinstance(error, ConfigInvalid):
            for problem in error.problems:
                self.problem(problem)
        else:
            click.echo(self.sentence(error.reason), err=True)


def _first_config() -> Path:
    return next(
        (path for path in (DEFAULT_PATH, DATA_FOLDER / CONFIG_NAME) if os.path.exists(path)), DEFAULT_PATH
    )
