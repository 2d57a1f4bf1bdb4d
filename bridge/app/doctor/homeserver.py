"""Checks of the homeserver: is it there, does it know us, is it new enough, does it reach us."""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
from attrs import frozen
from yarl import URL

from bridge.app.clock import SystemClock
from bridge.app.doctor.patient import Patient, failed, ok, warning
from bridge.app.doctor.ping import check_ping
from bridge.matrix.client import MatrixClient
from bridge.matrix.ghosts import Ghosts
from bridge.matrix.ping import Probe
from bridge.matrix.registration import Registration
from bridge.matrix.retry import ONCE
from bridge.model.errors import BridgeError, HomeserverRefused, HomeserverUnavailable, Phrase, Unavailable
from bridge.model.statuses import CheckLine

SUPPORT_FLOOR: Final = (1, 141)
"""The Synapse from which on every user of ours has a device, so that a repeated send stays one event."""
TIMEOUT_S: Final = 15.0
SKEW_S: Final = 5.0
BAD_SKEW_S: Final = 60.0

_SUBJECT: Final = "homeserver"
_REGISTER: Final = Phrase.of("doctor.homeserver.register.fix")
# Synapse says so even where no token is needed.
_UNKNOWN_TOKEN: Final = "M_UNKNOWN_TOKEN"  # noqa: S105


@frozen
class _Visit:
    """One connection to the homeserver, with our token."""

    patient: Patient
    registration: Registration
    session: aiohttp.ClientSession
    client: MatrixClient

    @property
    def probe(self) -> Probe:
        return Probe(self.client, self.registration.id)

    @property
    def url(self) -> str:
        return self.patient.homeserver.url


async def check_homeserver(patient: Patient, registration: Registration) -> AsyncIterator[CheckLine]:
    """Each question stands on the ones before it; the first failure ends them."""
    async with aiohttp.ClientSession() as session:
        client = MatrixClient(
            session,
            patient.homeserver.url,
            registration.as_token,
            clock=SystemClock(),
            policy=ONCE,
            timeout_s=TIMEOUT_S,
        )
        visit = _Visit(patient, registration, session, client)
        try:
            async for line in _ask(visit):
                yield line
        except Unavailable as error:
            yield failed(_SUBJECT, error.reason, Phrase.of("doctor.homeserver.away.fix", url=visit.url))
        except BridgeError as error:
            yield failed(_SUBJECT, error.reason, _REGISTER)


async def _ask(visit: _Visit) -> AsyncIterator[CheckLine]:
    fix = Phrase.of("doctor.homeserver.away.fix", url=visit.url)
    try:
        await visit.probe.client_versions()
    except HomeserverUnavailable as error:
        # Something may answer in its place, such as a proxy that leads elsewhere.
        status = error.reason.values.get("status")
        finding = Phrase.of("doctor.homeserver.away", url=visit.url)
        if status is not None:
            finding = Phrase.of("doctor.homeserver.strange", url=visit.url, code=status)
        yield failed(_SUBJECT, finding, fix)
        return
    except HomeserverRefused as error:
        yield (
            _unknown_token(error)
            if error.code == _UNKNOWN_TOKEN
            else failed(_SUBJECT, Phrase.of("doctor.homeserver.strange", url=visit.url, code=error.code), fix)
        )
        return
    for line in judge_version(await visit.probe.server_version()):
        yield line
    async for line in _check_clock(visit):
        yield line
    stranger = await _stranger(visit)
    if stranger is not None:
        yield stranger
        return
    yield ok(_SUBJECT, Phrase.of("doctor.homeserver.known", bot=visit.patient.namespace.bot))
    async for line in check_ping(visit.patient, visit.registration, visit.probe):
        yield line


async def _stranger(visit: _Visit) -> CheckLine | None:
    """What is wrong when the homeserver does not know us as the registration says; None if it does."""
    namespace = visit.patient.namespace
    try:
        sender = await visit.probe.whoami()
    except HomeserverRefused as error:
        return _unknown_token(error)
    domain = sender.partition(":")[2]
    if domain != namespace.domain:
        finding = Phrase.of("doctor.homeserver.domain", there=domain, here=namespace.domain)
        return failed(_SUBJECT, finding, Phrase.of("doctor.homeserver.domain.fix", there=domain))
    if sender != f"@{visit.registration.sender_localpart}:{domain}":
        return failed(_SUBJECT, Phrase.of("doctor.homeserver.other_registration", sender=sender), _REGISTER)
    try:
        # The bridge does the same at its start; who is registered already is left alone.
        await Ghosts(visit.client, namespace.bot).register(namespace.bot)
    except HomeserverRefused as error:
        finding = Phrase.of("doctor.homeserver.bot", bot=namespace.bot, code=error.code)
        return failed(_SUBJECT, finding, _REGISTER)
    return None


def _unknown_token(error: HomeserverRefused) -> CheckLine:
    return failed(_SUBJECT, Phrase.of("doctor.homeserver.unknown_token", code=error.code), _REGISTER)


def judge_version(version: str | None) -> Iterator[CheckLine]:
    """Below the support floor, and on other homeservers, the weaker promise is named."""
    if version is None:
        yield warning(_SUBJECT, Phrase.of("doctor.homeserver.not_synapse"))
        return
    floor = ".".join(map(str, SUPPORT_FLOOR))
    found = re.match(r"(\d+)\.(\d+)", version)
    if found is None or (int(found[1]), int(found[2])) < SUPPORT_FLOOR:
        finding = Phrase.of("doctor.homeserver.old", version=version, floor=floor)
        yield warning(_SUBJECT, finding, Phrase.of("doctor.homeserver.old.fix", floor=floor))
    else:
        yield ok(_SUBJECT, Phrase.of("doctor.homeserver.version", version=version))


async def _check_clock(visit: _Visit) -> AsyncIterator[CheckLine]:
    """By the ``Date`` of an answer, which has whole seconds."""
    address = URL(visit.url) / "_matrix/client/versions"
    try:
        async with visit.session.get(address, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as answer:
            written = answer.headers.get("Date", "")
    except (aiohttp.ClientError, TimeoutError):
        return
    line = judge_clock(written, datetime.now(UTC))
    if line is not None:
        yield line


def judge_clock(written: str, now: datetime) -> CheckLine | None:
    """How far our clock is from a ``Date`` header; None when that cannot be read."""
    try:
        theirs = parsedate_to_datetime(written)
    except ValueError:
        return None
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    skew_s = abs((now - theirs).total_seconds())
    if skew_s <= SKEW_S:
        return ok("clock", Phrase.of("doctor.clock.ok"))
    finding, fix = Phrase.of("doctor.clock.skew", seconds=round(skew_s)), Phrase.of("doctor.clock.fix")
    return (warning if skew_s <= BAD_SKEW_S else failed)("clock", finding, fix)
