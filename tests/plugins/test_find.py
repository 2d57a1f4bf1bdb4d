"""Entry points that keep their promise are found; those that do not are named with the reason."""

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from random import Random

import pytest

from bridge.config.load import PluginSection
from bridge.keeper.direct import Direct
from bridge.model.errors import Phrase
from bridge.model.ids import NetworkName
from bridge.networks.demo.config import DemoConfig
from bridge.networks.demo.connector import DemoConnector
from bridge.plugins.find import NETWORKS, find_networks
from bridge.plugins.networks import configured_networks
from tests.plugins.fakes import HandClock

DEMO = EntryPoint("demo", "bridge.networks.demo.connector:make_connector", NETWORKS)
GOOD = """
from bridge.networks.demo.config import DemoConfig
SECTION = DemoConfig
SENTENCES = {"en": {"NAME.hello": "Hello."}}
def make_connector(name, config, *, clock, random): ...
"""
HELD = """
from bridge.networks.demo.config import DemoConfig
SECTION = DemoConfig
SENTENCES = {"en": {"NAME.hello": "Hello."}}
class Holding:
    def use_keeper(self, keeper):
        self.keeper = keeper
def make_connector(name, config, *, clock, random):
    return Holding()
"""

Write = Callable[[str, str], EntryPoint]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a module and give an entry point of the same name."""
    monkeypatch.syspath_prepend(tmp_path)

    def written(name: str, source: str) -> EntryPoint:
        (tmp_path / f"found_{name}.py").write_text(source.replace("NAME", name))
        monkeypatch.delitem(sys.modules, f"found_{name}", raising=False)
        return EntryPoint(name, f"found_{name}:make_connector", NETWORKS)

    return written


def test_an_installed_network_is_found() -> None:
    found = find_networks([DEMO])
    assert found.failed == ()
    assert found.sections == {"demo": DemoConfig}
    assert "demo.check.ok" in found.tables[0]["en"]


def test_the_networks_of_this_package_are_installed() -> None:
    assert "demo" in find_networks().kinds


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("import a_module_that_is_not_there", "ModuleNotFoundError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("1 / 0", "ZeroDivisionError"),
        ("def make_connector(:", "SyntaxError"),
        ("SECTION = None", "AttributeError"),
    ],
)
def test_a_module_that_cannot_be_imported_spoils_no_other(write: Write, source: str, error: str) -> None:
    found = find_networks([write("broken", source), DEMO])
    assert list(found.kinds) == ["demo"]
    assert found.failed[0].reason.key == "plugins.not_loaded"
    assert str(found.failed[0].reason.values["error"]).startswith(error)
    assert "Traceback" in found.failed[0].traceback


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("SECTION = object()", "SECTION"),
        ("SECTION = dict", "SECTION"),
        ("SENTENCES = None", "SENTENCES"),
        ("SENTENCES = {'zh-Hans': {}}", "SENTENCES"),
        ("SENTENCES = {'en': {'other.hello': 'Hello.'}}", "SENTENCES"),
        ("SENTENCES = {'en': {'odd.hello': 1}}", "SENTENCES"),
        ("make_connector = 5", "make_connector"),
    ],
)
def test_a_module_of_another_shape_is_named_with_what_is_wrong(write: Write, line: str, what: str) -> None:
    found = find_networks([write("odd", f"{GOOD}\n{line}\n"), DEMO])
    assert list(found.kinds) == ["demo"]
    assert found.failed[0].reason == Phrase.of("plugins.bad_shape", type="odd", what=what)


def test_a_network_of_another_package_is_found(write: Write) -> None:
    assert list(find_networks([write("good", GOOD), DEMO]).kinds) == ["demo", "good"]


def test_no_package_takes_the_place_of_a_network_of_our_own(write: Write) -> None:
    thief = EntryPoint("demo", write("good", GOOD).value, NETWORKS)
    found = find_networks([thief, DEMO])
    assert found.sections == {"demo": DemoConfig}
    assert found.failed[0].reason == Phrase.of("plugins.type_taken", type="demo", used=DEMO.value)


def test_an_entry_point_that_is_listed_twice_is_one() -> None:
    assert find_networks([DEMO, DEMO]).failed == ()


def test_a_section_is_made_into_its_connector() -> None:
    section = PluginSection("play", "demo", DemoConfig(), ())
    found = find_networks([DEMO])
    (one,) = configured_networks({"play": section}, found, clock=HandClock(), random=Random(1))
    assert not isinstance(one.make, Phrase)
    made = one.make()
    assert isinstance(made, DemoConnector)
    assert made.network == NetworkName("play")


def test_a_connector_that_can_have_its_connections_held_is_given_the_keeper(write: Write) -> None:
    found = find_networks([write("held", HELD), DEMO])
    sections = {kind: PluginSection(kind, kind, DemoConfig(), ()) for kind in ("held", "demo")}
    keeper = Direct()
    held, demo = configured_networks(sections, found, clock=HandClock(), random=Random(1), keeper=keeper)
    assert not isinstance(held.make, Phrase)
    assert not isinstance(demo.make, Phrase)
    assert vars(held.make())["keeper"] is keeper
    assert isinstance(demo.make(), DemoConnector)


def test_a_section_with_mistakes_names_the_way_to_see_them() -> None:
    section = PluginSection("play", "demo", None, ())
    found = find_networks([DEMO])
    (one,) = configured_networks({"play": section}, found, clock=HandClock(), random=Random(1))
    assert one.make == Phrase.of("plugins.bad_section", name="play")
