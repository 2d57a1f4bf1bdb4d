"""Values as both engines hold them: times as integers, texts without what PostgreSQL refuses."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from bridge.model.codec import decode_phrase, encode_phrase
from bridge.model.errors import Phrase

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)

MAX_NAME_BYTES: Final = 1024
"""Longest text that is put into an index as it is; PostgreSQL refuses index rows of about 2,700 bytes."""


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970, from an aware time."""
    return (moment - _EPOCH) // _TICK


def from_micros(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def maybe_micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


def maybe_time(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


def clean(text: str) -> str:
    """The text without NUL (PostgreSQL refuses it) and lone surrogates (nothing can encode them).

    What comes from strangers is stored all the same: one odd character must not stop a transaction.
    """
    if text.isascii():
        return text.replace("\0", "\u2400") if "\0" in text else text
    return text.replace("\0", "\u2400").encode(errors="replace").decode()


def name(text: str) -> str:
    """A stranger's name for something, fit for an index: cleaned, and a monstrous one by its hash."""
    cleaned = clean(text)
    if len(cleaned) <= MAX_NAME_BYTES // 4:
        return cleaned
    encoded = cleaned.encode()
    return cleaned if len(encoded) <= MAX_NAME_BYTES else f"sha256:{sha256(encoded).hexdigest()}"


def maybe_clean(text: str | None) -> str | None:
    return None if text is None else clean(text)


def maybe_name(text: str | None) -> str | None:
    return None if text is None else name(text)


def maybe_encode_phrase(phrase: Phrase | None) -> bytes | None:
    return None if phrase is None else encode_phrase(phrase)


def maybe_decode_phrase(stored: bytes | None) -> Phrase | None:
    return None if stored is None else decode_phrase(stored)
