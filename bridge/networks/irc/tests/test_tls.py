"""TLS on real sockets: whom we believe, and what people are told when we do not."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bridge.model.ids import NetworkName
from bridge.model.statuses import CheckResult, LoginHealth, LoginState
from bridge.networks.irc.check import check_server
from bridge.networks.irc.client_states import Disconnected, Failed
from bridge.networks.irc.config import IrcConfig
from bridge.networks.irc.connector import make_connector
from bridge.networks.irc.protocol.events import Registered
from bridge.networks.irc.tests.clients import Server, TurnedClock, running_client
from bridge.networks.irc.tests.scripted import listening, playing
from bridge.testing.certificates import Authority
from bridge.testing.irc_servers import playground
from bridge.testing.network_kit import RealClock, RecordingHost
from bridge.testing.pytest_plugin import MakeInspIRCd
from bridge.testing.servers.ports import free_port

HERE = "127.0.0.1"


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """An authority that this machine trusts while the test lasts; servers of any user can read its files."""
    folder = Path(tempfile.mkdtemp(prefix="trunkline-tls-"))
    folder.chmod(0o755)
    made = Authority(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    yield made
    shutil.rmtree(folder)


async def health_of(server: Server, health: LoginHealth, *, tls_verify: bool = True) -> LoginState:
    """The relay's state once it has that health."""
    config = IrcConfig(host=server.host, port=server.port, tls_verify=tls_verify)
    connector = make_connector(NetworkName("net"), config, clock=RealClock(), random=Random(1))
    host = RecordingHost()
    await connector.start(host)
    try:
        await host.until_health(connector.relay().id, health)
        return connector.relay().state
    finally:
        await connector.stop()


@asynccontextmanager
async def told_of_refusal(server: Server, clock: TurnedClock | None = None) -> AsyncIterator[Failed]:
    async with running_client(server, "tl", clock or TurnedClock(), tls=True) as (_, told):
        yield await told.first(Failed)


async def test_a_certificate_of_a_trusted_authority_is_believed(authority: Authority) -> None:
    async with playground(tls=authority.sign(HERE).context()) as server:
        assert (await health_of(server, LoginHealth.CONNECTED)).reason is None


async def test_a_certificate_for_another_name_is_refused_with_a_sentence(authority: Authority) -> None:
    async with playground(tls=authority.sign("irc.example.org").context()) as server:
        state = await health_of(server, LoginHealth.REFUSED)
        assert state.reason is not None
        assert state.reason.key == "irc.refused.certificate"
        assert "mismatch" in str(state.reason.values["why"])


async def test_a_server_that_vouches_for_itself_is_refused(authority: Authority) -> None:
    async with (
        playground(tls=authority.self_signed(HERE).context()) as server,
        told_of_refusal(server) as failed,
    ):
        assert (failed.reason, failed.text) == ("certificate", "self-signed certificate")


async def test_an_expired_certificate_is_refused(authority: Authority) -> None:
    expired = authority.sign(HERE, ages=(timedelta(days=9), timedelta(days=-1)))
    async with playground(tls=expired.context()) as server, told_of_refusal(server) as failed:
        assert (failed.reason, failed.text) == ("certificate", "certificate has expired")


async def test_a_certificate_that_was_renewed_is_found_so_later(authority: Authority) -> None:
    clock = TurnedClock()
    context = authority.self_signed(HERE).context()
    async with (
        playground(tls=context) as server,
        running_client(server, "tl", clock, tls=True) as (_, told),
    ):
        failed = await told.first(Failed)
        assert 150 <= failed.retry_in_s <= 300
        renewed = authority.sign(HERE)
        context.load_cert_chain(renewed.certificate, renewed.key)
        await clock.turn(failed.retry_in_s)
        await told.first(Registered)


async def test_without_verification_any_certificate_does(authority: Authority) -> None:
    async with playground(tls=authority.self_signed("irc.example.org").context()) as server:
        await health_of(server, LoginHealth.CONNECTED, tls_verify=False)


async def test_a_server_without_tls_on_the_port_is_named_as_such() -> None:
    async with listening() as server, playing(server, TurnedClock(), tls=True) as (_, told):
        peer = await server.peer()
        peer.send(":s NOTICE * :*** Looking up your hostname\r\n")
        failed = await told.first(Failed)
        assert failed.reason == "no_tls"


async def test_a_handshake_without_an_answer_is_given_up() -> None:
    async with (
        listening() as server,
        playing(server, TurnedClock(), tls=True, connect_timeout_s=0.1) as (_, told),
    ):
        lost = await told.first(Disconnected)
        assert lost.reason == "the server did not answer in time"


async def test_a_server_that_hangs_up_in_the_handshake_is_tried_again() -> None:
    async with listening() as server, playing(server, TurnedClock(), tls=True) as (_, told):
        (await server.peer()).writer.close()
        assert (await told.first(Disconnected)).retry_in_s is not None


async def test_doctor_tells_a_bad_certificate_from_a_bad_password(authority: Authority) -> None:
    async with playground(tls=authority.self_signed(HERE).context()) as server:
        config = IrcConfig(host=server.host, port=server.port)
        lines = await check_server(config, display_name="net", clock=RealClock(), random=Random(1))
        assert lines[-1].result is CheckResult.FAILED
        assert lines[-1].finding.key == "irc.check.no_tls"


@pytest.mark.integration
async def test_inspircd_is_spoken_to_over_tls(authority: Authority, make_inspircd: MakeInspIRCd) -> None:
    files, port = authority.sign(HERE), free_port()
    server = await make_inspircd(
        modules=["ssl_gnutls"],
        config=f'''
<sslprofile name="test" provider="gnutls" certfile="{files.certificate}" keyfile="{files.key}" hash="sha256">
<bind address="{HERE}" port="{port}" type="clients" ssl="test">''',
    )
    async with running_client(server, "tlS", RealClock(), port=port, tls=True) as (client, told):
        await told.first(Registered)
        await client.join("#tls")
        fates = await asyncio.gather(*(client.say("#tls", f"{n}", f"t{n}") for n in range(50)))
        assert all(fate.confirmed for fate in fates)
