"""``trunkline doctor``: against a real homeserver each failure is seen, and named with its fix."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import frozen

from bridge.app.bridge import Bridge
from bridge.app.doctor import examine
from bridge.app.doctor.homeserver import judge_clock, judge_version
from bridge.app.init import Wishes, Written, write_folder
from bridge.app.settings import load_settings
from bridge.config import Secret
from bridge.matrix.registration import read_registration, write_registration
from bridge.model.statuses import CheckLine, CheckResult
from bridge.networks.irc.connector import IrcConnector
from bridge.playground.ircd import PlaygroundServer
from bridge.plugins.find import find_networks
from bridge.storage.secrets import SecretKey
from bridge.testing.pytest_plugin import MakeSynapse
from bridge.testing.servers import Synapse
from bridge.testing.servers.ports import free_port
from bridge.text.catalogue import Catalogue

pytestmark = pytest.mark.integration

FOUND = find_networks()
CATALOGUE = Catalogue(*FOUND.tables)


@frozen
class Clinic:
    """A data folder, the homeserver that was given its registration, and the ports in it."""

    written: Written
    synapse: Synapse
    port: int
    public_port: int
    irc: PlaygroundServer

    async def examine(self, changes: Mapping[str, str] | None = None) -> list[CheckLine]:
        """``changes`` are options laid over the file, as the environment would."""
        path = self.written.config
        found = examine(path, folder=path.parent, found=FOUND, environment=changes or {})
        return [line async for line in found]

    def rewrite_registration(self, **changes: Any) -> None:
        path = self.written.registration
        path.write_text(write_registration(attrs.evolve(read_registration(path.read_text()), **changes)))


def _failures(lines: list[CheckLine]) -> list[tuple[str, str]]:
    failed = [line for line in lines if line.result is CheckResult.FAILED]
    without_a_way_out = [line for line in failed if not _says_what_to_do(line)]
    assert without_a_way_out == []
    return [(line.subject, line.finding.key) for line in failed]


def _says_what_to_do(line: CheckLine) -> bool:
    """In the fix, or in the sentences behind the one that says what happened."""
    return line.fix is not None or ". " in CATALOGUE.sentence(line.finding)


def _warnings(lines: list[CheckLine]) -> list[tuple[str, str]]:
    return [(line.subject, line.finding.key) for line in lines if line.result is CheckResult.WARNING]


def _sentences(lines: list[CheckLine], language: str) -> list[str]:
    phrases = [each for line in lines for each in (line.finding, line.fix) if each is not None]
    return [CATALOGUE.sentence(phrase, language) for phrase in phrases]


@pytest_asyncio.fixture
async def irc() -> AsyncIterator[PlaygroundServer]:
    async with PlaygroundServer() as server:
        yield server


@pytest_asyncio.fixture
async def clinic(tmp_path: Path, make_synapse: MakeSynapse, irc: PlaygroundServer) -> Clinic:
    port, public_port = free_port(), free_port()
    wishes = Wishes(
        data=tmp_path / "data",
        homeserver="http://127.0.0.1:1",
        domain="localhost",
        admin="@me:localhost",
        public_url=f"http://127.0.0.1:{public_port}",
        networks=(f"irc://127.0.0.1:{irc.port}/#a",),
        port=port,
        more={"public": {"port": public_port}, "keeper": {"enabled": False}},
    )
    written = write_folder(wishes)
    synapse = await make_synapse([written.registration])
    text = written.config.read_text().replace("http://127.0.0.1:1", synapse.url)
    written.config.write_text(text)
    return Clinic(written, synapse, port, public_port, irc)


async def test_a_sound_installation_fails_nowhere(clinic: Clinic) -> None:
    lines = await clinic.examine()
    assert _failures(lines) == []
    assert _warnings(lines) == [("irc", "irc.check.plain")]
    assert [line.subject for line in lines] == [
        "config",
        "files",
        "registration",
        "homeserver",
        "clock",
        "homeserver",
        "ping",
        "database",
        "media",
        *["irc"] * 4,
    ]


async def test_all_is_said_in_both_languages(clinic: Clinic) -> None:
    lines = await clinic.examine()
    english, chinese = _sentences(lines, "en"), _sentences(lines, "zh-Hans")
    assert all(one != other for one, other in zip(english, chinese, strict=True))


async def test_a_running_bridge_is_called_and_its_database_left_alone(clinic: Clinic) -> None:
    bridge = Bridge(load_settings(clinic.written.config, {}), clinic.written.config.parent)
    await bridge.start()
    try:
        lines = await clinic.examine()
    finally:
        await bridge.stop()
    assert _failures(lines) == []
    database = next(line for line in lines if line.subject == "database")
    assert database.finding.key == "doctor.database.running"
    assert database.finding.values == {"process": str(os.getpid())}


async def test_a_database_that_was_used_is_opened(clinic: Clinic) -> None:
    bridge = Bridge(load_settings(clinic.written.config, {}), clinic.written.config.parent)
    await bridge.start()
    await bridge.stop()
    lines = await clinic.examine()
    assert _failures(lines) == []
    assert "doctor.database.ok" in [line.finding.key for line in lines]


async def test_another_key_than_the_databases_is_seen(clinic: Clinic) -> None:
    bridge = Bridge(load_settings(clinic.written.config, {}), clinic.written.config.parent)
    await bridge.start()
    await bridge.stop()
    clinic.written.key.unlink()
    SecretKey.generate(clinic.written.key)
    assert _failures(await clinic.examine()) == [("database", "storage.key_wrong")]


async def test_a_homeserver_that_is_away_is_seen(clinic: Clinic) -> None:
    await clinic.synapse.stop()
    assert _failures(await clinic.examine()) == [("homeserver", "doctor.homeserver.away")]


async def test_a_proxy_that_leads_elsewhere_is_no_homeserver(clinic: Clinic) -> None:
    async def elsewhere(request: web.Request) -> web.Response:
        raise web.HTTPFound("https://example.org/maintenance")

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", elsewhere)
    async with TestServer(application, host="127.0.0.1") as proxy:
        lines = await clinic.examine({"TRUNKLINE_HOMESERVER__URL": f"http://127.0.0.1:{proxy.port}"})
    assert _failures(lines) == [("homeserver", "doctor.homeserver.strange")]


async def test_a_token_that_the_homeserver_does_not_know_is_seen(clinic: Clinic) -> None:
    clinic.rewrite_registration(as_token=Secret("another-token-of-the-bridge"))
    assert _failures(await clinic.examine()) == [("homeserver", "doctor.homeserver.unknown_token")]


async def test_a_token_of_the_homeserver_that_we_do_not_know_is_seen(clinic: Clinic) -> None:
    clinic.rewrite_registration(hs_token=Secret("another-token-of-the-homeserver"))
    assert _failures(await clinic.examine()) == [("ping", "doctor.ping.bad_status")]


async def test_another_id_than_the_homeservers_is_seen(clinic: Clinic) -> None:
    clinic.rewrite_registration(id="somebody")
    assert _failures(await clinic.examine()) == [("ping", "doctor.ping.other")]


async def test_placeholders_of_the_template_are_refused(clinic: Clinic) -> None:
    template = Path(__file__).parents[2] / "registration.yaml"
    clinic.written.registration.write_text(template.read_text())
    assert _failures(await clinic.examine()) == [("registration", "registration.placeholder")]


async def test_namespaces_that_do_not_fit_the_configuration_are_seen(clinic: Clinic) -> None:
    found = _failures(await clinic.examine({"TRUNKLINE_BRIDGE__USER_PREFIX": "_other_"}))
    assert found == [("registration", "registration.namespace")]


async def test_a_bot_outside_of_the_homeservers_namespaces_is_seen(clinic: Clinic) -> None:
    patterns = (r"@_trunkline_.*:localhost", r"@robot(_.+)?:localhost")
    clinic.rewrite_registration(user_patterns=patterns)
    found = _failures(await clinic.examine({"TRUNKLINE_BRIDGE__BOT_LOCALPART": "robot"}))
    assert found == [("homeserver", "doctor.homeserver.bot")]


async def test_another_domain_than_the_homeservers_is_seen(clinic: Clinic) -> None:
    found = _failures(await clinic.examine({"TRUNKLINE_HOMESERVER__DOMAIN": "example.org"}))
    assert ("homeserver", "doctor.homeserver.domain") in found


async def test_listening_at_another_port_than_the_homeserver_calls_is_seen(clinic: Clinic) -> None:
    found = _failures(await clinic.examine({"TRUNKLINE_APPSERVICE__PORT": str(free_port())}))
    assert found == [("ping", "doctor.ping.no_way")]


async def test_a_port_that_another_program_has_is_seen(clinic: Clinic) -> None:
    taken = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", clinic.port)
    async with taken:
        assert _failures(await clinic.examine()) == [("ping", "listen.failed")]


async def test_a_public_address_that_leads_nowhere_is_seen(clinic: Clinic) -> None:
    found = _failures(await clinic.examine({"TRUNKLINE_PUBLIC__URL": f"http://127.0.0.1:{free_port()}"}))
    assert found == [("media", "doctor.media.away")]


async def test_a_public_address_that_leads_to_somebody_else_is_seen(clinic: Clinic) -> None:
    found = _failures(await clinic.examine({"TRUNKLINE_PUBLIC__URL": clinic.synapse.url}))
    assert found == [("media", "doctor.media.wrong")]


async def test_a_network_that_is_away_is_seen(clinic: Clinic) -> None:
    await clinic.irc.stop()
    assert _failures(await clinic.examine()) == [("irc", "irc.check.no_tcp")]


async def test_a_network_that_wants_a_password_is_seen(clinic: Clinic) -> None:
    async with PlaygroundServer(attrs.evolve(clinic.irc.settings, password="secret")) as server:
        found = _failures(await clinic.examine({"TRUNKLINE_NETWORKS__IRC__PORT": str(server.port)}))
    assert [subject for subject, _ in found] == ["irc"]


async def test_a_network_whose_check_does_not_end_is_seen(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.app.doctor.networks.CHECK_S", 0)
    assert _failures(await clinic.examine()) == [("irc", "doctor.network.late")]


async def test_a_network_whose_check_breaks_off_is_seen(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def check(_connector: IrcConnector) -> list[CheckLine]:
        raise ZeroDivisionError

    monkeypatch.setattr(IrcConnector, "check", check)
    assert _failures(await clinic.examine()) == [("irc", "doctor.network.broken")]


async def test_mistakes_of_the_configuration_end_the_examination(clinic: Clinic) -> None:
    lines = await clinic.examine({"TRUNKLINE_LOGGING__LEVEL": "lots", "TRUNKLINE_PUBLIC__PORT": "0"})
    assert {key for _, key in _failures(lines)} == {"config.wrong"}
    assert len(lines) == 2


async def test_mistakes_of_one_network_do_not_hide_the_rest(clinic: Clinic) -> None:
    lines = await clinic.examine({"TRUNKLINE_NETWORKS__IRC__NICK": "1 2"})
    assert [key for _, key in _failures(lines)] == ["config.wrong"]
    assert "doctor.ping.ok" in [line.finding.key for line in lines]


async def test_secrets_that_others_can_read_are_seen(clinic: Clinic) -> None:
    clinic.written.key.chmod(0o640)
    clinic.written.registration.chmod(0o644)
    lines = [line for line in await clinic.examine() if line.subject == "files"]
    assert [line.finding.key for line in lines] == ["doctor.files.open"] * 2
    fixes = [CATALOGUE.sentence(line.fix) for line in lines if line.fix]
    assert fixes == [
        f"`chmod 640 {clinic.written.registration}`",
        f"`chmod 600 {clinic.written.key}`",
    ]


async def test_files_that_are_not_there_are_seen(clinic: Clinic) -> None:
    clinic.written.key.unlink()
    clinic.written.registration.unlink()
    found = _failures(await clinic.examine())
    assert found[:2] == [("files", "doctor.files.missing")] * 2


async def test_without_a_public_address_a_warning_is_enough(clinic: Clinic) -> None:
    path = clinic.written.config
    path.write_text(path.read_text().replace(f'  url: "http://127.0.0.1:{clinic.public_port}"\n', ""))
    lines = await clinic.examine()
    assert _failures(lines) == []
    assert ("media", "doctor.media.none") in _warnings(lines)


NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "result"),
    [(0, CheckResult.OK), (4, CheckResult.OK), (-20, CheckResult.WARNING), (3600, CheckResult.FAILED)],
)
def test_a_clock_is_judged_by_its_distance(seconds: int, result: CheckResult) -> None:
    line = judge_clock(format_datetime(NOW + timedelta(seconds=seconds), usegmt=True), NOW)
    assert line is not None
    assert line.result is result


def test_a_date_that_cannot_be_read_tells_nothing() -> None:
    assert judge_clock("yesterday", NOW) is None


@pytest.mark.parametrize(
    ("version", "key"),
    [
        ("1.163.2", "doctor.homeserver.version"),
        ("1.141.0rc1", "doctor.homeserver.version"),
        ("2.0.0", "doctor.homeserver.version"),
        ("1.99.0", "doctor.homeserver.old"),
        ("unknown", "doctor.homeserver.old"),
        (None, "doctor.homeserver.not_synapse"),
    ],
)
def test_a_weaker_promise_is_named(version: str | None, key: str) -> None:
    assert [line.finding.key for line in judge_version(version)] == [key]
