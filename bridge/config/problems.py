"""What can be wrong with a configuration, as values: a message key, its values, and the place."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import Final

from attrs import frozen

from bridge.model.errors import Misconfigured, Phrase

ENGLISH: Final[Mapping[str, str]] = {
    "config.file": "the file cannot be read: {error}",
    "config.size": "the file is larger than {limit} bytes or has more than {nodes} values",
    "config.syntax": "this is not valid YAML: {error}",
    "config.duplicate": "written twice; the first one is in line {first}",
    "config.unknown": "no such option{hint}",
    "config.unknown_section": "no such section{hint}",
    "config.missing": "missing; wanted: {wanted}",
    "config.wrong": "{value} is not {wanted}{hint}",
    "config.both": "given twice, as {first} and as {second}; keep one",
    "config.secret_file": "the file {file} cannot be read: {error}",
    "config.secret_empty": "the file {file} is empty",
    "config.readable": "it holds secrets and everybody on this machine may read it; run: chmod o-r {file}",
    "config.moved": "{old} is now {new} (since {since}); see `trunkline config upgrade`",
    "config.converted": "{old} is written differently since {since}; see `trunkline config upgrade`",
    "config.moved_ignored": "{old} is ignored, because {new}, its name since {since}, is given too",
}


class Origin(Enum):
    """Where a value comes from; a later one wins over an earlier one."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"


@frozen
class Source:
    """The place of a value: a file's name with line (from 1), or the name of an environment variable."""

    origin: Origin
    name: str = ""
    line: int | None = None

    def __str__(self) -> str:
        if self.origin is Origin.DEFAULT:
            return "default"
        return self.name if self.line is None else f"{self.name}:{self.line}"


@frozen
class ConfigProblem:
    """One mistake (or one notice: the list it stands in tells).

    Attributes:
        path: the option's full name, with dots; empty for the file as a whole.
        phrase: the key names the sentence in ``ENGLISH``; secrets are masked before they get into the values.
    """

    path: str
    source: Source
    phrase: Phrase

    @property
    def sentence(self) -> str:
        return ENGLISH[self.phrase.key].format_map(self.phrase.values)

    @property
    def place(self) -> str:
        """Where it was written, if it was, and the option's name."""
        written = str(self.source) if self.source.origin is not Origin.DEFAULT else ""
        return ": ".join(word for word in (written, self.path) if word)

    def __str__(self) -> str:
        """One line: place, path, sentence."""
        return ": ".join(word for word in (self.place, self.sentence) if word)


class ConfigInvalid(Misconfigured):
    """The configuration cannot be used; carries every mistake that was found."""

    def __init__(self, problems: Iterable[ConfigProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(Phrase.of("config.invalid", count=len(self.problems), details=str(self)))

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """The end of a sentence that names the nearest known word, or nothing."""
    by_small = {word.lower(): word for word in known}
    near = get_close_matches(given.lower(), by_small, n=1, cutoff=0.6)
    return f"; did you mean {by_small[near[0]]}?" if near else ""


def in_file(path: Path, line: int | None = None) -> Source:
    return Source(Origin.FILE, str(path), line)
