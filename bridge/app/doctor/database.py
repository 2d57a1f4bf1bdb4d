"""Check of the database: it opens, is of a schema that we know, and the key fits."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from bridge.app.doctor.patient import Patient, failed, ok, warning
from bridge.model.errors import BridgeError, Misconfigured, Phrase
from bridge.model.statuses import CheckLine
from bridge.storage.config import DatabaseConfig
from bridge.storage.look import look_at
from bridge.storage.secrets import SecretKey

_SUBJECT: Final = "database"
_SQLITE: Final = "sqlite:///"


async def check_database(patient: Patient) -> AsyncIterator[CheckLine]:
    """Looks and changes nothing. Of a running bridge's database only that it is in use is said."""
    if patient.running is not None:
        yield ok(_SUBJECT, Phrase.of("doctor.database.running", process=patient.running))
        return
    section = patient.loaded.section(DatabaseConfig)
    try:
        key = SecretKey.load(section.key_file)
    except Misconfigured as error:
        yield failed(_SUBJECT, error.reason)
        return
    place: str | Path = section.url
    if section.url.startswith(_SQLITE):
        place = patient.folder / section.url.removeprefix(_SQLITE)
        if not place.exists():
            yield _judge_new(place)
            return
    try:
        seen = await look_at(place, key)
    except BridgeError as error:
        yield failed(_SUBJECT, error.reason, Phrase.of("doctor.database.fix"))
        return
    if seen.schema_version < seen.known_version:
        finding = Phrase.of("doctor.database.old", found=seen.schema_version, known=seen.known_version)
        yield warning(_SUBJECT, finding, Phrase.of("doctor.database.old.fix"))
    else:
        yield ok(_SUBJECT, Phrase.of("doctor.database.ok", version=seen.schema_version))


def _judge_new(place: Path) -> CheckLine:
    folder = place.parent
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return ok(_SUBJECT, Phrase.of("doctor.database.new", file=str(place)))
    finding = Phrase.of("doctor.database.no_folder", folder=str(folder))
    return failed(_SUBJECT, finding, Phrase.of("doctor.database.no_folder.fix", folder=str(folder)))
