"""A connector that asks for each name once and opens sockets only to addresses within reach.

The check stands twice on purpose. The resolver hands on the permitted addresses alone, so the connection
goes to an address that was checked and not to what a second question to the DNS would bring. The socket
factory asks again for every single socket: it also sees the addresses that were written out, for which
there is no question to the DNS.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from bridge.egress.addresses import Reach, parse_address
from bridge.egress.errors import EgressRefused, Refusal

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gets a host name and a port; returns the addresses, the best first; raises ``OSError``."""


async def system_lookup(host: str, port: int) -> Sequence[str]:
    """Ask as every other program on this machine does."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(info[4][0]) for info in found))


def make_connector(
    reach: Reach, lookup: Lookup, *, connections: int, tls: ssl.SSLContext | None = None
) -> aiohttp.TCPConnector:
    """The connector of the one client; names are not remembered: a check is good for one connection.

    Without ``tls`` the system's authorities are believed.
    """

    def open_socket(info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, target = info
        address = parse_address(str(target[0]))
        if address is None or not reach.covers(address, int(target[1])):
            raise PermissionError(f"not within reach: {target[0]}")
        return socket.socket(family=family, type=kind, proto=protocol)

    return aiohttp.TCPConnector(
        resolver=_CheckingResolver(reach, lookup),
        use_dns_cache=False,
        limit=connections,
        limit_per_host=max(1, connections // 4),
        socket_factory=open_socket,
        ssl=True if tls is None else tls,
    )


class _CheckingResolver(AbstractResolver):
    def __init__(self, reach: Reach, lookup: Lookup) -> None:
        self._reach = reach
        self._lookup = lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = [parse_address(text) for text in await self._lookup(host, port)]
        permitted = [address for address in found if address and self._reach.covers(address, port)]
        if found and not permitted:
            raise EgressRefused(Refusal.ADDRESS, host)
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in permitted
        ]

    async def close(self) -> None:
        """Nothing is kept open."""
