"""Checks of what lies in the data folder: configuration, rights of the files, registration."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bridge.app.doctor.patient import Patient, failed, ok, warning
from bridge.config import Loaded
from bridge.matrix.registration import Registration, read_registration, shortcomings
from bridge.model.errors import Misconfigured, Phrase
from bridge.model.statuses import CheckLine
from bridge.storage.config import DatabaseConfig

_OTHERS: Final = stat.S_IRWXO
_ALL_BUT_OWNER: Final = stat.S_IRWXG | stat.S_IRWXO


def check_config(path: Path, loaded: Loaded) -> Iterator[CheckLine]:
    """Every mistake on a line of its own, under its place."""
    for problem in loaded.problems:
        yield failed(problem.place, problem.phrase, Phrase.of("doctor.config.fix", file=str(path)))
    for notice in loaded.notices:
        yield warning(str(notice.source), notice.phrase)
    if not loaded.problems:
        yield ok("config", Phrase.of("doctor.config.ok", file=str(path)))


def check_files(patient: Patient) -> Iterator[CheckLine]:
    """The secrets are there, and nobody else reads them."""
    key = patient.loaded.section(DatabaseConfig).key_file
    registration = patient.appservice.registration
    found = [
        # The homeserver often has an account of its own, which may share a group with ours.
        *_check_rights(registration, forbidden=_OTHERS),
        *_check_rights(key, forbidden=_ALL_BUT_OWNER),
    ]
    yield from found
    if not found:
        yield ok("files", Phrase.of("doctor.files.ok"))


def _check_rights(path: Path, *, forbidden: int) -> Iterator[CheckLine]:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        path.open("rb").close()
    except FileNotFoundError:
        yield failed("files", Phrase.of("doctor.files.missing", file=str(path)), Phrase.of("doctor.init.fix"))
    except OSError as error:
        finding = Phrase.of("doctor.files.unreadable", file=str(path), error=error.strerror or str(error))
        yield failed("files", finding, Phrase.of("doctor.files.unreadable.fix", file=str(path)))
    else:
        if mode & forbidden:
            finding = Phrase.of("doctor.files.open", file=str(path))
            fix = Phrase.of("doctor.files.open.fix", mode=f"{mode & ~forbidden:o}", file=str(path))
            yield warning("files", finding, fix)


def check_registration(patient: Patient) -> tuple[Registration | None, list[CheckLine]]:
    """The registration, if it can be read, and how it fits the configuration."""
    section = patient.appservice
    try:
        registration = read_registration(section.registration.read_text("utf-8"))
    except OSError:
        return None, []  # said with the files
    except UnicodeDecodeError as error:
        reason = Phrase.of("registration.unreadable", reason=str(error))
        return None, [failed("registration", reason, Phrase.of("doctor.init.fix"))]
    except Misconfigured as error:
        return None, [failed("registration", error.reason)]
    lines = [failed("registration", wrong) for wrong in shortcomings(registration, patient.namespace)]
    if registration.url != section.address:
        finding = Phrase.of("doctor.registration.url", url=registration.url, address=section.address)
        lines.append(warning("registration", finding, Phrase.of("doctor.registration.url.fix")))
    fine = ok("registration", Phrase.of("doctor.registration.ok", file=str(section.registration)))
    return registration, lines or [fine]
