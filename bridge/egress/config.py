"""The ``egress`` section."""

from bridge.config import option, section
from bridge.egress.addresses import parse_allowed


def _allowed(entries: tuple[str, ...]) -> str | None:
    return (
        None
        if all(parse_allowed(entry) for entry in entries)
        else "ranges such as 10.1.0.0/16 or [fd00::1]:8080"
    )


def _ports(ports: tuple[int, ...]) -> str | None:
    return None if all(0 < port < 65536 for port in ports) else "a list of ports from 1 to 65535"


@section("egress", "Fetching from other servers: link previews, media, webhooks, feeds.")
class EgressConfig:
    allow: tuple[str, ...] = option(
        "Private addresses that may be reached all the same: an address or range, with or without a port.",
        default=(),
        example=("10.1.0.0/16", "127.0.0.1:8008"),
        check=_allowed,
    )
    ports: tuple[int, ...] = option(
        "The ports that may be reached on public addresses.", default=(80, 443, 8448), check=_ports
    )
    timeout_s: float = option(
        "How long one fetch may take, with all its redirects.", default=30.0, at_least=1
    )
    max_bytes: int = option(
        "The largest answer that is read when nothing else is said.", default=10 * 1024 * 1024, at_least=1024
    )
