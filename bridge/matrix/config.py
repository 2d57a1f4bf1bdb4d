"""The ``homeserver`` and ``appservice`` sections: where the homeserver is, and where it finds us."""

from pathlib import Path

from bridge.config.checks import host, http_url, server_name
from bridge.config.declare import option, section


@section("homeserver", "The Matrix homeserver whose users Trunkline joins with other networks.")
class HomeserverConfig:
    url: str = option(
        "The address under which Trunkline reaches the homeserver.",
        example="http://127.0.0.1:8008",
        check=http_url,
    )
    domain: str = option(
        "The server name: what stands behind the colon in its users' names.",
        example="example.org",
        check=server_name,
    )
    request_timeout_s: float = option(
        "How long one request to the homeserver may take.", default=60.0, at_least=1.0, at_most=600.0
    )
    retry_for_s: float = option(
        "How long one request is tried again while the homeserver is away or busy, before the message waits.",
        default=60.0,
        at_least=0.0,
        at_most=3600.0,
    )
    connections: int = option(
        "How many requests to the homeserver may be on their way at once.",
        default=50,
        at_least=1,
        at_most=1000,
    )


@section("appservice", "Where the homeserver finds Trunkline, and how the two know each other.")
class AppserviceConfig:
    address: str = option(
        "The address under which the homeserver reaches Trunkline; it is written into the registration.",
        default="http://127.0.0.1:29317",
        check=http_url,
    )
    host: str = option(
        "The address on which Trunkline listens for the homeserver; keep it away from the open internet.",
        default="127.0.0.1",
        check=host,
    )
    port: int = option(
        "The port on which Trunkline listens for the homeserver.", default=29317, at_least=1, at_most=65535
    )
    registration: Path = option(
        "The registration file, which the homeserver must be given too; next to this file unless absolute.",
        default=Path("registration.yaml"),
    )
    token_in_query: bool = option(
        "Take the homeserver's token from the address too, as homeservers older than Matrix 1.4 send it.",
        default=False,
    )
