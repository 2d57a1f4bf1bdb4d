"""How a plug-in fares, and how long to wait before it is tried again."""

from datetime import datetime
from enum import Enum
from typing import Final

from attrs import frozen

from bridge.model.errors import Phrase

FIRST_DELAY_S: Final = 5.0
LONGEST_DELAY_S: Final = 300.0


class PluginHealth(Enum):
    STARTING = "starting"
    RUNNING = "running"
    FAILED = "failed"
    """Did not start; it is tried again by itself."""
    UNUSABLE = "unusable"
    """What is written in the configuration must be changed first; it is not tried."""
    STOPPED = "stopped"


@frozen
class PluginState:
    """The state of one plug-in, for ``status`` and ``doctor``.

    Attributes:
        reason: why it failed or is of no use; else None.
        since: when this state began; a further failure does not begin it anew.
        failures: starts that failed since the last one that did not.
        retry_at: when a failed one is tried again.
    """

    state: PluginHealth
    reason: Phrase | None
    since: datetime
    failures: int = 0
    retry_at: datetime | None = None


def retry_delay_s(failures: int, jitter: float) -> float:
    """Seconds to wait after so many failures in a row: 5 s, doubled each time, up to 5 min.

    Args:
        failures: at least 1.
        jitter: from 0 up to 1; takes off up to a quarter, so that plug-ins that failed together part.
    """
    bound = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(failures - 1, 30))
    return bound * (1 - jitter / 4)
