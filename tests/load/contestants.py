"""The bridges that are compared, each brought to the same state: four channels with a room each."""

import asyncio
import json
import secrets
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final, Protocol

import aiohttp
from attrs import field, frozen

from bridge.testing.servers import Ngircd
from bridge.testing.servers.ports import LOOPBACK, accepts_connections
from bridge.testing.servers.process import ServerProcess
from tests.load.matrix_person import MatrixPerson
from tests.load.programs import Trunkline
from tests.load.tables import say

HEISENBRIDGE_VERSION: Final = "1.15.4"
ROOMS: Final = 4
_PROJECT: Final = Path(__file__).resolve().parents[2]
_ENVIRONMENT: Final = _PROJECT / ".venv-heisenbridge"


class Contestant(Protocol):
    """A bridge between the homeserver and one IRC server."""

    @property
    def name(self) -> str: ...
    @property
    def process(self) -> ServerProcess: ...
    @property
    def channels(self) -> Sequence[str]: ...
    @property
    def rooms(self) -> list[str]:
        """The rooms of the channels; filled by ``open``."""

    async def open(self, person: MatrixPerson) -> None:
        """Do as a user does until each channel has a room with the person in it."""


def _channels(letter: str) -> tuple[str, ...]:
    return tuple(f"#{letter}{number}" for number in range(1, ROOMS + 1))


@frozen
class TrunklineContestant:
    process: Trunkline
    server: Ngircd
    name: str = "Trunkline"
    channels: Sequence[str] = _channels("tl")
    rooms: list[str] = field(factory=list)

    async def open(self, person: MatrixPerson) -> None:
        for channel in self.channels:
            alias = f"#_trunkline_ng_{channel.removeprefix('#')}:localhost"
            self.rooms.append(await _join_when_there(person, alias))


async def _join_when_there(person: MatrixPerson, alias: str) -> str:
    """The bridge may still be connecting: a person would try again, too."""
    for _ in range(40):
        try:
            return await person.join(alias)
        except aiohttp.ClientResponseError as error:
            if error.status != 404:
                raise
        await asyncio.sleep(0.5)
    return await person.join(alias)


def trunkline_on(server: Ngircd, homeserver_url: str) -> TrunklineContestant:
    """Trunkline with a server that trusts it: it may write as fast as it can."""
    network = {
        "type": "irc",
        "host": server.host,
        "port": server.port,
        "tls": False,
        "flood_burst": 10_000,
        "flood_rate": 0,
    }
    return TrunklineContestant(Trunkline(homeserver_url, {"ng": network}), server)


class Heisenbridge(ServerProcess):
    """heisenbridge in an environment of its own, which is made when it is missing."""

    title: ClassVar[str] = "heisenbridge"

    def __init__(self, homeserver_url: str, owner: str) -> None:
        super().__init__()
        self._homeserver_url = homeserver_url
        self._owner = owner
        self.registration = self.folder / "registration.yaml"
        self.registration.write_text(
            json.dumps(
                {
                    "id": "heisenbridge",
                    "url": f"http://{LOOPBACK}:{self.port}",
                    "as_token": secrets.token_hex(32),
                    "hs_token": secrets.token_hex(32),
                    "rate_limited": False,
                    "sender_localpart": "heisenbridge",
                    "namespaces": {
                        "users": [{"regex": "@irc_.*", "exclusive": True}],
                        "aliases": [],
                        "rooms": [],
                    },
                }
            )
        )

    def command(self) -> Sequence[str | Path]:
        listen = ["-l", LOOPBACK, "-p", str(self.port), "-o", self._owner]
        return [
            _heisenbridge_python(),
            "-m",
            "heisenbridge",
            "-c",
            self.registration,
            *listen,
            self._homeserver_url,
        ]

    def prepare(self) -> None: ...

    def is_ready(self) -> bool:
        return accepts_connections(self.port)


def _heisenbridge_python() -> Path:
    python = _ENVIRONMENT / "bin" / "python"
    if not python.exists():
        say(f"installing heisenbridge {HEISENBRIDGE_VERSION} into {_ENVIRONMENT.name}")
        subprocess.run([sys.executable, "-m", "venv", _ENVIRONMENT], check=True)
        wanted = f"heisenbridge=={HEISENBRIDGE_VERSION}"
        subprocess.run([python, "-m", "pip", "install", "--quiet", wanted], check=True)
    return python


@frozen
class HeisenbridgeContestant:
    process: Heisenbridge
    server: Ngircd
    name: str = f"heisenbridge {HEISENBRIDGE_VERSION}"
    channels: Sequence[str] = _channels("hb")
    rooms: list[str] = field(factory=list)

    async def open(self, person: MatrixPerson) -> None:
        """Its own documentation's steps, without the pauses a human makes."""
        # It invites its owner by itself.
        control = await person.next_invite()
        await person.told(control)
        await person.ask(control, "ADDNETWORK load")
        await person.ask(control, f"ADDSERVER load {self.server.host} {self.server.port}")
        await person.ask(control, "OPEN load", "invited")
        network = await person.next_invite()
        await person.ask(network, "NICK owner")
        await person.ask(network, "CONNECT", "Welcome")
        for channel in self.channels:
            await person.say(network, f"JOIN {channel}")
            self.rooms.append(await person.next_invite())
