"""The ``public`` section."""

from bridge.config import option, section
from bridge.config.checks import host, http_url


def _base_url(value: str) -> str | None:
    fine = http_url(value) is None and not value.endswith("/")
    return None if fine else "an address such as https://bridge.example.org, without a slash at its end"


@section("public", "What the Internet may reach: links to media, later the console.")
class PublicConfig:
    url: str | None = option(
        "The address under which the world reaches the port below; without it media are only described.",
        default=None,
        example="https://bridge.example.org",
        check=_base_url,
    )
    listen: str = option("The address to listen on.", default="127.0.0.1", check=host)
    port: int = option("The port to listen on.", default=29331, at_least=1, at_most=65535)
    media_days: int = option("How long a link to a file can be opened.", default=30, at_least=1, at_most=3650)
    media_max_bytes: int = option(
        "The largest file that is passed on to those who open a link.",
        default=100 * 1024 * 1024,
        at_least=1024,
    )
    media_downloads: int = option(
        "How many files may be on their way to readers at the same time.",
        default=16,
        at_least=1,
        at_most=1000,
    )
    api: bool = option(
        "Offer the API for programs under /api/v1, to those with a token. It wants `url`.", default=True
    )
    behind_proxy: bool = option(
        "Believe the proxy before the port what address a request comes from (X-Forwarded-For). Without a "
        "proxy anybody could make up addresses.",
        default=False,
    )
    metrics: bool = option(
        "Show the metrics to everybody who can reach the port, under /metrics.", default=False
    )
