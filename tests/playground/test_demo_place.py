"""The demo's folder: kept from one start to the next, and never somebody else's."""

import socket
import stat
from pathlib import Path

import pytest

from bridge.app.settings import load_settings
from bridge.matrix.config import AppserviceConfig, HomeserverConfig
from bridge.matrix.registration import Registration, read_registration
from bridge.model.errors import Misconfigured
from bridge.networks.irc.config import IrcConfig
from bridge.playground.demo.place import Place, take_place, write_bridge, write_homeserver
from bridge.web.config import PublicConfig


def _place(folder: Path, *, fresh: bool = False) -> Place:
    place, lock = take_place(folder, fresh=fresh)
    lock.release()
    return place


def _registration(place: Place) -> Registration:
    return read_registration((place.trunkline / "registration.yaml").read_text())


def test_the_next_start_has_the_same_ports_and_password(tmp_path: Path) -> None:
    assert _place(tmp_path / "demo") == _place(tmp_path / "demo")


def test_every_port_is_another_one(tmp_path: Path) -> None:
    assert len(set(_place(tmp_path / "demo").ports.values())) == 4


def test_a_port_that_is_taken_is_chosen_anew(tmp_path: Path) -> None:
    first = _place(tmp_path / "demo")
    with socket.create_server(("127.0.0.1", first.ports["irc"])):
        second = _place(tmp_path / "demo")
    assert second.ports["irc"] != first.ports["irc"]
    assert {**second.ports, "irc": 0} == {**first.ports, "irc": 0}


def test_fresh_forgets_everything(tmp_path: Path) -> None:
    first = _place(tmp_path / "demo")
    write_bridge(first, ())
    second = _place(tmp_path / "demo", fresh=True)
    assert second.password != first.password
    assert not second.trunkline.exists()


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("mine")
    with pytest.raises(Misconfigured) as caught:
        take_place(tmp_path, fresh=True)
    assert caught.value.reason.key == "demo.not_ours"
    assert [path.name for path in tmp_path.iterdir()] == ["letter"]


def test_a_second_demo_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    _, lock = take_place(tmp_path / "demo", fresh=False)
    with lock, pytest.raises(Misconfigured) as caught:
        take_place(tmp_path / "demo", fresh=True)
    assert caught.value.reason.key == "storage.locked"


def test_nobody_else_reads_the_password(tmp_path: Path) -> None:
    place = _place(tmp_path / "demo")
    assert stat.S_IMODE((place.folder / "demo.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700


def test_bridge_and_homeserver_are_told_the_same_ports(tmp_path: Path) -> None:
    place = _place(tmp_path / "demo")
    loaded = load_settings(write_bridge(place, ("ircs://irc.libera.chat/#a",)).config, {})
    assert loaded.problems == ()
    assert loaded.section(HomeserverConfig).url == place.homeserver_url
    assert loaded.section(AppserviceConfig).port == place.ports["appservice"]
    assert loaded.section(PublicConfig).port == place.ports["public"]
    assert _registration(place).url == f"http://127.0.0.1:{place.ports['appservice']}"
    playground = loaded.plugins["networks"]["playground"].value
    assert isinstance(playground, IrcConfig)
    assert (playground.port, playground.channels) == (place.ports["irc"], ("#trunkline",))
    assert set(loaded.plugins["networks"]) == {"playground", "libera"}


def test_tokens_and_signing_key_outlive_a_change_of_ports(tmp_path: Path) -> None:
    first = _place(tmp_path / "demo")
    write_bridge(first, ())
    write_homeserver(first)
    before, key = _registration(first), first.homeserver.signing_key_file.read_text()
    with socket.create_server(("127.0.0.1", first.ports["appservice"])):
        second = _place(tmp_path / "demo")
    write_bridge(second, ())
    write_homeserver(second)
    after = _registration(second)
    assert (after.as_token, after.hs_token) == (before.as_token, before.hs_token)
    assert after.url != before.url
    assert second.homeserver.signing_key_file.read_text() == key
