"""What a playground server can be told to be like."""

from collections.abc import Mapping
from enum import Enum

from attrs import field, frozen

from bridge.networks.irc.protocol.casemap import CaseMapping


class LongLines(Enum):
    """What happens to a line over 512 bytes."""

    CUT = "cut"  # as InspIRCd does, silently
    CLOSE = "close"  # as ngIRCd does
    REFUSE = "refuse"  # numeric 417, as newer servers do


@frozen
class FloodLimit:
    """How fast a client may speak: ``burst`` lines at once, then ``per_second``.

    Attributes:
        close: end the connection of who is faster; otherwise its lines wait.
    """

    burst: int = 10
    per_second: float = 1.0
    close: bool = False


@frozen
class Settings:
    """The server's properties; the defaults are those of a friendly modern server.

    Attributes:
        accounts: passwords by account name; SASL is offered when there is one.
        password: what PASS must say, or None.
        capabilities: the capabilities to offer, by name; None offers all of them.
        history_lines: how many lines of each channel are kept and told to those who ask with CHATHISTORY.
        ping_after_s: seconds of silence before the server asks, and again before it gives up.
    """

    name: str = "irc.playground"
    network: str = "Playground"
    motd: str = "Welcome to the playground."
    password: str | None = field(default=None, repr=False)
    accounts: Mapping[str, str] = field(factory=dict, repr=False)
    capabilities: frozenset[str] | None = None
    casemapping: CaseMapping = CaseMapping.RFC1459
    long_lines: LongLines = LongLines.CUT
    flood: FloodLimit | None = None
    history_lines: int = 1000
    ping_after_s: float = 120.0


NICK_BYTES = 30
USER_BYTES = 16
CHANNEL_BYTES = 64
TOPIC_BYTES = 390
KICK_BYTES = 255
AWAY_BYTES = 200
REAL_NAME_BYTES = 128
TARGETS = 4
CHANNELS = 100
BANS = 100
MODES_PER_LINE = 20
HISTORY_PAGE = 100
"""How many lines one CHATHISTORY gives at most."""
HISTORY_CHANNELS = 1000
"""Channels whose history is kept; of more, those are forgotten where nobody has spoken for longest."""
