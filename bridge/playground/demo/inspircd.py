"""An installed InspIRCd as the demo's IRC server, with all that the bridge can make use of."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bridge.model.errors import Misconfigured, Phrase
from bridge.playground.homeserver import LOOPBACK

_MODULES: Final = (
    "cap",
    "ircv3",
    "ircv3_accounttag",
    "ircv3_batch",
    "ircv3_capnotify",
    "ircv3_chghost",
    "ircv3_ctctags",
    "ircv3_echomessage",
    "ircv3_labeledresponse",
    "ircv3_msgid",
    "ircv3_servertime",
)
_CONFIG: Final = """\
<server name="irc.playground" description="The demo's server" network="Playground">
<admin name="Demo" nick="demo" email="demo@localhost">
<bind address="{host}" port="{port}" type="clients">
<connect allow="*" resolvehostnames="no" useident="no" localmax="100" globalmax="100"
         commandrate="1000000" threshold="100000" fakelag="no">
<options defaultmodes="ont">
<dns server="{host}" timeout="1">
<pid file="{folder}/inspircd.pid">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{folder}/server.log">
"""


def inspircd_command(folder: Path, port: int) -> Sequence[str | Path]:
    """Write its configuration, and say how to start it. Raises ``Misconfigured`` without it."""
    program = shutil.which("inspircd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None:
        raise Misconfigured(Phrase.of("demo.no_inspircd"))
    config = folder / "inspircd.conf"
    modules = "".join(f'<module name="{name}">\n' for name in _MODULES)
    config.write_text(_CONFIG.format(host=LOOPBACK, port=port, folder=folder) + modules)
    root = ["--runasroot"] if os.geteuid() == 0 else []
    # It tries to write core files of any size unless told otherwise beforehand.
    words: list[str | Path] = [program, "--nofork", *root, "--config", config]
    return ["/bin/sh", "-c", 'ulimit -c 0; exec "$0" "$@"', *words]
