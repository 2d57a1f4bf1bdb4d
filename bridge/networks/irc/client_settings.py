"""What a client needs to know to connect."""

from attrs import field, frozen

from bridge.networks.irc.client_backlog import BOUND_BYTES
from bridge.networks.irc.protocol.session import SessionConfig


@frozen
class BackoffLimits:
    """Seconds between attempts: up to ``first_s``, doubling to ``longest_s``.

    A connection that held for ``steady_s`` starts it from the beginning. An attempt that the server may take
    badly, such as with a password that it refused, waits for half of ``rarest_s`` to all of it.
    """

    first_s: float = 2.0
    longest_s: float = 300.0
    steady_s: float = 60.0
    rarest_s: float = 3600.0


@frozen
class ClientSettings:
    """One network's server and how to behave towards it.

    Attributes:
        tls_verify: refuse a server whose certificate does not prove its name.
        connect_timeout_s: for the connection with its TLS handshake.
        waiting_bytes: what events may take of memory that wait for the one who takes them.
        answer_timeout_s: for the answer to a join or a command, counted from the request.
        held_as: the name under which the connection is held, where somebody holds it.
    """

    host: str
    session: SessionConfig
    port: int = 6697
    tls: bool = True
    tls_verify: bool = True
    connect_timeout_s: float = 30.0
    answer_timeout_s: float = 60.0
    waiting_bytes: int = BOUND_BYTES
    backoff: BackoffLimits = field(factory=BackoffLimits)
    held_as: str = "irc"
