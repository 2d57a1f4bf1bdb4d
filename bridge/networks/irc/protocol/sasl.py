"""Proving who we are: the SASL exchange and its mechanisms.

Spec: https://ircv3.net/specs/extensions/sasl-3.1 and sasl-3.2. PLAIN is RFC 4616; EXTERNAL is RFC 4422,
appendix A; SCRAM-SHA-256 is in `scram`.
"""

import base64
import binascii
from enum import Enum, auto
from typing import Protocol

from attrs import field, frozen

from bridge.networks.irc.protocol.line import Line

CHUNK_BYTES = 400
"""The most base64 text in one AUTHENTICATE."""
MAX_CHALLENGE_BYTES = 16_384
"""The longest challenge that is collected, in base64."""

LOGGED_IN, LOGGED_OUT = "900", "901"
SUCCEEDED = frozenset({"903", "907"})
REFUSED = frozenset({"902", "904", "905", "906"})


class Mechanism(Protocol):
    """One way of proving. An object serves one exchange only."""

    @property
    def name(self) -> str:
        """The name of the mechanism in the protocol."""

    @property
    def is_content(self) -> bool:
        """Whether a success may be believed: the server has proven what the mechanism asks of it."""

    def respond(self, challenge: bytes) -> bytes | None:
        """Answer one challenge, the first of which is empty; None gives up."""


@frozen
class Plain:
    """Account and password, readable to the server."""

    account: str
    password: str = field(repr=False)
    name: str = field(default="PLAIN", init=False)
    is_content: bool = field(default=True, init=False)

    def respond(self, challenge: bytes) -> bytes | None:
        """Answer the empty challenge; there is no second one."""
        return None if challenge else f"\0{self.account}\0{self.password}".encode()


@frozen
class External:
    """The certificate that the connection was made with speaks for us."""

    authorize_as: str = ""
    name: str = field(default="EXTERNAL", init=False)
    is_content: bool = field(default=True, init=False)

    def respond(self, challenge: bytes) -> bytes | None:
        """Name the account, or leave it to the server."""
        return None if challenge else self.authorize_as.encode()


class SaslOutcome(Enum):
    """How far an exchange is."""

    PENDING = auto()
    SUCCEEDED = auto()
    REFUSED = auto()


class SaslExchange:
    """One exchange: give it AUTHENTICATE lines and the numerics 902 to 908.

    Attributes:
        outcome: how far it is.
        code: of a refusal, the numeric.
        text: of a refusal, what the server said.
        is_suspect: the server did not prove what it should have; nothing more should be shown to it.
    """

    def __init__(self, mechanism: Mechanism) -> None:
        self.outcome = SaslOutcome.PENDING
        self.code = ""
        self.text = ""
        self.is_suspect = False
        self._mechanism = mechanism
        self._challenge = ""

    def opening(self) -> list[Line]:
        """Name the mechanism."""
        return [Line("AUTHENTICATE", (self._mechanism.name,))]

    def receive(self, line: Line) -> list[Line]:
        """Take one line of the exchange; give the answers."""
        if line.command == "AUTHENTICATE":
            return self._receive_challenge(line.param(0))
        if line.command in SUCCEEDED:
            self._succeeded()
        elif line.command in REFUSED:
            self.outcome = SaslOutcome.REFUSED
            self.code, self.text = line.command, line.params[-1] if line.params else ""
        return []

    def _succeeded(self) -> None:
        if self._mechanism.is_content:
            self.outcome = SaslOutcome.SUCCEEDED
            return
        self.outcome, self.is_suspect = SaslOutcome.REFUSED, True
        self.text = "the server did not prove that it knows the account"

    def _receive_challenge(self, chunk: str) -> list[Line]:
        if chunk != "+":
            self._challenge += chunk
        if len(chunk) == CHUNK_BYTES and len(self._challenge) < MAX_CHALLENGE_BYTES:
            return []
        encoded, self._challenge = self._challenge, ""
        try:
            response = self._mechanism.respond(base64.b64decode(encoded, validate=True))
        except (binascii.Error, ValueError):
            response = None
        if response is None:
            self.is_suspect = True
            return [Line("AUTHENTICATE", ("*",))]
        return chunk_response(response)


def chunk_response(response: bytes) -> list[Line]:
    """Cut a response into AUTHENTICATE lines; one of just the chunk size is ended by a ``+``."""
    text = base64.b64encode(response).decode("ascii")
    chunks = [text[start : start + CHUNK_BYTES] for start in range(0, len(text), CHUNK_BYTES)]
    if not chunks or len(chunks[-1]) == CHUNK_BYTES:
        chunks.append("+")
    return [Line("AUTHENTICATE", (chunk,)) for chunk in chunks]


def offers(value: str, mechanism: str) -> bool:
    """Say whether the value of the ``sasl`` capability names a mechanism; an empty value allows any."""
    return not value or mechanism.upper() in value.upper().split(",")
