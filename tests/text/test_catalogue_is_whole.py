"""Every key in the source has its sentence, in each language, with the same values."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import bridge
from bridge.text.catalogue import LANGUAGES, OWN, Catalogue, Table
from bridge.text.catalogue.templates import placeholders

SOURCE = Path(bridge.__file__).parent


def _tables() -> Iterator[tuple[str, Table]]:
    yield "bridge", OWN
    for path in sorted((SOURCE / "networks").glob("*/catalogue.py")):
        name = path.parent.name
        table: Table = importlib.import_module(f"bridge.networks.{name}.catalogue").SENTENCES
        yield name, table


TABLES = dict(_tables())
WHOLE = Catalogue(*TABLES.values())


def _is_phrase(call: ast.Call) -> bool:
    match call.func:
        case ast.Name("Phrase") | ast.Attribute(ast.Name("Phrase"), "of") | ast.Name("refused"):
            return True
        case _:
            return False


def _keys_by_name(place: str, call: ast.Call) -> Iterator[tuple[str, str, None]]:
    """Keys that are handed on as ``help_key="..."``."""
    for keyword in call.keywords:
        if keyword.arg == "help_key" and isinstance(keyword.value, ast.Constant):
            yield place, str(keyword.value.value), None


def _used() -> Iterator[tuple[str, str, frozenset[str] | None]]:
    """Place, key and names of the values of each phrase made from a literal key."""
    for path in sorted(SOURCE.rglob("*.py")):
        if "tests" in path.parts or SOURCE / "testing" in path.parents:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield from _keys_by_name(f"{path.relative_to(SOURCE)}:{node.lineno}", node)
            if not (isinstance(node, ast.Call) and _is_phrase(node) and node.args):
                continue
            if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                names = [keyword.arg for keyword in node.keywords]
                known = len(node.args) == 1 and None not in names
                given = frozenset(name for name in names if name) if known else None
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", node.args[0].value, given


USED = list(_used())


def test_every_key_in_the_source_has_a_sentence() -> None:
    missing = {key: place for place, key, _ in USED if WHOLE.template(key) is None}
    assert missing == {}


def test_every_sentence_gets_the_values_it_wants() -> None:
    wanting = {
        place: sorted(wanted - given)
        for place, key, given in USED
        if given is not None and (wanted := placeholders(WHOLE.template(key) or "")) - given
    }
    assert wanting == {}


@pytest.mark.parametrize("owner", sorted(TABLES))
def test_all_languages_have_the_same_keys(owner: str) -> None:
    table = TABLES[owner]
    assert {language: set(table[language]) ^ set(table["en"]) for language in LANGUAGES} == {
        language: set() for language in LANGUAGES
    }


@pytest.mark.parametrize("owner", sorted(TABLES))
@pytest.mark.parametrize("language", LANGUAGES)
def test_all_languages_show_the_same_values(owner: str, language: str) -> None:
    table = TABLES[owner]
    different = {
        key
        for key, template in table[language].items()
        if placeholders(template) != placeholders(table["en"].get(key, template))
    }
    assert different == set()


@pytest.mark.parametrize("owner", sorted(TABLES))
@pytest.mark.parametrize("language", LANGUAGES)
def test_marks_in_templates_come_in_pairs(owner: str, language: str) -> None:
    odd = {
        key
        for key, template in TABLES[owner][language].items()
        if template.count("`") % 2 or template.count("**") % 2
    }
    assert odd == set()


def test_no_network_speaks_under_a_key_of_another() -> None:
    strange = {
        (owner, key)
        for owner, table in TABLES.items()
        for key in table["en"]
        if owner != "bridge" and not key.startswith(f"{owner}.")
    }
    assert strange == set()
