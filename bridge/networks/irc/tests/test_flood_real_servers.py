"""The default pace against the servers' own flood limits: never thrown out, and not a line lost.

These tests take as long as the servers' limits make them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from random import Random

import pytest

from bridge.model.ids import ChatID, NetworkName
from bridge.model.statuses import LoginHealth
from bridge.networks.irc.client_states import Disconnected
from bridge.networks.irc.config import IrcConfig
from bridge.networks.irc.connector import IrcConnector, make_connector
from bridge.networks.irc.protocol.events import Registered
from bridge.networks.irc.protocol.flood import FloodLimits
from bridge.networks.irc.protocol.registration import Identity
from bridge.networks.irc.protocol.session import SessionConfig
from bridge.networks.irc.tests.clients import Server, TurnedClock
from bridge.networks.irc.tests.scripted import listening, playing
from bridge.testing.irc_client import IrcLine
from bridge.testing.network_kit import RealClock, RecordingHost, a_message, planned
from bridge.testing.pytest_plugin import ConnectIrc, MakeInspIRCd, MakeNgircd

PASTE = "\n".join(f"line {number} of a paste" for number in range(24))
WHOLE = [f"<alice> {line}" for line in PASTE.split("\n")]


@pytest.fixture(params=["inspircd", "ngircd"])
async def strict_server(
    request: pytest.FixtureRequest, make_inspircd: MakeInspIRCd, make_ngircd: MakeNgircd
) -> Server:
    if request.param == "inspircd":
        return await make_inspircd(flood_limit=True)
    return await make_ngircd(flood_limit=True)


@asynccontextmanager
async def relay(server: Server, **options: float) -> AsyncIterator[tuple[IrcConnector, RecordingHost]]:
    config = IrcConfig(
        host=server.host, port=server.port, tls=False, flood_rate=options.get("flood_rate", 1.0)
    )
    connector = make_connector(NetworkName("net"), config, clock=RealClock(), random=Random(1))
    host = RecordingHost()
    await connector.start(host)
    try:
        await host.until_health(connector.relay().id, LoginHealth.CONNECTED)
        yield connector, host
    finally:
        await connector.stop()


def _is_last(chat: ChatID, line: IrcLine) -> bool:
    return line.target == chat and "line 5 of" in line.text


async def paste(connector: IrcConnector, chat: ChatID, text: str) -> None:
    login = connector.relay()
    for part in planned(login.plan(chat, a_message(text)), prefix=chat):
        assert (await login.send(chat, part)).confirmed


@pytest.mark.integration
@pytest.mark.timeout(180)
async def test_a_long_paste_arrives_whole_at_the_default_pace(
    strict_server: Server, irc_client: ConnectIrc
) -> None:
    bob = await irc_client("bob", strict_server)
    await bob.join("#paste")
    async with relay(strict_server) as (connector, host):
        await connector.relay().join(ChatID("#paste"))
        await paste(connector, ChatID("#paste"), PASTE)
        await bob.wait_for_text("line 23 of")
        assert bob.messages("#paste") == WHOLE
        healths = [state.health for _, state in host.states]
        assert healths == [LoginHealth.CONNECTING, LoginHealth.CONNECTED]


@pytest.mark.integration
@pytest.mark.timeout(180)
async def test_a_busy_minute_in_several_channels_loses_nothing_and_the_server_keeps_us(
    strict_server: Server, irc_client: ConnectIrc
) -> None:
    bob = await irc_client("bob", strict_server)
    chats = [ChatID(f"#busy{number}") for number in range(4)]
    for chat in chats:
        await bob.join(chat)
    async with relay(strict_server, flood_rate=1.0) as (connector, host):
        for chat in chats:
            await connector.relay().join(chat)
        some = "\n".join(PASTE.split("\n")[:6])
        await asyncio.gather(*(paste(connector, chat, some) for chat in chats))
        for chat in chats:
            await bob.wait_for(partial(_is_last, chat))
            assert bob.messages(chat) == WHOLE[:6]
        assert LoginHealth.DISCONNECTED not in [state.health for _, state in host.states]


@pytest.mark.integration
async def test_a_server_without_a_limit_is_used_without_one(ngircd: Server, irc_client: ConnectIrc) -> None:
    bob = await irc_client("bobFast", ngircd)
    await bob.join("#fast")
    async with relay(ngircd, flood_rate=0) as (connector, _):
        await connector.relay().join(ChatID("#fast"))
        for number in range(20):
            await paste(connector, ChatID("#fast"), "\n".join([f"{number}"] * 25))
        await bob.wait_for(lambda _: len(bob.messages("#fast")) == 500, what="500 lines")


async def test_a_server_that_calls_us_a_flood_is_spoken_to_more_slowly() -> None:
    clock = TurnedClock()
    session = SessionConfig(Identity("tl"), flood=FloodLimits(burst=8, per_second=1))
    async with listening() as server, playing(server, clock, session=session) as (running, told):
        peer = await server.peer()
        await peer.welcome()
        await told.first(Registered)
        peer.send("ERROR :Closing link: (tl@h) [Excess Flood]\r\n")
        peer.writer.close()
        lost = await told.first(Disconnected)
        told.forget()
        assert lost.retry_in_s is not None
        await clock.turn(lost.retry_in_s)
        await (await server.peer()).welcome()
        await told.first(Registered)
        assert running.session is not None
        assert running.session.flood == FloodLimits(burst=4, per_second=0.5, barriers_cost=True)
