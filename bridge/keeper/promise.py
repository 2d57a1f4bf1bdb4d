"""What a network asks of whoever holds its connections, be that the keeper process or nobody but itself."""

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen


@frozen(kw_only=True)
class Address:
    """Where to connect to. ``timeout_s`` is for the connection with its TLS handshake."""

    host: str
    port: int
    tls: bool
    tls_verify: bool = True
    timeout_s: float = 30.0


@frozen(kw_only=True)
class Manners:
    """What keeps a connection alive while nobody but its holder looks after it.

    Attributes:
        ask: a pattern for a whole line without its end; a line that matches it wants an answer.
        answer: a template for the answer (as ``re.Match.expand`` takes it).
        sign: is written from time to time while nothing can be read.
        farewell: is written before the connection is ended because nobody came back for it.
    """

    ask: bytes
    answer: bytes
    sign: bytes
    farewell: bytes


@frozen
class Written:
    """One line that was written. ``token`` names it; empty where nobody will ask for it."""

    data: bytes
    token: str = ""


@frozen
class PastWrite:
    """What was written when bytes up to ``at`` had been looked at."""

    at: int
    lines: tuple[Written, ...]


class Held(Protocol):
    """One open connection. Offsets count the bytes that came in since it was made."""

    @property
    def id(self) -> str:
        """Different for all connections ever made; the same for one that was taken up again."""

    @property
    def keeps(self) -> bool:
        """Whether what `keep` is given outlives this process."""

    @property
    def writes(self) -> int:
        """How often something was written."""

    @property
    def why_ended(self) -> str:
        """After the end: a short sentence without a full stop."""

    async def read(self) -> bytes:
        """The next bytes; none when the connection has ended, however that came about."""

    def write(self, lines: Sequence[Written], *, at: int) -> None:
        """Write lines, at the time when the bytes up to ``at`` had been looked at. Never waits."""

    def took(self, offset: int) -> None:
        """All that followed from the bytes before ``offset`` is stored: it need not come again."""

    def keep(self, snapshot: bytes, *, offset: int, writes: int) -> None:
        """Remember a state that is true after the bytes before ``offset`` and the first ``writes`` writes.

        Everything before is forgotten. Call it only when all that followed from it is stored.
        """

    async def close(self) -> None:
        """End the connection; within a few seconds, whatever the other side does."""

    async def leave(self) -> None:
        """Let the connection go on without us; where nobody holds it, end it."""


@frozen(kw_only=True)
class Resumed:
    """A connection that is taken up again.

    Attributes:
        snapshot: what `Held.keep` was given last; None if it never was.
        offset: how many bytes the snapshot has seen.
        taken: how many bytes need not come again; what follows from them is stored.
        seen: how many bytes were looked at, by the writes that answered them.
        past: what was written since the snapshot.
        data: what came in since the snapshot, up to the present.
    """

    held: Held
    snapshot: bytes | None
    offset: int
    taken: int
    seen: int
    past: tuple[PastWrite, ...]
    data: bytes


class CannotOpen(Exception):
    """No connection came about; the text is a short sentence without a full stop.

    Attributes:
        why: ``certificate`` (it does not prove the name), ``no_tls`` (the other side does not speak it), or
            empty for what may pass by itself.
    """

    def __init__(self, text: str, why: str = "") -> None:
        super().__init__(text)
        self.why = why


class Keeper(Protocol):
    """Makes connections, and finds those that were made before."""

    @property
    def holds_on(self) -> bool:
        """Whether connections are to go on when we stop."""

    async def resume(self, name: str) -> Resumed | None:
        """The connection of that name, if one is held and nobody else uses it."""

    async def open(self, name: str, address: Address, manners: Manners) -> Held:
        """Make a connection. Raises `CannotOpen`."""
