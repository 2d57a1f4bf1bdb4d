"""What ``trunkline doctor`` does: looks at all that a bridge stands on, and names a fix for each failure."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from bridge.app.doctor.database import check_database
from bridge.app.doctor.files import check_config, check_files, check_registration
from bridge.app.doctor.homeserver import check_homeserver
from bridge.app.doctor.media import check_media
from bridge.app.doctor.networks import check_networks
from bridge.app.doctor.patient import Patient
from bridge.app.settings import load_settings
from bridge.model.statuses import CheckLine
from bridge.plugins.find import Found

__all__ = ["examine"]


async def examine(
    path: Path, *, folder: Path, found: Found, environment: Mapping[str, str] | None = None
) -> AsyncIterator[CheckLine]:
    """The findings, each as soon as it is known; what a failure makes pointless is left out.

    The bridge may be running; then its database is left alone, and the homeserver calls it and not us.

    Args:
        folder: the data folder, in which the bridge has its lock.
    """
    loaded = load_settings(path, environment)
    for line in check_config(path, loaded):
        yield line
    if loaded.core_problems:
        return
    patient = Patient(loaded, folder, found)
    for line in check_files(patient):
        yield line
    registration, lines = check_registration(patient)
    for line in lines:
        yield line
    if registration is not None:
        async for line in check_homeserver(patient, registration):
            yield line
    async for line in check_database(patient):
        yield line
    async for line in check_media(patient):
        yield line
    async for line in check_networks(patient):
        yield line
