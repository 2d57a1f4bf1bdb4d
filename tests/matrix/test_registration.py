"""The file by which homeserver and Trunkline know each other."""

from itertools import count
from pathlib import Path

import pytest
from attrs import evolve

from bridge.config.plain_yaml import read_yaml
from bridge.matrix.registration import (
    Registration,
    make_registration,
    read_registration,
    shortcomings,
    write_registration,
)
from bridge.model.errors import Misconfigured
from bridge.model.ids import UserID
from bridge.model.namespace import Namespace

NAMESPACE = Namespace("example.org")
TEMPLATE = Path(__file__).resolve().parents[2] / "registration.yaml"


def made() -> Registration:
    numbers = count()
    return make_registration(
        NAMESPACE, "http://127.0.0.1:29317", protocols=("irc",), token=lambda: f"{next(numbers):032x}"
    )


def test_what_is_written_is_read_the_same() -> None:
    assert read_registration(write_registration(made())) == made()


def test_a_fresh_registration_has_no_shortcomings() -> None:
    assert shortcomings(made(), NAMESPACE) == []


def test_tokens_are_random_and_print_as_stars() -> None:
    first, second = make_registration(NAMESPACE, "http://x"), make_registration(NAMESPACE, "http://x")

    assert first.as_token != second.as_token
    assert first.as_token != first.hs_token
    assert first.sender_localpart != second.sender_localpart
    assert first.as_token.reveal() not in repr(first)


def test_the_template_is_refused_for_its_placeholders() -> None:
    with pytest.raises(Misconfigured) as refused:
        read_registration(TEMPLATE.read_text())

    assert refused.value.reason.key == "registration.placeholder"


def test_the_template_filled_in_is_what_init_writes() -> None:
    """Whoever fills it in by hand gets the same rights and flags."""
    template = read_yaml(TEMPLATE.read_text())
    written = read_yaml(write_registration(evolve(made(), protocols=())))

    secret = {"as_token", "hs_token", "sender_localpart"}
    plain = {key: value for key, value in written.items() if key not in secret}
    backslashed = {key: value for key, value in template.items() if key not in secret}
    assert backslashed == plain


@pytest.mark.parametrize("written", ["5", "irc", "{irc: yes}", "[5]"])
def test_protocols_of_another_shape_are_no_protocols(written: str) -> None:
    """A number there ended ``doctor`` and ``run`` with a traceback, a word became a protocol a letter."""
    text = write_registration(evolve(made(), protocols=())).replace("protocols: []", f"protocols: {written}")
    assert f"protocols: {written}" in text
    assert read_registration(text).protocols == ()


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("as_token:", "was_token:", "registration.missing"),
        ('id: "trunkline"', "id: 5", "registration.missing"),
        (f"{0:032x}", "short", "registration.weak_token"),
        (f"{0:032x}", "with a space in the token", "registration.weak_token"),
        (f"{1:032x}", f"{0:032x}", "registration.same_tokens"),
        ("namespaces:", "namespaces: [", "registration.unreadable"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, key: str) -> None:
    text = write_registration(made())
    assert old in text

    with pytest.raises(Misconfigured) as refused:
        read_registration(text.replace(old, new))

    assert refused.value.reason.key == key


@pytest.mark.parametrize("text", ["", "- a list", "just text", "a: b: c", "{" * 5000])
def test_what_is_no_registration_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        read_registration(text)

    assert refused.value.reason.key == "registration.unreadable"


def test_shortcomings_are_all_told() -> None:
    weak = evolve(
        made(),
        rate_limited=True,
        receive_ephemeral=False,
        msc4190=False,
        sender_localpart="trunkline",
        user_patterns=("@other_.*", "("),
        alias_patterns=(),
    )

    assert [phrase.key for phrase in shortcomings(weak, NAMESPACE)] == [
        "registration.namespace",
        "registration.namespace",
        "registration.namespace",
        "registration.sender_is_bot",
        "registration.wrong_flag",
        "registration.wrong_flag",
        "registration.wrong_flag",
    ]


@pytest.mark.parametrize(
    ("user_id", "ours"),
    [
        ("@trunkline:example.org", True),
        ("@trunkline_weather:example.org", True),
        ("@_trunkline_net_bob:example.org", True),
        ("@trunkliner:example.org", False),
        ("@_trunkline_net_bob:example.org.evil", False),
        ("@_trunkline_net_bob:exampleXorg", False),
        ("@ann:example.org", False),
        ("trunkline", False),
        ("", False),
    ],
)
def test_our_users_are_those_of_the_namespace(user_id: str, ours: bool) -> None:
    assert NAMESPACE.is_ours(UserID(user_id)) is ours
