"""How much is on its way, counted over the indexes of what is open or bad."""

from typing import Final

from bridge.model.backlog import Backlog, Pile
from bridge.model.ids import LaneID
from bridge.model.statuses import PartState
from bridge.storage.engine import Row, Script, first, run
from bridge.storage.ledger import IS_BAD, IS_OPEN
from bridge.storage.values import maybe_time

# Rows are numbered as they come. So the oldest is the one with the lowest number, which the index knows: of a
# long backlog only that row is read.
_INBOX: Final = """
    SELECT COUNT(*), (SELECT received_at FROM inbox WHERE state = 'open' ORDER BY seq LIMIT 1)
    FROM inbox WHERE state = 'open'
"""
_PARTS: Final = f"SELECT lane, COUNT(*), MIN(created_at) FROM ledger WHERE {IS_OPEN} GROUP BY lane"  # noqa: S608  # ours
_ARRIVALS: Final = """
    SELECT waiting.lane, waiting.count, arrivals.received_at
    FROM (SELECT lane, COUNT(*) AS count, MIN(seq) AS oldest FROM arrivals
          WHERE state = 'waiting' GROUP BY lane) AS waiting
    JOIN arrivals ON arrivals.seq = waiting.oldest
"""
_BAD: Final = f"SELECT state, COUNT(DISTINCT event_id) FROM ledger WHERE {IS_BAD} GROUP BY state"  # noqa: S608  # ours
_ASIDE: Final = """
    SELECT (SELECT COUNT(*) FROM arrivals WHERE state = 'dead')
         + (SELECT COUNT(*) FROM inbox WHERE state = 'aside'
            AND NOT EXISTS (SELECT 1 FROM ledger WHERE ledger.event_id = inbox.event_id))
"""


def count_backlog() -> Script[Backlog]:
    """All of it in one transaction."""
    inbox = yield from first(_INBOX)
    parts = yield from run(_PARTS)
    arrivals = yield from run(_ARRIVALS)
    bad = yield from run(_BAD)
    aside = yield from first(_ASIDE)
    return Backlog(
        inbox=_pile(inbox or (0, None)),
        to_network={LaneID(lane): _pile(rest) for lane, *rest in parts},
        to_matrix={LaneID(lane): _pile(rest) for lane, *rest in arrivals},
        bad={PartState(state): int(count) for state, count in bad},
        aside=int(aside[0]) if aside else 0,
    )


def _pile(row: Row) -> Pile:
    count, oldest_at = row
    return Pile(int(count), maybe_time(oldest_at))
