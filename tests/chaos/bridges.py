"""The bridges that are put through chaos, each a real process of its own; first of all ours."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final, Protocol

from bridge.keeper.place import LOCK_NAME
from bridge.matrix.registration import make_registration, write_registration
from bridge.model.namespace import Namespace
from bridge.testing.matrix_client import MatrixEvent, MatrixRefusedError
from bridge.testing.servers.ports import LOOPBACK, accepts_connections
from bridge.testing.servers.process import ServerProcess
from tests.chaos.clock import TurnedClock
from tests.chaos.matrix_person import MatrixPerson
from tests.chaos.processes import end_tagged
from tests.chaos.record import Fate, Place
from tests.e2e.stack import make_place, write_config

DISK_MB: Final = 32
_HERE: Final = Path(__file__).resolve().parent


class Bridge(Protocol):
    """What the harness needs of whatever stands between the homeserver and the IRC servers."""

    title: ClassVar[str]
    kinds: ClassVar[Sequence[str]]
    """What it can carry from Matrix."""
    speakers: ClassVar[int]
    """How many people on Matrix it can speak for."""
    limit_s: ClassVar[float]
    """How long a round waits, once all is mended, for what has not arrived."""

    @property
    def why_without(self) -> Mapping[str, str]:
        """Faults that cannot be had with it here, with the reason."""

    @property
    def registration(self) -> Path: ...
    @property
    def process(self) -> "BridgeProcess": ...

    @property
    def port(self) -> int:
        """Where it listens for the homeserver."""

    def configure(
        self, way_in: str, homeserver_url: str, networks: Mapping[str, int], database_url: str | None
    ) -> None:
        """``way_in``: where the homeserver finds it; ``networks``: the ports under which they are reached."""

    def is_own_nick(self, nick: str) -> bool: ...
    def told(self, event: MatrixEvent) -> Sequence[tuple[str, Fate]]:
        """What an event tells senders of their messages; an empty ID stands for the oldest one missing."""

    def tells_gap(self, event: MatrixEvent) -> bool: ...

    async def open(self, asker: MatrixPerson, places: Sequence[Place]) -> dict[Place, str]:
        """Do as a user does until each channel has a room with the asker in it."""


class BridgeProcess(ServerProcess):
    """Killing ends the one process only: what else it has started is part of how it survives."""

    title: ClassVar[str] = "Bridge"

    def prepare(self) -> None: ...

    def kill_blocking(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def stop_blocking(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(self.stop_timeout_s)
        except subprocess.TimeoutExpired:
            self.kill_blocking()

    def discard(self) -> None:
        self.stop_blocking()
        end_tagged(str(self.folder))
        shutil.rmtree(self.folder, ignore_errors=True)


class TrunklineProcess(BridgeProcess):
    """``trunkline run``; where it is possible, its clock can be turned and its disk be filled."""

    title: ClassVar[str] = "Trunkline"

    def __init__(self) -> None:
        super().__init__()
        self.data = self.folder / "data"
        self.data.mkdir()
        self.mounted = _mount(self.data)
        self.place = make_place(self.data)
        self.clock = TurnedClock(self.folder)

    def configure(
        self, way_in: str, homeserver_url: str, networks: Mapping[str, int], database_url: str | None
    ) -> None:
        """``way_in``: where the homeserver finds us; ``networks``: the ports under which they are reached."""
        made = make_registration(Namespace(self.place.domain), way_in, protocols=("irc",))
        self.place.registration.write_text(write_registration(made))
        write_config(
            self.place,
            homeserver_url,
            {name: _irc(port) for name, port in networks.items()},
            public=False,
            keeper=True,
        )
        if database_url is not None:
            settings = json.loads(self.place.config.read_text())
            self.place.config.write_text(json.dumps({**settings, "database": {"url": database_url}}))

    def command(self) -> Sequence[str | Path]:
        run: list[str | Path] = [sys.executable, "-P", "-m", "bridge", "run", "--config", self.place.config]
        # The tag finds whatever outlives the bridge when everything is over.
        variables = {"CHAOS_FOLDER": str(self.folder), **self.clock.environment}
        return ["/usr/bin/env", *(f"{name}={value}" for name, value in variables.items()), *run]

    def is_ready(self) -> bool:
        return accepts_connections(self.place.port)

    def discard(self) -> None:
        self.stop_blocking()
        end_tagged(str(self.folder))
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.data)], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def keeper(self) -> int | None:
        """The process that holds the connections, if there is one."""
        try:
            return int((self.data / LOCK_NAME).read_text() or 0) or None
        except (FileNotFoundError, ValueError):
            return None

    def trace(self, what: str) -> str:
        """What ``trunkline trace`` says of an event."""
        command = [sys.executable, "-P", "-m", "bridge", "trace", "--config", str(self.place.config), what]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        except subprocess.TimeoutExpired:
            return "(no answer)"
        return done.stdout + done.stderr


class Trunkline:
    """Ours, as it comes but for the limits that protect foreign IRC servers."""

    title: ClassVar[str] = "Trunkline"
    kinds: ClassVar[Sequence[str]] = ("message", "edit", "reaction", "redaction")
    speakers: ClassVar[int] = 2
    limit_s: ClassVar[float] = 100.0

    def __init__(self) -> None:
        self.process = TrunklineProcess()
        self.why_without: dict[str, str] = {}
        if not self.process.clock.works:
            self.why_without["clock jump"] = "there is no C compiler (cc)"
        if not self.process.mounted:
            self.why_without["disk full"] = "this user may not mount a tmpfs"

    @property
    def registration(self) -> Path:
        return self.process.place.registration

    @property
    def port(self) -> int:
        return self.process.place.port

    def configure(
        self, way_in: str, homeserver_url: str, networks: Mapping[str, int], database_url: str | None
    ) -> None:
        self.process.configure(way_in, homeserver_url, networks, database_url)

    def is_own_nick(self, nick: str) -> bool:
        return nick.startswith("trunkline")

    def told(self, event: MatrixEvent) -> Sequence[tuple[str, Fate]]:
        answered = event.relates_to.get("m.in_reply_to", {}).get("event_id")
        if not event.sender.startswith("@trunkline:") or event.msgtype != "m.notice" or not answered:
            return ()
        unsure = any(words in event.body for words in ("Nobody can tell", "may or may not"))
        return [(str(answered), Fate.UNCERTAIN if unsure else Fate.REFUSED)]

    def tells_gap(self, event: MatrixEvent) -> bool:
        return event.sender.startswith("@trunkline:") and "was away from" in event.body

    async def open(self, asker: MatrixPerson, places: Sequence[Place]) -> dict[Place, str]:
        rooms = {}
        for place in places:
            alias = f"#_trunkline_{place.network}_{place.channel.removeprefix('#')}:localhost"
            rooms[place] = await join_when_there(asker, alias)
        return rooms


def _irc(port: int) -> dict[str, object]:
    return {
        "type": "irc",
        "host": LOOPBACK,
        "port": port,
        "tls": False,
        "flood_rate": 0,
        "ping_timeout_s": 10,
    }


def _mount(folder: Path) -> bool:
    """A small disk of its own for the data, if this user may mount one."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


async def join_when_there(asker: MatrixPerson, room: str) -> str:
    """The bridge may still be connecting: a person would try again, too."""
    for _ in range(60):
        try:
            return await asker.join(room)
        except MatrixRefusedError as error:
            if error.status not in (403, 404):
                raise
        await asyncio.sleep(0.5)
    return await asker.join(room)
