"""The programs that are measured, each a process of its own with a folder and a port."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final

from bridge.matrix.registration import read_registration
from bridge.testing.servers.ports import accepts_connections
from bridge.testing.servers.process import ServerProcess
from tests.e2e.stack import make_place, write_config

_HERE: Final = Path(__file__).resolve().parent


class Receiver(ServerProcess):
    """One of ``receivers.py``. ``database``: a file's name in its folder, or a PostgreSQL URL."""

    title: ClassVar[str] = "Receiver"

    def __init__(self, kind: str, database: str = "") -> None:
        super().__init__()
        self._kind = kind
        self._database = database

    def command(self) -> Sequence[str | Path]:
        # -P: the folder of the program must not come before the standard library.
        return [sys.executable, "-P", _HERE / "receivers.py", self._kind, str(self.port), self._database]

    def prepare(self) -> None: ...

    def is_ready(self) -> bool:
        return accepts_connections(self.port)


class Trunkline(ServerProcess):
    """``trunkline run`` on a data folder of its own, as a user starts it.

    Args:
        homeserver_url: the homeserver may be away.
        networks: sections of the configuration, by the network's name.
        database_url: a PostgreSQL URL instead of the SQLite file.
    """

    title: ClassVar[str] = "Trunkline"

    def __init__(
        self,
        homeserver_url: str,
        networks: Mapping[str, Mapping[str, object]] | None = None,
        *,
        database_url: str | None = None,
    ) -> None:
        super().__init__()
        self.place = make_place(self.folder)
        write_config(self.place, homeserver_url, networks or {})
        if database_url is not None:
            settings = json.loads(self.place.config.read_text())
            self.place.config.write_text(json.dumps({**settings, "database": {"url": database_url}}))

    @property
    def hs_token(self) -> str:
        return read_registration(self.place.registration.read_text()).hs_token.reveal()

    def command(self) -> Sequence[str | Path]:
        return [sys.executable, "-P", "-m", "bridge", "run", "--config", self.place.config]

    def prepare(self) -> None: ...

    def is_ready(self) -> bool:
        return accepts_connections(self.place.port)
