"""Addresses of IRC networks, as ``trunkline init --network`` takes them."""

import pytest

from bridge.api.network import Addressed, ReadsAddresses
from bridge.model.errors import InvalidInput
from bridge.networks.irc.config import IrcConfig


def test_the_section_reads_addresses() -> None:
    assert isinstance(IrcConfig, ReadsAddresses)


@pytest.mark.parametrize(
    ("address", "name", "options"),
    [
        ("ircs://irc.libera.chat/#python", "libera", {"host": "irc.libera.chat", "channels": ["#python"]}),
        ("ircs://irc.libera.chat", "libera", {"host": "irc.libera.chat"}),
        (
            "irc://irc.oftc.net/a,##b",
            "oftc",
            {"host": "irc.oftc.net", "port": 6667, "tls": False, "channels": ["#a", "##b"]},
        ),
        ("IRC://127.0.0.1:6700/", "irc", {"host": "127.0.0.1", "port": 6700, "tls": False}),
        ("ircs://[::1]:6697/%23x", "irc", {"host": "::1", "channels": ["#x"]}),
        ("ircs://localhost", "localhost", {"host": "localhost"}),
    ],
)
def test_an_address_becomes_a_name_and_options(address: str, name: str, options: dict[str, object]) -> None:
    assert IrcConfig.from_address(address) == Addressed(name, options)


@pytest.mark.parametrize(
    "address",
    ["irc:host", "irc://", "irc://me:secret@host", "irc://host:0", "irc://host:99999", "irc://h/#a b"],
)
def test_what_cannot_be_read_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput):
        IrcConfig.from_address(address)


def test_an_address_of_another_kind_is_left_to_others() -> None:
    assert IrcConfig.from_address("xmpp://example.org") is None
