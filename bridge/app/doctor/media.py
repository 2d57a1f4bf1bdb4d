"""Check of the public address: does what the world asks of it arrive at our port, whole."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import aiohttp
from attrs import frozen

from bridge.app.clock import SystemClock
from bridge.app.doctor.patient import Patient, failed, ok, warning
from bridge.app.listen import Listeners
from bridge.model.errors import HomeserverUnavailable, Misconfigured, Phrase
from bridge.model.ids import MxcURI
from bridge.model.statuses import CheckLine
from bridge.storage.config import DatabaseConfig
from bridge.storage.secrets import SecretKey
from bridge.web.application import public_application
from bridge.web.config import PublicConfig
from bridge.web.media import MediaDoor
from bridge.web.media_links import MediaLinks
from bridge.web.ports import MediaStream

TIMEOUT_S: Final = 10.0
_SUBJECT: Final = "media"
_PAST_S: Final = -60.0
_EXPIRED: Final = 410
"""What only somebody answers who knows our key and got the link unchanged: it was good once."""


async def check_media(patient: Patient) -> AsyncIterator[CheckLine]:
    """Open a link that has just expired: at the running bridge, or at a stand-in on the public port."""
    section = patient.loaded.section(PublicConfig)
    if section.url is None:
        yield warning(_SUBJECT, Phrase.of("doctor.media.none"), Phrase.of("doctor.media.none.fix"))
        return
    try:
        key = SecretKey.load(patient.loaded.section(DatabaseConfig).key_file)
        links = MediaLinks(section.url, key.derive("media links"), lifetime_s=_PAST_S, clock=SystemClock())
        link = links.link(MxcURI(f"mxc://{patient.homeserver.domain}/doctor"), "doctor's probe.txt", None)
        assert link is not None
        async with _somebody_listens(patient, section, links):
            yield await _open(section, link)
    except Misconfigured as error:
        yield failed(_SUBJECT, error.reason, Phrase.of("doctor.media.port.fix"))


async def _open(section: PublicConfig, link: str) -> CheckLine:
    url = str(section.url)
    fix = Phrase.of("doctor.media.fix", url=url, host=section.listen, port=section.port)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(link, allow_redirects=False) as answer,
        ):
            status = answer.status
    except TimeoutError:
        return failed(_SUBJECT, Phrase.of("doctor.media.late", url=url), fix)
    except (aiohttp.ClientError, OSError) as error:
        return failed(_SUBJECT, Phrase.of("doctor.media.away", url=url, error=str(error)), fix)
    if status != _EXPIRED:
        return failed(_SUBJECT, Phrase.of("doctor.media.wrong", url=url, status=status), fix)
    return ok(_SUBJECT, Phrase.of("doctor.media.ok", url=url))


@asynccontextmanager
async def _somebody_listens(
    patient: Patient, section: PublicConfig, links: MediaLinks
) -> AsyncIterator[None]:
    listeners = Listeners()
    try:
        if patient.running is None:
            door = MediaDoor(links=links, source=_NoFiles(), limit_bytes=0, at_once=1)
            await listeners.add("public", public_application(door), section.listen, section.port)
        yield
    finally:
        await listeners.stop()


@frozen
class _NoFiles:
    def download(self, mxc: MxcURI, *, limit_bytes: int) -> AbstractAsyncContextManager[MediaStream]:
        raise HomeserverUnavailable(Phrase.of("doctor.stand_in"))
