"""Credentials are sealed, bound to their place, and readable with the right key only."""

import stat
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, strategies

from bridge.config.secret import Secret
from bridge.model.errors import Misconfigured
from bridge.storage.engine import run
from bridge.storage.secrets import SecretKey
from bridge.storage.store import OpenStore, open_store

PLACE = ("logins", "libera:alice", "password")


async def test_a_secret_is_read_back_from_its_place(opened: OpenStore) -> None:
    secrets = opened.stores.secrets
    await secrets.put(*PLACE, Secret("tea"))
    await secrets.put(*PLACE, Secret("cake \0 and ü"))

    assert await secrets.get(*PLACE) == Secret("cake \0 and ü")
    assert await secrets.get("logins", "libera:bob", "password") is None


async def test_a_secret_can_be_forgotten_alone_or_with_its_row(opened: OpenStore) -> None:
    secrets = opened.stores.secrets
    for column in ("password", "token", "cookie"):
        await secrets.put("logins", "libera:alice", column, Secret(column))
    await secrets.delete(*PLACE)
    kept = await secrets.get("logins", "libera:alice", "token")
    await secrets.delete("logins", "libera:alice")

    assert kept == Secret("token")
    assert await secrets.get(*PLACE) is None
    assert await secrets.get("logins", "libera:alice", "cookie") is None


async def test_a_secret_moved_to_another_row_does_not_open(opened: OpenStore) -> None:
    await opened.stores.secrets.put(*PLACE, Secret("tea"))
    move = "UPDATE secrets SET of_row = 'libera:mallory'"
    await opened.engine.write(partial(run, move))

    with pytest.raises(Misconfigured) as refused:
        await opened.stores.secrets.get("logins", "libera:mallory", "password")
    assert refused.value.reason.key == "storage.secret_damaged"


async def test_nothing_readable_is_in_the_database(opened: OpenStore) -> None:
    await opened.stores.secrets.put(*PLACE, Secret("a long password"))
    rows = await opened.engine.read(partial(run, "SELECT sealed FROM secrets"))

    assert b"a long password" not in bytes(rows[0][0])


async def test_a_wrong_key_is_refused_at_the_start(place: str, key: SecretKey) -> None:
    await (await open_store(place, key)).close()

    with pytest.raises(Misconfigured) as refused:
        await open_store(place, SecretKey(b"w" * 32))
    assert refused.value.reason.key == "storage.key_wrong"


async def test_the_right_key_is_taken_again_after_a_wrong_one(place: str, key: SecretKey) -> None:
    first = await open_store(place, key)
    await first.close()
    with pytest.raises(Misconfigured):
        await open_store(place, SecretKey(b"w" * 32))

    second = await open_store(place, key)
    await second.close()
    assert first.instance == second.instance


def test_a_made_key_is_read_back_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    made = SecretKey.generate(path)

    assert SecretKey.load(path).as_text() == made.as_text()
    assert SecretKey.from_text(Secret(made.as_text() + "\n")).id == made.id
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    SecretKey.generate(tmp_path / "secret.key")

    with pytest.raises(Misconfigured):
        SecretKey.generate(tmp_path / "secret.key")


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as refused:
        SecretKey.load(tmp_path / "secret.key")
    assert str(tmp_path) in str(refused.value.reason.values["file"])


@pytest.mark.parametrize("text", ["", "abc", "not base64!", "ü", "QUJD"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        SecretKey.from_text(Secret(text))
    assert refused.value.reason.key == "storage.key_malformed"


def test_a_key_never_prints(key: SecretKey) -> None:
    assert "kkk" not in f"{key!r} {key}"


@given(strategies.binary(), strategies.tuples(*[strategies.text(strategies.characters(codec="utf-8"))] * 3))
def test_what_is_sealed_opens(plain: bytes, place: tuple[str, str, str]) -> None:
    key = SecretKey(b"k" * 32)

    assert key.open(key.seal(plain, place), place) == plain


@given(strategies.binary(min_size=0, max_size=80))
def test_no_bytes_make_the_opening_crash(sealed: bytes) -> None:
    with pytest.raises(Misconfigured):
        SecretKey(b"k" * 32).open(sealed, PLACE)


def test_places_that_read_alike_are_different() -> None:
    key = SecretKey(b"k" * 32)

    with pytest.raises(Misconfigured):
        key.open(key.seal(b"tea", ("ab", "c", "d")), ("a", "bc", "d"))


def test_derived_keys_are_their_own(key: SecretKey) -> None:
    assert key.derive("media links") == key.derive("media links")
    assert len({key.derive("media links"), key.derive("other"), b"k" * 32}) == 3
