"""The ``public`` section."""

from bridge.config import option, section
from bridge.config.checks import host, http_url


@section("public", "What the Internet may reach: links to media, later the console.")
class PublicConfig:
    url: str | None = option(
        "The address under which the world reaches the port below; without it a photo is only described.",
        default=None,
        example="https://bridge.example.org",
        check=http_url,
    )
    listen: str = option("The address to listen on.", default="127.0.0.1", check=host)
    port: int = option("The port to listen on.", default=29331, at_least=1, at_most=65535)
