"""Reads an address such as ``ircs://irc.libera.chat/#python`` as options of a section.

Without TLS: ``irc``, port 6667; with it: ``ircs``, port 6697. Several channels are parted by commas, and a
name without a sign in front means ``#``. A password has no place in an address: it would stand in the
shell's history.
"""

import re
from typing import Any, Final
from urllib.parse import unquote

from bridge.api.network import Addressed
from bridge.config.checks import host as host_wanted
from bridge.model.errors import InvalidInput, Phrase
from bridge.networks.irc.ids import parse_chat_text

_PORTS: Final = {"irc": 6667, "ircs": 6697}
_ADDRESS: Final = re.compile(
    r"(?P<scheme>ircs?)://(?P<host>\[[^\]\s]*\]|[^:/?#\s@]+)(?::(?P<port>\d{1,5}))?(?:/(?P<channels>\S*))?\Z",
    re.IGNORECASE,
)
_PREFIXES: Final = frozenset({"irc", "irc4", "irc6", "chat", "www"})
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9]+")


def read_address(address: str) -> Addressed | None:
    """None for an address of another kind of network.

    Raises ``InvalidInput`` for one that is meant for IRC and cannot be read.
    """
    if not address.lower().startswith(("irc:", "ircs:")):
        return None
    found = _ADDRESS.match(address)
    if found is None or not _is_port(found["port"]) or host_wanted(found["host"]):
        raise InvalidInput(Phrase.of("irc.address.invalid", given=address))
    scheme = found["scheme"].lower()
    host = found["host"].strip("[]")
    port = int(found["port"] or _PORTS[scheme])
    options: dict[str, Any] = {"host": host}
    if port != _PORTS["ircs"]:
        options["port"] = port
    if scheme == "irc":
        options["tls"] = False
    names = [unquote(word) for word in (found["channels"] or "").split(",") if word]
    if channels := [str(parse_chat_text(name)) for name in names]:
        options["channels"] = channels
    return Addressed(_name_of(host), options)


def _is_port(written: str | None) -> bool:
    return written is None or 1 <= int(written) <= 65535


def _name_of(host: str) -> str:
    """``libera`` for irc.libera.chat, ``irc`` for a bare IP address."""
    labels = host.lower().rstrip(".").split(".")
    while len(labels) > 2 and labels[0] in _PREFIXES:
        labels.pop(0)
    if ":" in host or labels[-1].isdigit():
        return "irc"
    word = labels[-2] if len(labels) > 1 else labels[0]
    return _NOT_IN_NAMES.sub("-", word).strip("-") or "irc"
