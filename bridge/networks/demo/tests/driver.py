"""Plays the remote side of the demo network for the contract's tests."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from random import Random

from bridge.model.ids import NetworkName
from bridge.model.markup import Document
from bridge.networks.demo.config import DemoConfig
from bridge.networks.demo.connector import DemoConnector, make_connector
from bridge.networks.demo.protocol.place import Fault, Said
from bridge.testing.network_kit import (
    DriverFactory,
    HistoryDriver,
    HistoryDriverFactory,
    RealClock,
    RecordingHost,
)
from bridge.text.plain import to_plain


class DemoDriver:
    """A `Driver` over the connector's own place."""

    def __init__(self, connector: DemoConnector, host: RecordingHost) -> None:
        self.connector = connector
        self.host = host
        self.chat_text = "~Lobby"
        self.nick = "Bob"

    async def say(self, text: str) -> None:
        self.connector.place.write(
            None,
            lambda number: Said(number=number, chat="lobby", nick=self.nick, text=Document.of(text)),
        )

    async def heard(self, count: int) -> Sequence[str]:
        happenings = self.connector.place.said_in("lobby")
        lines = [said for said in happenings if isinstance(said, Said) and said.nick == "bridge"]
        assert len(lines) >= count
        return [to_plain(said.text) for said in lines]

    async def settled(self) -> None:
        """The place takes everything at once."""

    async def refuse_next(self) -> None:
        self.connector.place.faults.append(Fault.REFUSE)

    async def cut(self) -> None:
        for login in self.connector.logins():
            await login.disconnect()


@asynccontextmanager
async def demo(history_lines: int = 0) -> AsyncIterator[HistoryDriver]:
    config = DemoConfig(history_lines=history_lines)
    connector = make_connector(NetworkName("demo"), config, clock=RealClock(), random=Random(1))
    connector.place.come("lobby", "Bob")
    host = RecordingHost()
    await connector.start(host)
    try:
        yield DemoDriver(connector, host)
    finally:
        await connector.stop()


DRIVERS: dict[str, DriverFactory] = {"demo": demo}
HISTORY_DRIVERS: dict[str, HistoryDriverFactory] = {"demo": partial(demo, 100)}

EXAMPLE = DemoConfig()
