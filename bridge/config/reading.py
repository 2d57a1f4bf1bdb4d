"""From the tree of written values to the sections' own classes, gathering every mistake on the way."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen

from bridge.config.declare import REQUIRED, Option, SelfChecking, is_section, options_of
from bridge.config.problems import ConfigProblem, Origin, Source, did_you_mean
from bridge.config.raw import Raw, Row, Scalar, Table
from bridge.config.secret import Secret
from bridge.config.values import (
    NotWanted,
    choices,
    convert,
    holds_secret,
    in_bounds,
    is_map,
    item_kind,
    quote,
    show,
    wanted,
    without_none,
)
from bridge.config.yaml_text import parse_flow
from bridge.model.errors import Phrase

FILE_SUFFIX: Final = "_file"
"""``as_token_file`` names a file that holds ``as_token``."""
MAX_SECRET_BYTES: Final = 64 * 1024
"""The longest secret is a private key with its certificates."""


@frozen
class Effective:
    """An option as it is in force; ``shown`` is the value for people, secrets masked."""

    path: str
    shown: str
    source: Source


class _Failed:
    """Stands where a value would be, after its mistake was noted."""


FAILED: Final = _Failed()


@define
class Reader:
    """Reads sections; what is wrong is in ``problems`` afterwards, what is in force in ``effective``.

    Attributes:
        base: the folder that relative paths are counted from.
        secrets_in_file: whether the configuration file itself holds a secret.
    """

    base: Path
    problems: list[ConfigProblem] = field(factory=list)
    effective: list[Effective] = field(factory=list)
    secrets_in_file: bool = False

    def section(self, cls: type, raw: Raw | None, path: str) -> Any:
        """A section as an instance of its class, or ``FAILED``; absent is the same as empty."""
        table = self._table(raw, path)
        if table is None:
            return FAILED
        before = len(self.problems)
        options = options_of(cls)
        self.refuse_unknown(table, _keys(options), path)
        values = {name: self._option(option, table, f"{path}.{name}") for name, option in options.items()}
        if len(self.problems) > before or any(value is FAILED for value in values.values()):
            return FAILED
        made = cls(**values)
        if isinstance(made, SelfChecking):
            for wrong in made.mistakes():
                source = self._source_of(table, wrong.option)
                value = quote(show(values[wrong.option]))
                self._wrong(f"{path}.{wrong.option}", source, value, wrong.wanted)
        return made if len(self.problems) == before else FAILED

    def refuse_unknown(
        self, table: Table, known: tuple[str, ...], path: str, *, what: str = "unknown"
    ) -> None:
        for key, raw in table.entries.items():
            if key not in known:
                full = f"{path}.{key}" if path else key
                self.say(full, raw.source, Phrase.of(f"config.{what}", hint=did_you_mean(key, known)))

    def say(self, path: str, source: Source, phrase: Phrase) -> None:
        self.problems.append(ConfigProblem(path, source, phrase))

    def _table(self, raw: Raw | None, path: str) -> Table | None:
        """The entries of a section; None, and a mistake, when something else stands there."""
        if isinstance(raw, Scalar) and raw.as_text:
            raw = parse_flow(str(raw.value), raw.source)
        if raw is None or (isinstance(raw, Scalar) and raw.value is None):
            return Table({}, raw.source if raw else Source(Origin.DEFAULT))
        if isinstance(raw, Table):
            return raw
        value = quote(raw.value) if isinstance(raw, Scalar) else "a list"
        self._wrong(path, raw.source, value, "a section")
        return None

    def _option(self, option: Option, table: Table, path: str) -> object:
        kind, optional = without_none(option.kind)
        raw = self._secret(option, table, path) if kind is Secret else table.entries.get(option.name)
        if isinstance(raw, _Failed):
            return FAILED
        if is_section(kind) and (raw is not None or not optional):
            return self.section(kind, raw, path)
        if raw is None:
            return self._default(option, table, path)
        before = len(self.problems)
        value = self._value(option, option.kind, raw, path)
        if len(self.problems) > before:
            return FAILED
        if value is not None:
            found = option.check(value) if option.check and in_bounds(option, value) else None
            if found or not in_bounds(option, value):
                self._wrong(path, raw.source, self._quoted(option, raw), found or wanted(option))
                return FAILED
        self.effective.append(Effective(path, show(value), raw.source))
        return value

    def _default(self, option: Option, table: Table, path: str) -> object:
        if option.default is REQUIRED:
            example = f", such as {option.example}" if isinstance(option.example, str) else ""
            self.say(path, table.source, Phrase.of("config.missing", wanted=wanted(option) + example))
            return FAILED
        value = option.default
        if isinstance(value, Path):
            value = self.base / value.expanduser()
        self.effective.append(Effective(path, show(value), Source(Origin.DEFAULT)))
        return value

    def _value(self, option: Option, kind: Any, raw: Raw, path: str) -> object:
        """The value as ``kind``; notes the mistakes, and then its answer means nothing."""
        kind, optional = without_none(kind)
        if optional and isinstance(raw, Scalar) and (raw.value is None or (raw.as_text and raw.value == "")):
            return None
        if is_section(kind):
            return self.section(kind, raw, path)
        inner = item_kind(kind)
        if inner is not None:
            return self._many(option, kind, inner, raw, path)
        if isinstance(raw, Scalar):
            try:
                return convert(kind, raw.value, unit=option.unit, as_text=raw.as_text, base=self.base)
            except NotWanted:
                pass
        hint = did_you_mean(str(raw.value), choices(kind)) if isinstance(raw, Scalar) else ""
        self._wrong(path, raw.source, self._quoted(option, raw), wanted(option), hint)
        return FAILED

    def _many(self, option: Option, kind: Any, inner: Any, raw: Raw, path: str) -> object:
        self.secrets_in_file |= holds_secret(inner) and raw.source.origin is Origin.FILE
        if isinstance(raw, Scalar) and raw.as_text:
            raw = _from_text(raw, as_map=is_map(kind))
        if is_map(kind) and isinstance(raw, Table):
            return {key: self._value(option, inner, one, f"{path}.{key}") for key, one in raw.entries.items()}
        if not is_map(kind) and isinstance(raw, Row):
            numbered = enumerate(raw.items, start=1)
            return tuple(self._value(option, inner, one, f"{path}[{number}]") for number, one in numbered)
        self._wrong(path, raw.source, self._quoted(option, raw), wanted(option))
        return FAILED

    def _secret(self, option: Option, table: Table, path: str) -> Raw | _Failed | None:
        """The secret as written here or in the file named here; of two places the later origin wins."""
        own = table.entries.get(option.name)
        named = table.entries.get(option.name + FILE_SUFFIX)
        if own and named and own.source.origin is named.source.origin:
            names = {"first": option.name, "second": option.name + FILE_SUFFIX}
            self.say(path, named.source, Phrase.of("config.both", **names))
            return FAILED
        if own and (named is None or own.source.origin is Origin.ENVIRONMENT):
            self.secrets_in_file |= own.source.origin is Origin.FILE
            return own
        return None if named is None else self._from_file(named, path)

    def _from_file(self, raw: Raw, path: str) -> Raw | _Failed:
        if not isinstance(raw, Scalar) or not isinstance(raw.value, str) or not raw.value:
            self._wrong(path + FILE_SUFFIX, raw.source, "this", "the path of a file with the secret")
            return FAILED
        file = self.base / Path(raw.value).expanduser()
        try:
            with file.open("rb") as stream:
                text = stream.read(MAX_SECRET_BYTES).decode().rstrip("\r\n")
        except (OSError, ValueError) as error:
            reason = (error.strerror or "") if isinstance(error, OSError) else "not UTF-8 text"
            self.say(path, raw.source, Phrase.of("config.secret_file", file=str(file), error=reason))
            return FAILED
        if not text:
            self.say(path, raw.source, Phrase.of("config.secret_empty", file=str(file)))
            return FAILED
        return Scalar(text, raw.source, as_text=raw.as_text)

    def _quoted(self, option: Option, raw: Raw) -> str:
        if holds_secret(option.kind):
            return "the secret (***)"
        return (
            quote(raw.value) if isinstance(raw, Scalar) else "a list" if isinstance(raw, Row) else "a section"
        )

    def _wrong(self, path: str, source: Source, value: str, wanted_words: str, hint: str = "") -> None:
        self.say(path, source, Phrase.of("config.wrong", value=value, wanted=wanted_words, hint=hint))

    @staticmethod
    def _source_of(table: Table, name: str) -> Source:
        raw = table.entries.get(name) or table.entries.get(name + FILE_SUFFIX)
        return raw.source if raw else table.source


def _keys(options: Mapping[str, Option]) -> tuple[str, ...]:
    files = (name + FILE_SUFFIX for name, option in options.items() if without_none(option.kind)[0] is Secret)
    return (*options, *files)


def _from_text(raw: Scalar, *, as_map: bool) -> Raw:
    """A list or map from an environment variable: ``a, b`` or what YAML writes on one line."""
    text = str(raw.value).strip()
    if text.startswith(("[", "{")):
        return parse_flow(text, raw.source) or raw
    if as_map:
        return raw
    pieces = [piece.strip() for piece in text.split(",") if piece.strip()]
    return Row(tuple(Scalar(piece, raw.source, as_text=True) for piece in pieces), raw.source)
