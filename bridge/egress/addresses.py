"""Which addresses an outgoing request may reach: the public Internet, and what the admin allowed by name.

Somebody who can make us fetch an address of their choice (a link, an avatar, a webhook) could otherwise
make us knock at what listens for us alone: the homeserver's admin API, a router, a cloud's metadata
service. So every range that IANA sets apart from the public Internet is refused. In IPv6 only 2000::/3 is
public at all; what lies in it but leads elsewhere (IPv4 packed into IPv6, documentation, protocol
assignments) is refused too, and so is everything that wraps an IPv4 address, because the translator at the
far end may stand inside our own network.

Registries: https://www.iana.org/assignments/iana-ipv4-special-registry/ and
https://www.iana.org/assignments/iana-ipv6-special-registry/
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from attrs import frozen

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_REFUSED_V4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host, on Linux the same as loopback
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; Alibaba Cloud's metadata service
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host agent: public by number, private by use
        "169.254.0.0/16",  # link-local; most metadata services
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_PUBLIC_V6: Final = IPv6Network("2000::/3")
_REFUSED_V6: Final = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments; Teredo wraps IPv4
        "2001:db8::/32",
        "2002::/16",  # 6to4 wraps IPv4
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)


@frozen
class Allowed:
    """A range the admin allowed, for one port or, without it, for all."""

    network: Network
    port: int | None = None

    def covers(self, address: Address, port: int) -> bool:
        return address in self.network and self.port in {None, port}


@frozen
class Reach:
    """What may be reached."""

    ports: frozenset[int]
    allowed: tuple[Allowed, ...] = ()

    def covers(self, address: Address, port: int) -> bool:
        """Whether a connection to this address and port may be opened."""
        if any(one.covers(address, port) for one in self.allowed):
            return True
        return port in self.ports and is_public(address)


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public Internet and leads nowhere else."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    if address.scope_id is not None or address not in _PUBLIC_V6:
        return False
    return not any(address in network for network in _REFUSED_V6)


def parse_address(text: str) -> Address | None:
    """An address written out; None for a name."""
    try:
        return ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def parse_allowed(text: str) -> Allowed | None:
    """``10.0.0.0/8``, ``127.0.0.1:8008``, ``fd00::/8`` or ``[fd00::1]:8080``; None for anything else."""
    host, port = text, None
    if text.startswith("[") or text.count(":") == 1:
        host, _, tail = text.rpartition(":") if not text.endswith("]") else (text, "", "")
        if not text.endswith("]"):
            if not (tail.isascii() and tail.isdigit() and 0 < int(tail) < 65536):
                return None
            port = int(tail)
    try:
        return Allowed(ip_network(host.removeprefix("[").removesuffix("]")), port)
    except ValueError:
        return None


def make_reach(allow: Sequence[str], ports: Sequence[int]) -> Reach:
    """The reach that a configuration describes; raises ``ValueError`` for an entry that is none."""
    allowed = []
    for entry in allow:
        one = parse_allowed(entry)
        if one is None:
            raise ValueError(f"not an address or range: {entry}")
        allowed.append(one)
    return Reach(frozenset(ports), tuple(allowed))
