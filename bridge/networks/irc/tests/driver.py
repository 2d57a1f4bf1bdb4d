"""Plays the remote side of an IRC network for the contract's tests: a server, and Bob with a raw client."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from random import Random

from bridge.model.ids import NetworkName
from bridge.networks.irc.config import IrcConfig
from bridge.networks.irc.connector import IrcConnector, make_connector
from bridge.networks.irc.protocol.formatting_codes import strip_codes
from bridge.testing.irc_client import IrcClient, IrcLine
from bridge.testing.irc_servers import SERVERS, RunningServer, StartServer, playground
from bridge.testing.network_kit import (
    Driver,
    DriverFactory,
    HistoryDriver,
    HistoryDriverFactory,
    RealClock,
    RecordingHost,
)
from bridge.testing.servers import InspIRCd

CHANNEL = "#Lobby"
EXAMPLE = IrcConfig(host="irc.example.org", channels=("#lobby", "##c", "&local", "#中文", "#a[b]"))


class IrcDriver:
    """A `Driver` over a server. ``bob`` made the channel and is its operator."""

    def __init__(
        self, connector: IrcConnector, host: RecordingHost, bob: IrcClient, server: RunningServer
    ) -> None:
        self.connector = connector
        self.host = host
        self.chat_text = CHANNEL
        self.nick = bob.nick
        self.bob = bob
        self.server = server

    async def say(self, text: str) -> None:
        self.bob.say(CHANNEL, text)

    async def heard(self, count: int) -> Sequence[str]:
        await self.bob.wait_for(lambda _: len(self._lines()) >= count, what=f"{count} lines")
        await self.bob.sync()
        return self._lines()

    async def settled(self) -> None:
        await self.bob.sync()

    async def refuse_next(self) -> None:
        self.bob.send(f"MODE {CHANNEL} +m")
        await self.bob.sync()

    async def cut(self) -> None:
        await self.server.kill()

    def _lines(self) -> list[str]:
        return [strip_codes(line.text) for line in self.bob.lines if self._is_ours(line)]

    def _is_ours(self, line: IrcLine) -> bool:
        return line.command in ("PRIVMSG", "NOTICE") and line.source == "trunkline"


@asynccontextmanager
async def irc(start_server: StartServer, config: IrcConfig | None = None) -> AsyncIterator[IrcDriver]:
    """Start a server, Bob in his channel, and a connector of that network."""
    async with start_server() as server:
        bob = await IrcClient("Bob").connect(server.host, server.port)
        await bob.join(CHANNEL)
        config = config or IrcConfig(
            host=server.host, port=server.port, tls=False, flood_rate=0, channels=(CHANNEL,)
        )
        connector = make_connector(NetworkName("net"), config, clock=RealClock(), random=Random(1))
        host = RecordingHost()
        await connector.start(host)
        try:
            yield IrcDriver(connector, host, bob, server)
        finally:
            await connector.stop()
            await bob.close()


@asynccontextmanager
async def _as_driver(start_server: StartServer) -> AsyncIterator[Driver]:
    async with irc(start_server) as driver:
        yield driver


@asynccontextmanager
async def inspircd_with_history() -> AsyncIterator[RunningServer]:
    """Keeps what is said in channels with mode ``+H``."""
    modules, config = ("chanhistory",), '<chanhistory maxlines="200" bots="yes">'
    async with InspIRCd(modules=modules, config=config) as server:
        yield RunningServer(server.host, server.port, server.kill, server.start)


@asynccontextmanager
async def _with_history(start_server: StartServer) -> AsyncIterator[HistoryDriver]:
    async with irc(start_server) as driver:
        driver.bob.send(f"MODE {CHANNEL} +H 100:1h")
        await driver.bob.sync()
        yield driver


HISTORY_DRIVERS: dict[str, HistoryDriverFactory] = {
    "chathistory on playground": partial(_with_history, playground),
    "chanhistory on real inspircd": partial(_with_history, inspircd_with_history),
}
DRIVERS: dict[str, DriverFactory] = {name: partial(_as_driver, start) for name, start in SERVERS.items()}
