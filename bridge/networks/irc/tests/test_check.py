"""What ``doctor`` says about IRC servers, good and bad."""

import asyncio
from random import Random

import pytest

from bridge.config import Secret
from bridge.model.ids import NetworkName
from bridge.model.statuses import CheckResult
from bridge.networks.irc import check
from bridge.networks.irc.config import IrcConfig
from bridge.networks.irc.connector import make_connector
from bridge.testing.irc_servers import playground
from bridge.testing.network_kit import RealClock
from bridge.testing.servers.ports import free_port

OK, WARNING, FAILED = CheckResult.OK, CheckResult.WARNING, CheckResult.FAILED


async def findings(config: IrcConfig) -> list[tuple[CheckResult, str, str | None]]:
    connector = make_connector(NetworkName("net"), config, clock=RealClock(), random=Random(1))
    return [
        (line.result, line.finding.key, None if line.fix is None else line.fix.key)
        for line in await connector.check()
    ]


async def test_a_good_server_is_good_but_for_missing_tls() -> None:
    async with playground() as server:
        found = await findings(IrcConfig(host=server.host, port=server.port, tls=False))
    assert found == [
        (OK, "irc.check.name", None),
        (OK, "irc.check.tcp", None),
        (WARNING, "irc.check.plain", "irc.check.plain.fix"),
        (OK, "irc.check.registered", None),
    ]


@pytest.mark.parametrize(
    ("password", "last"),
    [
        ("sesame", (OK, "irc.check.sasl", None)),
        ("wrong", (FAILED, "irc.refused.sasl", "irc.check.refused.fix")),
    ],
)
async def test_the_account_is_tried(password: str, last: tuple[CheckResult, str, str | None]) -> None:
    async with playground(accounts={"relay": "sesame"}) as server:
        config = IrcConfig(
            host=server.host, port=server.port, tls=False, sasl_user="relay", sasl_password=Secret(password)
        )
        assert (await findings(config))[-1] == last


async def test_a_wrong_server_password_is_named() -> None:
    async with playground(password="sesame") as server:
        config = IrcConfig(host=server.host, port=server.port, tls=False, server_password=Secret("wrong"))
        assert (await findings(config))[-1] == (FAILED, "irc.refused.password", "irc.check.refused.fix")


async def test_tls_to_a_port_without_it_leads_to_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "WELCOME_TIMEOUT_S", 0.5)
    async with playground() as server:
        found = await findings(IrcConfig(host=server.host, port=server.port))
    assert found[-1] == (FAILED, "irc.check.silent", "irc.check.silent.fix")


async def test_a_closed_port_is_named() -> None:
    found = await findings(IrcConfig(host="127.0.0.1", port=free_port(), tls=False))
    assert found[-1] == (FAILED, "irc.check.no_tcp", "irc.check.no_tcp.fix")


async def test_a_name_that_is_none_is_named() -> None:
    found = await findings(IrcConfig(host="irc.invalid", tls=False))
    assert found == [(FAILED, "irc.check.no_name", "irc.check.no_name.fix")]


async def test_a_server_that_accepts_and_never_answers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "WELCOME_TIMEOUT_S", 0.3)
    server = await asyncio.start_server(_hold, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    found = await findings(IrcConfig(host="127.0.0.1", port=port, tls=False))
    server.close()
    assert found[-1] == (FAILED, "irc.check.silent", "irc.check.silent.fix")


async def _hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Listen until the other side goes."""
    await reader.read()
    writer.close()
