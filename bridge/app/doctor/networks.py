"""Check of each network, by what it finds out about itself."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from random import Random
from typing import Final

from bridge.api.network import Connector
from bridge.app.clock import SystemClock
from bridge.app.doctor.patient import Patient, failed, warning
from bridge.model.errors import BridgeError, Phrase
from bridge.model.statuses import CheckLine
from bridge.plugins.find import short_error
from bridge.plugins.networks import GROUP, configured_networks
from bridge.plugins.supervise import Configured
from bridge.telemetry import get_log

CHECK_S: Final = 25.0
"""A connector has promised 20 seconds."""

_log = get_log(__name__)


async def check_networks(patient: Patient) -> AsyncIterator[CheckLine]:
    """All at the same time, told in the order of the file. Mistakes in a section were told before."""
    sections = patient.loaded.plugins.get(GROUP, {})
    if not sections:
        yield warning("networks", Phrase.of("status.no_networks"))
        return
    usable = {name: section for name, section in sections.items() if section.value is not None}
    # Jitter only.
    random = Random()  # noqa: S311
    configured = configured_networks(usable, patient.found, clock=SystemClock(), random=random)
    async with asyncio.TaskGroup() as group:
        checks = [group.create_task(_check(one)) for one in configured]
        for check in checks:
            for line in await check:
                yield line


async def _check(one: Configured[Connector]) -> Sequence[CheckLine]:
    if isinstance(one.make, Phrase):
        return [failed(one.name, one.make)]
    try:
        async with asyncio.timeout(CHECK_S):
            return await one.make().check()
    except BridgeError as error:
        return [failed(one.name, error.reason)]
    except TimeoutError:
        return [failed(one.name, Phrase.of("doctor.network.late"), Phrase.of("doctor.network.late.fix"))]
    except Exception as error:  # noqa: BLE001  # keeps one plug-in from taking down the rest
        _log.exception("network check failed", network=one.name)
        finding = Phrase.of("doctor.network.broken", error=short_error(error))
        return [failed(one.name, finding, Phrase.of("doctor.network.broken.fix"))]
