"""InspIRCd, the IRC server with everything that IRCv3 has standardised."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from bridge.testing.servers.ports import LOOPBACK, accepts_connections
from bridge.testing.servers.process import ServerProcess
from bridge.testing.servers.programs import find_program

_MODULES = (
    "cap",
    "ircv3",
    "ircv3_accounttag",
    "ircv3_batch",
    "ircv3_capnotify",
    "ircv3_chghost",
    "ircv3_ctctags",
    "ircv3_echomessage",
    "ircv3_invitenotify",
    "ircv3_labeledresponse",
    "ircv3_msgid",
    "ircv3_servertime",
    "monitor",
    "namesx",
    "services_account",
    "setname",
    "uhnames",
)


class InspIRCd(ServerProcess):
    """An InspIRCd with IRCv3's capabilities and no services.

    Args:
        flood_limit: keep the server's own limit (a burst of ten lines, then one a
            second); without it a client may say thousands of lines at once.
        modules: further modules to load, named without ``m_`` and ``.so``.
        config: further lines of configuration.
    """

    title: ClassVar[str] = "InspIRCd"
    unprivileged_user: ClassVar[str | None] = "irc"
    host: ClassVar[str] = LOOPBACK
    server_name: ClassVar[str] = "irc.test"
    network_name: ClassVar[str] = "TestNet"

    def __init__(self, *, flood_limit: bool = False, modules: Sequence[str] = (), config: str = "") -> None:
        super().__init__()
        self._flood_limit = flood_limit
        self._modules = (*_MODULES, *modules)
        self._extra = config

    @property
    def url(self) -> str:
        return f"irc://{self.host}:{self.port}"

    def command(self) -> Sequence[str | Path]:
        program = find_program("inspircd", package="inspircd")
        # It tries to write core files of any size unless told otherwise beforehand.
        words = [program, "--nofork", "--nolog", "--config", str(self._config_file)]
        return ["/bin/sh", "-c", 'ulimit -c 0; exec "$0" "$@"', *words]

    def prepare(self) -> None:
        motd = self.folder / "motd"
        motd.write_text("A server for tests.\n")
        modules = "\n".join(f'<module name="{name}">' for name in self._modules)
        self._config_file.write_text(f"{self._base_config(motd)}\n{modules}\n{self._extra}\n")

    def is_ready(self) -> bool:
        return accepts_connections(self.port)

    @property
    def _config_file(self) -> Path:
        return self.folder / "inspircd.conf"

    def _base_config(self, motd: Path) -> str:
        flood = "" if self._flood_limit else 'commandrate="1000000" threshold="100000" fakelag="no"'
        return f"""
<server name="{self.server_name}" description="test server" network="{self.network_name}">
<admin name="Test" nick="test" email="test@irc.test">
<bind address="{LOOPBACK}" port="{self.port}" type="clients">
<connect allow="*" timeout="60" pingfreq="120" hardsendq="16777216" softsendq="1048576"
         recvq="1048576" localmax="10000" globalmax="10000" maxchans="1000"
         resolvehostnames="no" useident="no" {flood}>
<files motd="{motd}">
<pid file="{self.folder}/inspircd.pid">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{self.folder}/inspircd.log">
<dns server="{LOOPBACK}" timeout="1">
<options defaultmodes="ont" prefixquit="Quit: " hostintopic="yes">
<performance softlimit="10000" somaxconn="1000" quietbursts="yes">
<security maxtargets="20">
<limits maxnick="30" maxchan="64" maxline="512" maxtopic="390" maxkick="255" maxaway="200">
"""
