"""PostgreSQL with a cluster of its own, as durable as a real one."""

import asyncio
import secrets
import subprocess
from collections.abc import Sequence
from pathlib import Path
from signal import SIGINT, Signals
from typing import ClassVar

from bridge.testing.servers.ports import LOOPBACK
from bridge.testing.servers.process import ServerFailedError, ServerProcess
from bridge.testing.servers.programs import find_program

_USER = "trunkline"


class Postgres(ServerProcess):
    """A PostgreSQL cluster with ``fsync`` on, for one test run.

    It listens on 127.0.0.1 and on a Unix socket in ``folder``, and trusts
    whoever reaches it as user ``trunkline``.
    """

    title: ClassVar[str] = "PostgreSQL"
    # A fast shutdown: the default signal would wait for clients to leave.
    stop_signal: ClassVar[Signals] = SIGINT
    unprivileged_user: ClassVar[str | None] = "postgres"

    def url(self, database: str = "postgres") -> str:
        """The URL of one of the cluster's databases."""
        return f"postgresql://{_USER}@{LOOPBACK}:{self.port}/{database}"

    def create_database(self) -> str:
        """Make an empty database with a name of its own and return the name."""
        name = f"test_{secrets.token_hex(6)}"
        self._run("createdb", *self._address(), "--template=template0", name)
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, and throw out whoever still uses it."""
        self._run("dropdb", *self._address(), "--force", "--if-exists", name)

    async def new_database_url(self) -> str:
        """Make an empty database and return its URL; it goes with the cluster."""
        return self.url(await asyncio.to_thread(self.create_database))

    # What ServerProcess asks.

    def command(self) -> Sequence[str | Path]:
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "max_connections": "200",
        }
        words = [f"--{name}={value}" for name, value in settings.items()]
        return [_program("postgres"), "-D", self._data, *words]

    def prepare(self) -> None:
        self.give_folder_away()
        self._run(
            "initdb",
            f"--pgdata={self._data}",
            f"--username={_USER}",
            "--auth=trust",
            "--encoding=UTF8",
            # Synapse refuses a database that sorts in any other way.
            "--locale=C",
            "--no-sync",
        )

    def is_ready(self) -> bool:
        command = self.as_user([_program("pg_isready"), *self._address(), "--dbname=postgres", "--timeout=1"])
        return subprocess.run(command, cwd=self.folder, capture_output=True, check=False).returncode == 0

    # Inside.

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _address(self) -> list[str]:
        return [f"--host={LOOPBACK}", f"--port={self.port}", f"--username={_USER}"]

    def _run(self, program: str, *arguments: str) -> None:
        command = self.as_user([_program(program), *arguments])
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ServerFailedError(f"{program} failed:\n{done.stdout}{done.stderr}")


def _program(name: str) -> str:
    # Debian keeps the server's programs out of PATH, in a folder for each version.
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    return find_program(name, package="postgresql", folders=versions)


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(int(digits) for digits in folder.parent.name.split(".") if digits.isdigit())
