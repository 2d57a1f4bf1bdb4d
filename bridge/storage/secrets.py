"""Credentials, sealed with AES-256-GCM under a key that never enters the database.

A sealed value is bound to its table, row and column: moved to another place it does not open. Its form is
one byte of version (1), four bytes that name the key (so that a rotation can tell old from new), a random
nonce of 96 bits, the encrypted text, and the tag of 128 bits.
"""

import base64
import hmac
import os
from functools import partial
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes
from typing import Final

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF

from bridge.config.secret import Secret
from bridge.model.errors import Misconfigured, Phrase
from bridge.storage.engine import Engine, first, run
from bridge.storage.meta import KEY_CHECK, MetaStore

KEY_BYTES: Final = 32
_VERSION: Final = b"\x01"
_ID_BYTES: Final = 4
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_HEAD_BYTES: Final = len(_VERSION) + _ID_BYTES + _NONCE_BYTES
_KNOWN: Final = b"this is the right key"


class SecretKey:
    """The key of an installation; it never prints."""

    __slots__ = ("_key", "id")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise Misconfigured(Phrase.of("storage.key_malformed", bytes=KEY_BYTES))
        self._key = key
        self.id = hmac.digest(key, b"key id", sha256)[:_ID_BYTES]

    @classmethod
    def generate(cls, path: Path) -> "SecretKey":
        """Make a key and write it to a new file that only its owner reads.

        Raises ``Misconfigured`` when there is such a file, or none can be made.
        """
        key = cls(token_bytes(KEY_BYTES))
        try:
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(number, "w") as file:
                file.write(key.as_text() + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Misconfigured(
                Phrase.of("storage.key_unwritable", file=str(path), error=error.strerror or str(error))
            ) from error
        return key

    @classmethod
    def load(cls, path: Path) -> "SecretKey":
        """Read the file that ``generate`` wrote; raises ``Misconfigured``."""
        try:
            text = path.read_text("ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise Misconfigured(
                Phrase.of("storage.key_unreadable", file=str(path), error=str(error))
            ) from error
        return cls.from_text(Secret(text))

    @classmethod
    def from_text(cls, text: Secret) -> "SecretKey":
        """The key from its base64, as it stands in the file or in the environment."""
        try:
            return cls(base64.b64decode(text.reveal().strip(), validate=True))
        except ValueError as error:
            raise Misconfigured(Phrase.of("storage.key_malformed", bytes=KEY_BYTES)) from error

    def derive(self, purpose: str) -> bytes:
        """Another key of 32 bytes, for one purpose; it tells nothing about this one (RFC 5869)."""
        derived = HKDF(self._key, KEY_BYTES, b"", SHA256, context=f"trunkline {purpose}".encode())
        assert isinstance(derived, bytes), "one key was asked for"
        return derived

    def as_text(self) -> str:
        return base64.b64encode(self._key).decode()

    def seal(self, plain: bytes, place: tuple[str, str, str]) -> bytes:
        """Encrypt for one place: table, row, column."""
        nonce = token_bytes(_NONCE_BYTES)
        cipher = AES.new(self._key, AES.MODE_GCM, nonce=nonce, mac_len=_TAG_BYTES)
        cipher.update(_bound_to(self.id, place))
        encrypted, tag = cipher.encrypt_and_digest(plain)
        return _VERSION + self.id + nonce + encrypted + tag

    def open(self, sealed: bytes, place: tuple[str, str, str]) -> bytes:
        """Decrypt; raises ``Misconfigured`` for another key, another place, or a changed text."""
        head, body = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES:]
        if head[:1] != _VERSION or head[1 : 1 + _ID_BYTES] != self.id:
            raise Misconfigured(Phrase.of("storage.key_wrong"))
        cipher = AES.new(self._key, AES.MODE_GCM, nonce=head[1 + _ID_BYTES :], mac_len=_TAG_BYTES)
        cipher.update(_bound_to(self.id, place))
        try:
            return cipher.decrypt_and_verify(body[:-_TAG_BYTES], body[-_TAG_BYTES:])
        except ValueError as error:
            raise Misconfigured(Phrase.of("storage.secret_damaged", place="/".join(place))) from error

    def __repr__(self) -> str:
        return "SecretKey(***)"


def _bound_to(key_id: bytes, place: tuple[str, str, str]) -> bytes:
    """Each piece with its length before it, so that no two places look alike."""
    pieces = [_VERSION, key_id, *(piece.encode() for piece in place)]
    return b"".join(len(piece).to_bytes(4, "big") + piece for piece in pieces)


async def check_key(key: SecretKey, meta: MetaStore) -> None:
    """Refuse with ``Misconfigured`` a key that is not the one this database was made with."""
    place = ("meta", KEY_CHECK, "value")
    mine = base64.b64encode(key.seal(_KNOWN, place)).decode()
    stored = await meta.put_first(KEY_CHECK, mine)
    try:
        key.open(base64.b64decode(stored), place)
    except Misconfigured as error:
        raise Misconfigured(Phrase.of("storage.key_wrong")) from error


_PUT: Final = """
    INSERT INTO secrets (of_table, of_row, of_column, sealed) VALUES (?, ?, ?, ?)
    ON CONFLICT (of_table, of_row, of_column) DO UPDATE SET sealed = excluded.sealed
"""
_GET: Final = "SELECT sealed FROM secrets WHERE of_table = ? AND of_row = ? AND of_column = ?"
_DELETE: Final = "DELETE FROM secrets WHERE of_table = ? AND of_row = ? AND of_column = ?"
_DELETE_ROW: Final = "DELETE FROM secrets WHERE of_table = ? AND of_row = ?"


class SecretStore:
    """Credentials by the place they belong to. Raises ``StoreUnavailable`` throughout."""

    def __init__(self, engine: Engine, key: SecretKey) -> None:
        self._engine = engine
        self._key = key

    async def put(self, table: str, row: str, column: str, value: Secret) -> None:
        place = (table, row, column)
        sealed = self._key.seal(value.reveal().encode(), place)
        await self._engine.write(partial(run, _PUT, *place, sealed))

    async def get(self, table: str, row: str, column: str) -> Secret | None:
        """Raises ``Misconfigured`` for one that was changed or moved."""
        place = (table, row, column)
        found = await self._engine.read(partial(first, _GET, *place))
        return None if found is None else Secret(self._key.open(bytes(found[0]), place).decode())

    async def delete(self, table: str, row: str, column: str | None = None) -> None:
        """Forget one, or without a column all of a row."""
        if column is None:
            await self._engine.write(partial(run, _DELETE_ROW, table, row))
        else:
            await self._engine.write(partial(run, _DELETE, table, row, column))
