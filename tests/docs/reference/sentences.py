"""The page of everything the bridge says to people, in its languages."""

import importlib
import pkgutil
from collections.abc import Iterator
from itertools import groupby
from typing import Final

import bridge.networks
from bridge.text.catalogue import LANGUAGES, OWN, Table
from tests.docs.reference.markdown import code, page, table

_INTRODUCTION: Final = """
Everything the bridge says to a person has a key and a sentence in each language. The log names the key
(`irc.join.banned`), people see the sentence. `{name}` is where a value goes; `{count|line|lines}` is one or
the other word, by the number. The language of the bridge's own sentences is the option `bridge.language`; of
the words it says on an IRC network, `networks.NAME.language`.
"""


def sentences_page() -> str:
    return page("Sentences", _INTRODUCTION, *(part for owner, one in tables() for part in _parts(owner, one)))


def tables() -> Iterator[tuple[str, Table]]:
    """The catalogue of the bridge itself, then one a network."""
    yield "The bridge", OWN
    for info in pkgutil.iter_modules(bridge.networks.__path__):
        module = importlib.import_module(f"bridge.networks.{info.name}.catalogue")
        yield f"Networks of the type {info.name}", module.SENTENCES


def _parts(owner: str, one: Table) -> Iterator[str]:
    yield f"## {owner}"
    for prefix, keys in groupby(sorted(one["en"]), key=lambda key: key.rpartition(".")[0].partition(".")[0]):
        rows = [[code(key), *(one[language].get(key, "") for language in LANGUAGES)] for key in keys]
        yield f"### {prefix}\n" + table(["Key", *LANGUAGES], rows)
