"""What ``trunkline init`` does: decides what the first files say, and writes them into a data folder."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import aiohttp
import attrs
from attrs import field, frozen
from yarl import URL

from bridge.api.network import ReadsAddresses
from bridge.app.settings import load_settings, namespace_of, schema
from bridge.config import ConfigInvalid, Loaded, render_chosen
from bridge.config.problems import Origin, Source
from bridge.matrix.config import AppserviceConfig
from bridge.matrix.registration import make_registration, write_registration
from bridge.model.errors import InvalidInput, Misconfigured, Phrase
from bridge.plugins.find import Found, find_networks
from bridge.plugins.networks import GROUP
from bridge.storage.secrets import SecretKey

CONFIG_NAME: Final = "config.yaml"
REGISTRATION_NAME: Final = "registration.yaml"
KEY_NAME: Final = "secret.key"
_PRIVATE: Final = 0o600
_ASK_S: Final = 5.0


@frozen(kw_only=True)
class Wishes:
    """What the admin wants.

    Attributes:
        data: the folder for everything; made if it is not there.
        address: under which the homeserver reaches us.
        networks: addresses such as ``ircs://irc.libera.chat/#python``.
        more: further options in force, by section; laid under the rest.
    """

    data: Path
    homeserver: str
    domain: str
    admin: str | None = None
    public_url: str | None = None
    networks: tuple[str, ...] = ()
    address: str | None = None
    listen: str | None = None
    port: int | None = None
    more: Mapping[str, Mapping[str, Any]] = field(factory=dict)


@frozen
class Written:
    """The files that are there now; ``networks`` holds the names that were given to the networks."""

    config: Path
    registration: Path
    key: Path
    networks: tuple[str, ...]


def choose(wishes: Wishes, found: Found) -> dict[str, dict[str, Any]]:
    """The options to set, by section. Raises ``InvalidInput`` for an address that no network reads."""
    networks = _name_networks(wishes, found)
    chosen: dict[str, dict[str, Any]] = {
        "homeserver": {"url": wishes.homeserver, "domain": wishes.domain},
        "appservice": _set(address=_address(wishes), host=wishes.listen, port=wishes.port),
        "public": _set(url=wishes.public_url),
        "bridge": {
            "permissions": {
                **({wishes.admin: "admin"} if wishes.admin else {}),
                wishes.domain: "user",
                "*": "relay",
            },
        },
        GROUP: dict(networks),
    }
    return {name: {**wishes.more.get(name, {}), **chosen.get(name, {})} for name in {**wishes.more, **chosen}}


def write_folder(wishes: Wishes, *, force: bool = False, found: Found | None = None) -> Written:
    """Write configuration, registration and key, readable by their owner only.

    An existing key is kept even by ``force``: the database can be read with no other.

    Raises:
        Misconfigured: a file is there already, or cannot be written.
        ConfigInvalid: the wishes make no good configuration; nothing was written.
        InvalidInput: an address that no network reads.
    """
    found = found or find_networks()
    chosen = choose(wishes, found)
    data = wishes.data.absolute()
    written = Written(data / CONFIG_NAME, data / REGISTRATION_NAME, data / KEY_NAME, tuple(chosen[GROUP]))
    if not force:
        _refuse_existing(written.config, written.registration, written.key)
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = _draft(written.config, render_chosen(schema(found.sections), chosen))
        try:
            loaded = load_settings(draft, {})
            if loaded.problems:
                # The draft is about to go: its lines are no place to look at.
                nowhere = Source(Origin.DEFAULT)
                raise ConfigInvalid(attrs.evolve(problem, source=nowhere) for problem in loaded.problems)
            registration = _draft(written.registration, _registration(loaded, found))
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        if not written.key.exists():
            SecretKey.generate(written.key)
        registration.replace(written.registration)
        draft.replace(written.config)
    except OSError as error:
        words = {"file": str(error.filename or data), "error": error.strerror or str(error)}
        raise Misconfigured(Phrase.of("init.unwritable", **words)) from error
    return written


async def ask_domain(homeserver: str) -> str | None:
    """The server name, by asking the homeserver; None where it does not say.

    Spec: https://spec.matrix.org/v1.11/server-server-api/#publishing-keys
    """
    timeout = aiohttp.ClientTimeout(total=_ASK_S)
    with contextlib.suppress(aiohttp.ClientError, TimeoutError, ValueError):
        async with aiohttp.ClientSession(timeout=timeout) as session:
            async with session.get(URL(homeserver) / "_matrix/key/v2/server") as answer:
                body = await answer.json(content_type=None)
            name = body.get("server_name") if isinstance(body, dict) else None
            return name if isinstance(name, str) and name else None
    return None


def _address(wishes: Wishes) -> str | None:
    """Where the port was chosen and no address, the homeserver is taken to be on this machine."""
    if wishes.address or wishes.port is None:
        return wishes.address
    return f"http://127.0.0.1:{wishes.port}"


def _set(**options: object) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _name_networks(wishes: Wishes, found: Found) -> dict[str, dict[str, Any]]:
    named: dict[str, dict[str, Any]] = dict(wishes.more.get(GROUP, {}))
    for address in wishes.networks:
        kind, name, options = _read_address(address, found)
        free, turn = name, 2
        while free in named:
            free, turn = f"{name}{turn}", turn + 1
        named[free] = {"type": kind, **options}
    return named


def _read_address(address: str, found: Found) -> tuple[str, str, Mapping[str, Any]]:
    for kind in found.kinds.values():
        section: object = kind.section
        if isinstance(section, ReadsAddresses) and (said := section.from_address(address)):
            return kind.type, said.name, said.options
    raise InvalidInput(Phrase.of("init.no_such_address", given=address))


def _registration(loaded: Loaded, found: Found) -> str:
    # All kinds that are installed, so that a network added later needs no new registration.
    protocols = tuple(found.kinds)
    address = loaded.section(AppserviceConfig).address
    return write_registration(make_registration(namespace_of(loaded), address, protocols=protocols))


def _refuse_existing(*files: Path) -> None:
    for file in files:
        if file.exists():
            raise Misconfigured(Phrase.of("init.exists", file=str(file)))


def _draft(path: Path, text: str) -> Path:
    """The text on disk beside its place, to be moved there when all is well."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _PRIVATE)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft
