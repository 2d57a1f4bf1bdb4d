"""Lines that were let go, counted for each lane until their room is told."""

from typing import Final

from bridge.model.ids import LaneID
from bridge.model.records import Shed
from bridge.storage.engine import Row, Script, run
from bridge.storage.values import from_micros, to_micros

ALL: Final = "SELECT lane, count, since FROM shed ORDER BY lane"
ADD: Final = """
    INSERT INTO shed (lane, count, since) VALUES (?, ?, ?)
    ON CONFLICT (lane) DO UPDATE SET count = shed.count + excluded.count
"""
# What was let go meanwhile is another occasion.
_SUBTRACT: Final = "UPDATE shed SET count = count - ?, since = since + 1 WHERE lane = ? AND since = ?"
_DROP: Final = "DELETE FROM shed WHERE lane = ? AND count <= 0"


def shed_of(row: Row) -> Shed:
    """From a row of ``ALL``."""
    return Shed(lane=LaneID(row[0]), count=row[1], since=from_micros(row[2]))


def told(shed: Shed) -> Script[None]:
    yield from run(_SUBTRACT, shed.count, shed.lane, to_micros(shed.since))
    yield from run(_DROP, shed.lane)
