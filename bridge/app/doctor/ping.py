"""Check of the way from the homeserver to us, which also proves that both have the same tokens."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from attrs import frozen

from bridge.app.doctor.patient import Patient, failed, ok
from bridge.app.listen import Listeners
from bridge.matrix.endpoint import Endpoint
from bridge.matrix.ping import NotReached, Probe
from bridge.matrix.ports import Json, Signal
from bridge.matrix.registration import Registration
from bridge.model.errors import Misconfigured, Phrase, StoreUnavailable
from bridge.model.ids import RoomAlias, UserID
from bridge.model.matrix_events import RawEvent
from bridge.model.statuses import CheckLine

_SUBJECT: Final = "ping"


async def check_ping(patient: Patient, registration: Registration, probe: Probe) -> AsyncIterator[CheckLine]:
    """The homeserver calls the running bridge, or a stand-in at the same address."""
    try:
        async with _somebody_listens(patient, registration):
            outcome = await probe.ping()
    except Misconfigured as error:
        yield failed(_SUBJECT, error.reason, Phrase.of("doctor.ping.port.fix"))
        return
    if isinstance(outcome, NotReached):
        yield failed(_SUBJECT, *_explain(outcome, patient, registration))
    else:
        yield ok(_SUBJECT, Phrase.of("doctor.ping.ok", url=registration.url, duration=outcome.duration_ms))


def _explain(outcome: NotReached, patient: Patient, registration: Registration) -> tuple[Phrase, Phrase]:
    url, section = registration.url, patient.appservice
    match outcome.code:
        case "M_CONNECTION_FAILED" | "M_CONNECTION_TIMED_OUT":
            finding = Phrase.of("doctor.ping.no_way", url=url)
            return finding, Phrase.of("doctor.ping.no_way.fix", host=section.host, port=section.port)
        case "M_BAD_STATUS":
            return Phrase.of("doctor.ping.bad_status", url=url), Phrase.of("doctor.homeserver.register.fix")
        case "M_URL_NOT_SET":
            return Phrase.of("doctor.ping.no_url"), Phrase.of("doctor.homeserver.register.fix")
        case code:
            return Phrase.of("doctor.ping.other", code=code), Phrase.of("doctor.homeserver.register.fix")


@asynccontextmanager
async def _somebody_listens(patient: Patient, registration: Registration) -> AsyncIterator[None]:
    listeners = Listeners()
    try:
        if patient.running is None:
            away = _NotNow()
            endpoint = Endpoint(
                hs_token=registration.hs_token, sink=away, rooms=away, users=away, third_party=away
            )
            section = patient.appservice
            await listeners.add("appservice", endpoint.application(), section.host, section.port)
        yield
    finally:
        await listeners.stop()


@frozen
class _NotNow:
    """Takes nothing, so that the homeserver keeps for the bridge what is meant for the bridge."""

    async def accept(self, events: Sequence[RawEvent]) -> None:
        raise _busy()

    def ephemeral(self, signals: Sequence[Signal]) -> None:
        return

    async def alias_wanted(self, alias: RoomAlias) -> bool:
        raise _busy()

    async def user_wanted(self, user_id: UserID) -> bool:
        raise _busy()

    async def protocol(self, name: str) -> Json | None:
        raise _busy()

    async def locations(self, protocol: str, fields: Mapping[str, str]) -> Sequence[Json]:
        raise _busy()

    async def users(self, protocol: str, fields: Mapping[str, str]) -> Sequence[Json]:
        raise _busy()

    async def locations_of(self, alias: RoomAlias) -> Sequence[Json]:
        raise _busy()

    async def users_of(self, user_id: UserID) -> Sequence[Json]:
        raise _busy()


def _busy() -> StoreUnavailable:
    return StoreUnavailable(Phrase.of("doctor.stand_in"))
