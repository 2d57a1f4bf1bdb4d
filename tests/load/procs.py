"""What a process costs: memory and processor time, read from ``/proc``."""

import asyncio
import os
from pathlib import Path
from typing import Final

_TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")
_LOOK_S: Final = 0.2


def rss_mb(pid: int) -> float:
    """The memory that the process holds now (resident set), in units of 1,000,000 bytes."""
    return _status_kib(pid, "VmRSS:") * 1024 / 1e6


def peak_rss_mb(pid: int) -> float:
    """The most it ever held."""
    return _status_kib(pid, "VmHWM:") * 1024 / 1e6


def cpu_s(pid: int) -> float:
    """Processor time of all its threads since it started, its own and the kernel's for it; steps of 10 ms."""
    # The program's name stands in parentheses and may hold anything.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


def load_average() -> float:
    """How many processes wanted a processor in the last minute."""
    return os.getloadavg()[0]


def _status_kib(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1])
    raise ValueError(f"no {field} of process {pid}")


async def settled(pid: int, *, limit_s: float = 20.0) -> None:
    """Wait until the process rests, or for the limit: no backlog may spoil the next measurement."""
    resting = 0
    for _ in range(int(limit_s / _LOOK_S)):
        before = cpu_s(pid)
        await asyncio.sleep(_LOOK_S)
        resting = resting + 1 if cpu_s(pid) - before <= 0.05 * _LOOK_S else 0
        if resting == 2:
            return
