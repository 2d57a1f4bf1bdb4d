"""ZNC, the bouncer that stays on an IRC server for somebody and replays what they missed."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from bridge.testing.servers.ports import LOOPBACK, accepts_connections
from bridge.testing.servers.process import ServerProcess
from bridge.testing.servers.programs import find_program


class Znc(ServerProcess):
    """A ZNC on loopback with one user, who is on one server and in one channel.

    A client gives ``password`` as the password of the server.

    Args:
        server_port: of the IRC server on loopback.
        channel: what it stays in.
        nick: under which it stays there.
    """

    title: ClassVar[str] = "ZNC"
    unprivileged_user: ClassVar[str | None] = "irc"
    host: ClassVar[str] = LOOPBACK
    password: ClassVar[str] = "bouncer/net:secret"

    def __init__(self, *, server_port: int, channel: str, nick: str) -> None:
        super().__init__()
        self._server_port = server_port
        self._channel = channel
        self._nick = nick

    def command(self) -> Sequence[str | Path]:
        return [find_program("znc", package="znc"), "--foreground", "--datadir", str(self.folder)]

    def prepare(self) -> None:
        configs = self.folder / "configs"
        configs.mkdir()
        (configs / "znc.conf").write_text(f"""
Version = 1.8.2
<Listener clients>
    Host = {LOOPBACK}
    Port = {self.port}
    SSL = false
    IPv4 = true
    IPv6 = false
    AllowIRC = true
    AllowWeb = false
</Listener>
<User bouncer>
    Admin = false
    Nick = {self._nick}
    Ident = {self._nick}
    RealName = {self._nick}
    Pass = plain#secret
    <Network net>
        Server = {LOOPBACK} {self._server_port}
        <Chan {self._channel}>
        </Chan>
    </Network>
</User>
""")

    def is_ready(self) -> bool:
        return accepts_connections(self.port)
