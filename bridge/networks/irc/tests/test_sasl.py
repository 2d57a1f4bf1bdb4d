"""Logging in to a services account, from the section to the server and back."""

import base64
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest
import structlog

from bridge.config import Secret
from bridge.model.ids import NetworkName
from bridge.model.statuses import LoginHealth
from bridge.networks.irc.client_states import Disconnected, Failed
from bridge.networks.irc.config import IrcConfig
from bridge.networks.irc.connector import IrcConnector, make_connector
from bridge.networks.irc.protocol.events import Registered
from bridge.networks.irc.protocol.registration import Identity
from bridge.networks.irc.protocol.sasl import Plain
from bridge.networks.irc.protocol.session import SessionConfig
from bridge.networks.irc.settings import make_settings
from bridge.networks.irc.tests.clients import Server, TurnedClock, running_client
from bridge.networks.irc.tests.scripted import listening, playing
from bridge.testing.irc_servers import PlaygroundServer, Settings
from bridge.testing.network_kit import RealClock, RecordingHost

PASSWORD = "correct horse"
ACCOUNTS = Settings(accounts={"bridge": PASSWORD})


def section(server: Server, password: str = PASSWORD) -> IrcConfig:
    return IrcConfig(
        host=server.host, port=server.port, tls=False, sasl_user="bridge", sasl_password=Secret(password)
    )


@asynccontextmanager
async def started(config: IrcConfig) -> AsyncIterator[tuple[IrcConnector, RecordingHost]]:
    connector = make_connector(NetworkName("net"), config, clock=RealClock(), random=Random(1))
    host = RecordingHost()
    await connector.start(host)
    try:
        yield connector, host
    finally:
        await connector.stop()


async def refusal(config: IrcConfig) -> str:
    """The message key of the refusal that the relay's login ends in."""
    async with started(config) as (connector, host):
        await host.until_health(connector.relay().id, LoginHealth.REFUSED)
        reason = connector.relay().state.reason
        assert reason is not None
        return reason.key


async def test_the_right_password_logs_in_before_the_welcome() -> None:
    async with PlaygroundServer(ACCOUNTS) as server, started(section(server)) as (connector, host):
        await host.until_health(connector.relay().id, LoginHealth.CONNECTED)
        session = connector.relay().client.session
        assert session is not None
        assert session.account == "bridge"
        assert server.world.nicks["trunkline"].account == "bridge"


async def test_a_wrong_password_is_told_and_not_tried_at_once_again() -> None:
    async with PlaygroundServer(ACCOUNTS) as server:
        assert await refusal(section(server, "wrong")) == "irc.refused.sasl"


async def test_a_server_that_offers_another_mechanism_is_told_apart() -> None:
    async with PlaygroundServer(ACCOUNTS) as server:
        server.offer("sasl", "EXTERNAL,ECDSA-NIST256P-CHALLENGE")
        assert await refusal(section(server)) == "irc.refused.sasl_unavailable"


async def test_a_server_without_accounts_is_told_apart() -> None:
    async with PlaygroundServer() as server:
        assert await refusal(section(server)) == "irc.refused.sasl_unavailable"


async def test_a_server_that_never_heard_of_capabilities_is_told_apart() -> None:
    clock = TurnedClock()
    identity = Identity("tl", sasl=(lambda: Plain("bridge", PASSWORD),))
    async with listening() as server, playing(server, clock, session=SessionConfig(identity)) as (_, told):
        peer = await server.peer()
        await peer.line("USER")
        peer.send(":s 421 tl CAP :Unknown command\r\n")
        failed = await told.first(Failed)
        assert failed.reason == "sasl_unavailable"
        assert failed.retry_in_s <= 300


async def test_services_that_come_back_are_used_at_the_next_attempt() -> None:
    clock = TurnedClock()
    identity = Identity("tl", sasl=(lambda: Plain("bridge", PASSWORD),))
    async with (
        PlaygroundServer(ACCOUNTS) as server,
        running_client(server, "tl", clock, session=SessionConfig(identity)) as (_, told),
    ):
        await told.first(Registered)
        server.withdraw("sasl")
        server.drop("tl")
        lost = await told.first(Disconnected)
        assert lost.retry_in_s is not None
        await clock.turn(lost.retry_in_s)
        failed = await told.first(Failed)
        server.offer("sasl", "PLAIN")
        told.forget()
        await clock.turn(failed.retry_in_s)
        assert (await told.first(Registered)).account == "bridge"


async def test_no_secret_is_ever_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    encoded = base64.b64encode(f"\0bridge\0{PASSWORD}".encode()).decode()
    async with PlaygroundServer(ACCOUNTS) as server:
        config = section(server)
        with structlog.testing.capture_logs() as lines:
            async with started(config) as (connector, host):
                await host.until_health(connector.relay().id, LoginHealth.CONNECTED)
    everything = f"{lines} {caplog.text} {config} {make_settings(config)} {host.states} {host.emitted}"
    assert PASSWORD not in everything
    assert encoded not in everything
