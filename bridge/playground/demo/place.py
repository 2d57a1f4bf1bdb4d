"""The demo's folder: what is kept from one start to the next, and the files of all that is started."""

import json
import secrets
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
from attrs import frozen

from bridge.app.init import REGISTRATION_NAME, Wishes, Written, write_folder
from bridge.matrix.registration import read_registration, write_registration
from bridge.model.errors import Misconfigured, Phrase
from bridge.playground.homeserver import (
    LOOPBACK,
    HomeserverFolder,
    homeserver_config,
    log_config,
    new_signing_key,
)
from bridge.playground.ports import free_port, is_free
from bridge.storage.lock import LOCK_NAME, FolderLock

DOMAIN: Final = "localhost"
USER: Final = "demo"
NETWORK: Final = "playground"
CHANNEL: Final = "#trunkline"
BRIDGE_NICK: Final = "trunkline"
_MARK: Final = "demo.json"
_PORTS: Final = ("homeserver", "irc", "appservice", "public")


@frozen
class Place:
    """Where everything of one demo is; all ports are on the loopback interface."""

    folder: Path
    ports: Mapping[str, int]
    password: str

    @property
    def homeserver(self) -> HomeserverFolder:
        return HomeserverFolder(
            folder=self.folder / "homeserver",
            port=self.ports["homeserver"],
            server_name=DOMAIN,
            registrations=[self.trunkline / REGISTRATION_NAME],
        )

    @property
    def homeserver_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports['homeserver']}"

    @property
    def trunkline(self) -> Path:
        return self.folder / "trunkline"

    @property
    def user_id(self) -> str:
        return f"@{USER}:{DOMAIN}"

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


def take_place(folder: Path, *, fresh: bool) -> tuple[Place, FolderLock]:
    """Make or find the folder, for one demo at a time.

    ``fresh`` forgets what was in it. Raises ``Misconfigured`` for a folder that is somebody else's.
    """
    folder = folder.absolute()
    mark = folder / _MARK
    if folder.exists() and not mark.exists() and any(folder.iterdir()):
        raise Misconfigured(Phrase.of("demo.not_ours", folder=str(folder)))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FolderLock.take(folder)
    if fresh:
        _clear(folder)
    kept = json.loads(mark.read_text()) if mark.exists() else {}
    place = Place(folder, _ports(kept.get("ports", {})), kept.get("password") or secrets.token_urlsafe(9))
    mark.touch(mode=0o600)
    mark.write_text(json.dumps({"ports": place.ports, "password": place.password}, indent=1))
    return place, lock


def write_homeserver(place: Place) -> None:
    """Synapse's files; its key and its database stay from one start to the next."""
    home = place.homeserver
    home.folder.mkdir(mode=0o700, exist_ok=True)
    if not home.signing_key_file.exists():
        home.signing_key_file.write_text(new_signing_key())
    if not home.shared_secret_file.exists():
        home.shared_secret_file.touch(mode=0o600)
        home.shared_secret_file.write_text(secrets.token_urlsafe(32))
    home.log_config_file.write_text(json.dumps(log_config()))
    # JSON is YAML as well.
    home.config_file.write_text(json.dumps(homeserver_config(home), indent=1))


def write_bridge(place: Place, networks: tuple[str, ...]) -> Written:
    """Trunkline's files, as ``trunkline init`` would; the tokens stay from one start to the next."""
    registration = place.trunkline / REGISTRATION_NAME
    old = read_registration(registration.read_text()) if registration.exists() else None
    url = f"http://{LOOPBACK}:{place.ports['appservice']}"
    wishes = Wishes(
        data=place.trunkline,
        homeserver=place.homeserver_url,
        domain=DOMAIN,
        admin=place.user_id,
        public_url=f"http://{LOOPBACK}:{place.ports['public']}",
        networks=networks,
        address=url,
        port=place.ports["appservice"],
        more={
            "public": {"port": place.ports["public"]},
            "bridge": {"alias_chats": [f"{NETWORK}/*"]},
            # All that the demo starts ends with it.
            "keeper": {"enabled": False},
            "networks": {NETWORK: _playground(place)},
        },
    )
    written = write_folder(wishes, force=True)
    if old is not None:
        registration.write_text(write_registration(attrs.evolve(old, url=url)))
    return written


def _playground(place: Place) -> dict[str, Any]:
    return {
        "type": "irc",
        "host": LOOPBACK,
        "port": place.ports["irc"],
        "tls": False,
        "display_name": "Playground",
        "nick": BRIDGE_NICK,
        "channels": [CHANNEL],
        # The server is our own and bears it.
        "flood_burst": 1000,
        "flood_rate": 0,
    }


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name == LOCK_NAME:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _ports(kept: Mapping[str, int]) -> dict[str, int]:
    """Those of last time where they are still free, else others."""
    ports: dict[str, int] = {}
    for name in _PORTS:
        wanted = kept.get(name)
        ports[name] = wanted if wanted is not None and is_free(wanted) else _another(ports.values())
    return ports


def _another(taken: Collection[int]) -> int:
    try:
        return free_port(taken)
    except OSError as error:
        raise Misconfigured(Phrase.of("demo.no_port")) from error
