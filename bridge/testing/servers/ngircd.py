"""ngIRCd, the IRC server that knows nothing but the RFC."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from bridge.testing.servers.ports import LOOPBACK, accepts_connections
from bridge.testing.servers.process import ServerProcess
from bridge.testing.servers.programs import find_program


class Ngircd(ServerProcess):
    """An ngIRCd on loopback; closes the connection on a line over 512 bytes.

    Args:
        flood_limit: keep the server's own limit (about three lines a second).
        config: further lines of configuration, beginning with a section.
    """

    title: ClassVar[str] = "ngIRCd"
    unprivileged_user: ClassVar[str | None] = "irc"
    host: ClassVar[str] = LOOPBACK
    server_name: ClassVar[str] = "ng.irc.test"

    def __init__(self, *, flood_limit: bool = False, config: str = "") -> None:
        super().__init__()
        self._flood_limit = flood_limit
        self._extra = config

    @property
    def url(self) -> str:
        return f"irc://{self.host}:{self.port}"

    def command(self) -> Sequence[str | Path]:
        return [find_program("ngircd", package="ngircd"), "--nodaemon", "--config", self._config_file]

    def prepare(self) -> None:
        penalty = -1 if self._flood_limit else 0
        self._config_file.write_text(f"""
[Global]
Name = {self.server_name}
Info = test server
Network = TestNet
AdminInfo1 = Test
AdminEMail = test@irc.test
Listen = {LOOPBACK}
Ports = {self.port}
MotdPhrase = A server for tests.

[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 30
MaxPenaltyTime = {penalty}
PingTimeout = 120

[Options]
DNS = no
Ident = no
PAM = no
{self._extra}
""")

    def is_ready(self) -> bool:
        return accepts_connections(self.port)

    @property
    def _config_file(self) -> Path:
        return self.folder / "ngircd.conf"
