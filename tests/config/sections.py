"""A small configuration that the tests of this folder read."""

from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path
from textwrap import dedent

from bridge.config import Loaded, PluginGroup, Schema, Secret, Wrong, checks, load, option, section


class Format(Enum):
    CONSOLE = "console"
    JSON = "json"


@section("tls", "How the connection is protected.")
class TlsConfig:
    on: bool = option("Use TLS.", default=True)
    ca_file: Path | None = option("Trust these authorities.", default=None)


@section("server", "The homeserver.")
class ServerConfig:
    url: str = option("Where it listens.", default="http://127.0.0.1:8008", check=checks.http_url)
    domain: str = option("The server name.", check=checks.server_name, example="example.org")
    timeout_s: float = option("How long to wait.", default=30.0, at_least=1)
    body_bytes: int = option("The largest body.", default=65536, at_least=1024)
    as_token: Secret = option("The token.", at_least=4)
    tls: TlsConfig = option("Protection.", factory=TlsConfig)


@section("logging", "What is written down.")
class LogConfig:
    format: Format = option("How a line looks.", default=Format.CONSOLE)
    quiet: tuple[str, ...] = option("Loggers that say less.", default=(), at_most=3)
    levels: Mapping[str, str] = option("Levels by logger.", factory=dict)
    folder: Path = option("Where the files go.", default=Path("logs"))


@section("irc", "An IRC network.")
class IrcConfig:
    host: str = option("Where it is.", check=checks.host)
    port: int = option("The port.", default=6697, at_least=1, at_most=65535)
    account: str | None = option("The account.", default=None)
    password: Secret | None = option("The account's password.", default=None)
    channels: Mapping[str, TlsConfig] = option("Channels with their protection.", factory=dict)

    def mistakes(self) -> Iterable[Wrong]:
        if self.password and not self.account:
            yield Wrong("account", "an account name, because there is a password")


SCHEMA = Schema(
    [ServerConfig, LogConfig],
    [PluginGroup("networks", "The networks.", {"irc": IrcConfig}, {"irc": "libera"})],
)

GOOD = """\
server:
  domain: example.org
  as_token: s3cret
"""


def read(text: str, folder: Path, schema: Schema = SCHEMA, **environment: str) -> Loaded:
    """The configuration with this text in a file of its own."""
    path = folder / "config.yaml"
    path.write_text(dedent(text))
    path.chmod(0o600)
    return load(schema, path, environment)


def lines(loaded: Loaded) -> list[str]:
    """Each mistake without the folder of the file."""
    return [str(problem)[str(problem).find("config.yaml") :] for problem in loaded.problems]
