"""Starts all that the demo shows, in order and with visible progress, and stops it again."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, TypeAlias

import aiohttp
from attrs import frozen

from bridge.app.settings import load_settings, namespace_of
from bridge.config import Loaded
from bridge.model.errors import Misconfigured, Phrase
from bridge.model.ids import NetworkName
from bridge.model.namespace import Namespace
from bridge.networks.irc.config import IrcConfig
from bridge.networks.irc.ids import make_chat_id, make_chat_slug
from bridge.playground.demo.inspircd import inspircd_command
from bridge.playground.demo.irc_side import Visitor
from bridge.playground.demo.matrix_side import MatrixPerson
from bridge.playground.demo.place import (
    BRIDGE_NICK,
    CHANNEL,
    NETWORK,
    USER,
    Place,
    take_place,
    write_bridge,
    write_homeserver,
)
from bridge.playground.demo.processes import Children
from bridge.playground.homeserver import LOOPBACK
from bridge.playground.ircd import PlaygroundServer

PYTHON_VARIABLE: Final = "TRUNKLINE_SYNAPSE_PYTHON"
VISITOR: Final = "anna"
ROOM_S: Final = 60.0
_PROJECT: Final = Path(__file__).resolve().parents[3]

Say: TypeAlias = Callable[[Phrase], None]


@frozen(kw_only=True)
class Wish:
    """What the demo was asked for; ``ircd`` is ``playground`` or ``inspircd``."""

    data: Path = _PROJECT / ".cache" / "demo"
    fresh: bool = False
    ircd: str = "playground"
    networks: tuple[str, ...] = ()


@frozen(kw_only=True)
class Stage:
    """Everything runs, the person is in the room, visitor and bridge are in the channel."""

    place: Place
    names: Namespace
    person: MatrixPerson
    room_id: str
    alias: str
    visitor: Visitor
    children: Children
    further: tuple[str, ...]
    """Aliases of the channels of other networks that are bridged as well."""


@asynccontextmanager
async def curtain_up(wish: Wish, say: Say) -> AsyncIterator[Stage]:
    """Everything that was started is stopped on leaving, however that comes about."""
    async with AsyncExitStack() as undo:
        place, lock = take_place(wish.data, fresh=wish.fresh)
        undo.callback(lock.release)
        written = write_bridge(place, wish.networks)
        loaded = load_settings(written.config, {})
        # Registered first, so that it ends after the programs that are connected to it.
        server = PlaygroundServer(host=LOOPBACK, port=place.ports["irc"])
        undo.push_async_callback(server.stop)
        children = Children()
        undo.push_async_callback(children.stop)
        session = await undo.enter_async_context(aiohttp.ClientSession())
        await _start_irc(place, wish, server, children, say)
        await _start_synapse(place, session, children, say)
        await _start_trunkline(place, written.config, session, children, say)
        person = await MatrixPerson.sign_in(session, place.homeserver_url, USER, place.password)
        undo.push_async_callback(person.sign_out)
        names = namespace_of(loaded)
        alias = _alias(names, NETWORK, CHANNEL)
        async with _step("demo.step.room", say):
            room_id = await _in_time(person.enter(alias), children, alias)
            await person.begin_listening()
            visitor = await Visitor.connect(LOOPBACK, place.ports["irc"], VISITOR)
            undo.push_async_callback(visitor.close)
            visitor.join(CHANNEL)
            await _in_time(visitor.until_present(BRIDGE_NICK), children, CHANNEL)
        yield Stage(
            place=place,
            names=names,
            person=person,
            room_id=room_id,
            alias=alias,
            visitor=visitor,
            children=children,
            further=tuple(_further(loaded, names)),
        )


async def _start_irc(
    place: Place, wish: Wish, server: PlaygroundServer, children: Children, say: Say
) -> None:
    async with _step("demo.step.irc", say):
        if wish.ircd != "inspircd":
            await server.start()
            return
        folder = place.folder / "inspircd"
        folder.mkdir(exist_ok=True)
        command = inspircd_command(folder, server.port)
        child = await children.start("InspIRCd", command, place.log("inspircd"))
        await children.ready(child, lambda: _accepts(server.port))


async def _start_synapse(place: Place, session: aiohttp.ClientSession, children: Children, say: Say) -> None:
    async with _step("demo.step.synapse", say):
        write_homeserver(place)
        command: list[str | Path] = [
            _synapse_python(),
            "-m",
            "synapse.app.homeserver",
            "--config-path",
            place.homeserver.config_file,
        ]
        child = await children.start("Synapse", command, place.log("synapse"))
        url = f"{place.homeserver_url}/_matrix/client/versions"
        await children.ready(child, lambda: _answers(session, url))


async def _start_trunkline(
    place: Place, config: Path, session: aiohttp.ClientSession, children: Children, say: Say
) -> None:
    async with _step("demo.step.trunkline", say):
        command: list[str | Path] = [sys.executable, "-m", "bridge", "run", "--config", config]
        child = await children.start("Trunkline", command, place.log("trunkline"))
        url = f"http://{LOOPBACK}:{place.ports['public']}/live"
        await children.ready(child, lambda: _answers(session, url))


async def _in_time(wanted: Awaitable[str] | Awaitable[None], children: Children, what: str) -> str:
    """What is wanted, unless one of the programs dies first or it takes too long."""
    waiting = asyncio.ensure_future(wanted)
    death = asyncio.ensure_future(children.first_death())
    try:
        await asyncio.wait({waiting, death}, timeout=ROOM_S, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            return waiting.result() or ""
        if death.done():
            death.result()
        raise Misconfigured(Phrase.of("demo.no_room", what=what))
    finally:
        waiting.cancel()
        death.cancel()
        await asyncio.gather(waiting, death, return_exceptions=True)


@asynccontextmanager
async def _step(key: str, say: Say) -> AsyncIterator[None]:
    began = time.monotonic()
    yield
    say(Phrase(key, {"seconds": f"{time.monotonic() - began:.1f}"}))


def _further(loaded: Loaded, names: Namespace) -> list[str]:
    return [
        _alias(names, name, channel)
        for name, section in loaded.plugins["networks"].items()
        if name != NETWORK and isinstance(section.value, IrcConfig)
        for channel in section.value.channels
    ]


def _alias(names: Namespace, network: str, channel: str) -> str:
    return names.alias(NetworkName(network), make_chat_slug(make_chat_id(channel)))


def _synapse_python() -> Path:
    chosen = os.environ.get(PYTHON_VARIABLE)
    python = Path(chosen) if chosen else _PROJECT / ".venv-synapse" / "bin" / "python"
    if not python.exists():
        raise Misconfigured(Phrase.of("demo.no_synapse", python=str(python), variable=PYTHON_VARIABLE))
    return python


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url, timeout=aiohttp.ClientTimeout(total=2)) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    return True
