"""SCRAM-SHA-256: both sides prove that they know a password, and neither sends it.

Four messages: we name the account and a nonce; the server answers with its own nonce, a salt and a count; we
prove that we know the salted password; the server proves the same to us. Who listens learns nothing to log in
with, and a server that does not know the password cannot pretend that it does.

RFC 5802 and RFC 7677, without channel binding; names and passwords are prepared by SASLprep, RFC 4013.
"""

import base64
import binascii
import hashlib
import hmac
import stringprep
import unicodedata
from typing import Final

MIN_ITERATIONS: Final = 4096
"""RFC 7677, section 4: fewer make a guess too cheap."""
MAX_ITERATIONS: Final = 300_000
"""About 0.2 seconds of work; a server that asks for more only wants to keep us busy."""
_NO_BINDING: Final = "n,,"


class ScramSha256:
    """One exchange.

    Args:
        nonce: printable text without commas that nobody can guess, new for each exchange.

    Raises `ValueError` for an account or a password that no server can hold.
    """

    name: Final = "SCRAM-SHA-256"

    def __init__(self, account: str, password: str, *, nonce: str) -> None:
        self._password = prepare(password).encode()
        self._nonce = nonce
        escaped = prepare(account).replace("=", "=3D").replace(",", "=2C")
        self._first = f"n={escaped},r={nonce}"
        self._signature: bytes | None = None
        self._is_content = False

    def respond(self, challenge: bytes) -> bytes | None:
        """Answer the empty challenge, the server's salt, and its own proof, in this order."""
        try:
            if not challenge:
                return None if self._signature is not None else f"{_NO_BINDING}{self._first}".encode()
            text = challenge.decode()
            return self._prove(text) if self._signature is None else self._check(text)
        except (ValueError, binascii.Error):
            return None

    @property
    def is_content(self) -> bool:
        """Whether the server has proven that it knows the password as well."""
        return self._is_content

    def _prove(self, server_first: str) -> bytes | None:
        fields = _fields(server_first)
        nonce, salt, count = fields["r"], _decode(fields["s"]), int(fields["i"])
        is_ours = nonce.startswith(self._nonce) and len(nonce) > len(self._nonce)
        if "m" in fields or not is_ours or not salt or not MIN_ITERATIONS <= count <= MAX_ITERATIONS:
            return None
        salted = hashlib.pbkdf2_hmac("sha256", self._password, salt, count)
        client_key = _hmac(salted, b"Client Key")
        final = f"c={base64.b64encode(_NO_BINDING.encode()).decode()},r={nonce}"
        said = f"{self._first},{server_first},{final}".encode()
        seal = _hmac(hashlib.sha256(client_key).digest(), said)
        proof = bytes(key ^ mask for key, mask in zip(client_key, seal, strict=True))
        self._signature = _hmac(_hmac(salted, b"Server Key"), said)
        return f"{final},p={base64.b64encode(proof).decode()}".encode()

    def _check(self, server_final: str) -> bytes | None:
        assert self._signature is not None
        given = _decode(_fields(server_final)["v"])
        self._is_content = hmac.compare_digest(given, self._signature)
        return b"" if self._is_content else None


def prepare(text: str) -> str:
    """SASLprep a name or a password. Raises `ValueError` for what it forbids."""
    mapped = "".join(
        " " if stringprep.in_table_c12(char) else char for char in text if not stringprep.in_table_b1(char)
    )
    prepared = unicodedata.normalize("NFKC", mapped)
    if not prepared:
        raise ValueError("nothing is left of the text")
    if any(is_in(char) for char in prepared for is_in in _FORBIDDEN):
        raise ValueError("the text has a character that may not be in it")
    if any(map(stringprep.in_table_d1, prepared)):
        # Text from right to left stands for itself, from its first character to its last.
        ends = stringprep.in_table_d1(prepared[0]) and stringprep.in_table_d1(prepared[-1])
        if not ends or any(map(stringprep.in_table_d2, prepared)):
            raise ValueError("the text mixes directions")
    return prepared


_FORBIDDEN: Final = (
    stringprep.in_table_a1,
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def _fields(message: str) -> dict[str, str]:
    """Raises `ValueError`; a field that is missing is looked up as empty text, which nothing accepts."""
    pairs = [part.partition("=") for part in message.split(",")]
    found = {name: value for name, equals, value in pairs if equals}
    return {"r": "", "s": "", "i": "0", "v": ""} | found


def _decode(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
