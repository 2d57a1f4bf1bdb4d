"""The bridges that are put through the same rounds beside ours, in environments of their own."""

import json
import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from bridge.testing.matrix_client import MatrixEvent
from bridge.testing.servers.ports import LOOPBACK, accepts_connections
from tests.chaos.bridges import BridgeProcess
from tests.chaos.matrix_person import MatrixPerson
from tests.chaos.record import Fate, Place

HEISENBRIDGE_VERSION: Final = "1.15.4"
MAUTRIX_VERSION: Final = "0.21.1"
_PROJECT: Final = Path(__file__).resolve().parents[2]
_NOT_OURS: Final = {
    "disk full": "it keeps nothing on a disk of its own",
    "clock jump": "only tried with Trunkline",
    "keeper": "it has none",
}
_OWNER: Final = "@alice:localhost"
LIMIT_S: Final = 20.0
"""What these have not carried by then is mostly never carried; what comes later still counts."""


class Peer(BridgeProcess):
    """What both have in common."""

    kinds: ClassVar[Sequence[str]] = ("message",)
    speakers: ClassVar[int]
    limit_s: ClassVar[float] = LIMIT_S
    nick: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self._registration = self.folder / "registration.yaml"
        self.tokens = {"as_token": secrets.token_hex(32), "hs_token": secrets.token_hex(32)}
        self._homeserver_url = ""
        self._networks: Mapping[str, int] = {}

    @property
    def why_without(self) -> Mapping[str, str]:
        return _NOT_OURS

    @property
    def registration(self) -> Path:
        return self._registration

    @property
    def process(self) -> BridgeProcess:
        return self

    def configure(
        self, way_in: str, homeserver_url: str, networks: Mapping[str, int], database_url: str | None
    ) -> None:
        self._homeserver_url = homeserver_url
        self._networks = networks
        self.registration.write_text(json.dumps({"url": way_in, "rate_limited": False, **self._registered()}))

    def is_ready(self) -> bool:
        return accepts_connections(self.port)

    def is_own_nick(self, nick: str) -> bool:
        return nick.startswith(self.nick)

    def told(self, event: MatrixEvent) -> Sequence[tuple[str, Fate]]:
        return ()

    def tells_gap(self, event: MatrixEvent) -> bool:
        return False

    def _registered(self) -> dict[str, Any]:
        raise NotImplementedError


class Heisenbridge(Peer):
    """One connection a network, for one person on Matrix."""

    title: ClassVar[str] = f"heisenbridge {HEISENBRIDGE_VERSION}"
    speakers: ClassVar[int] = 1
    nick: ClassVar[str] = "owner"

    def command(self) -> Sequence[str | Path]:
        python = _environment(".venv-heisenbridge", f"heisenbridge=={HEISENBRIDGE_VERSION}")
        listen = ["-l", LOOPBACK, "-p", str(self.port), "-o", _OWNER]
        return [python, "-m", "heisenbridge", "-c", self.registration, *listen, self._homeserver_url]

    def told(self, event: MatrixEvent) -> Sequence[tuple[str, Fate]]:
        # A notice has a line for each message, and does not say which one.
        is_notice = event.sender.startswith("@heisenbridge") and event.msgtype == "m.notice"
        return [("", Fate.REFUSED)] * event.body.count("Not connected") if is_notice else ()

    async def open(self, asker: MatrixPerson, places: Sequence[Place]) -> dict[Place, str]:
        """Its own documentation's steps, without the pauses a human makes."""
        rooms: dict[Place, str] = {}
        control = await _next_invite(asker, [])
        await asker.wait_for(lambda event: event.room_id == control and event.sender != _OWNER)
        known = [control]
        for network, port in self._networks.items():
            await _ask(asker, control, f"ADDNETWORK {network}")
            await _ask(asker, control, f"ADDSERVER {network} {LOOPBACK} {port}")
            await _ask(asker, control, f"OPEN {network}")
            desk = await _next_invite(asker, known)
            await _ask(asker, desk, "NICK owner")
            await _ask(asker, desk, "CONNECT", "Welcome")
            for place in places:
                if place.network == network:
                    await asker.say(desk, f"JOIN {place.channel}")
                    rooms[place] = await _next_invite(asker, known)
        return rooms

    def _registered(self) -> dict[str, Any]:
        users = [{"regex": "@irc_.*", "exclusive": True}]
        namespaces = {"users": users, "aliases": [], "rooms": []}
        return {
            "id": "heisenbridge",
            "sender_localpart": "heisenbridge",
            "namespaces": namespaces,
            **self.tokens,
        }


class SmallAppservice(Peer):
    """``small_appservice.py``."""

    title: ClassVar[str] = f"mautrix-python {MAUTRIX_VERSION}, 40 lines"
    speakers: ClassVar[int] = 2
    nick: ClassVar[str] = "small"

    def command(self) -> Sequence[str | Path]:
        python = _environment(".venv-mautrix", f"mautrix=={MAUTRIX_VERSION}")
        program = Path(__file__).with_name("small_appservice.py")
        return [python, "-P", program, self._settings]

    def prepare(self) -> None:
        self._write_settings({})

    async def open(self, asker: MatrixPerson, places: Sequence[Place]) -> dict[Place, str]:
        rooms = {
            place: await asker.create_room(preset="public_chat", name=str(place), invite=["@small:localhost"])
            for place in places
        }
        self._write_settings({room_id: [place.network, place.channel] for place, room_id in rooms.items()})
        await self.restart()
        return rooms

    @property
    def _settings(self) -> Path:
        return self.folder / "settings.json"

    def _write_settings(self, rooms: Mapping[str, Sequence[str]]) -> None:
        settings = {
            "homeserver": self._homeserver_url,
            "port": self.port,
            "networks": self._networks,
            "rooms": rooms,
            **self.tokens,
        }
        self._settings.write_text(json.dumps(settings))

    def _registered(self) -> dict[str, Any]:
        users = [{"regex": "@small_.*", "exclusive": True}]
        namespaces = {"users": users, "aliases": [], "rooms": []}
        return {"id": "small", "sender_localpart": "small", "namespaces": namespaces, **self.tokens}


async def _ask(asker: MatrixPerson, room_id: str, text: str, words: str = "") -> None:
    """Say something, and wait until somebody else says these words in the same room."""
    since = asker.mark()
    await asker.say(room_id, text)
    await asker.wait_for(
        lambda event: (
            event.room_id == room_id
            and event.type == "m.room.message"
            and event.sender != asker.user_id
            and words in event.body
        ),
        since=since,
        what=f"the answer to {text}",
    )


async def _next_invite(asker: MatrixPerson, known: list[str]) -> str:
    """Wait for an invitation to a room that is not known yet, and follow it."""
    event = await asker.wait_for(
        lambda event: event.where == "invite" and event.room_id not in known, what="an invitation"
    )
    known.append(event.room_id)
    return await asker.join(event.room_id)


def _environment(name: str, wanted: str) -> Path:
    """The Python of an environment that holds a package; it is made when it is missing."""
    python = _PROJECT / name / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", _PROJECT / name], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", wanted], check=True)
    return python
