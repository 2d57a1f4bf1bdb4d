"""Finding processes by their parent or by what they were started on."""

import os
import signal
from contextlib import suppress
from pathlib import Path


def family(pid: int) -> list[int]:
    """A process and everything it has started that still lives, parents first."""
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in children.read_text().split():
                found += family(int(child))
    return found


def signal_family(pid: int, number: signal.Signals) -> None:
    for one in family(pid):
        with suppress(ProcessLookupError):
            os.kill(one, number)


def tagged(folder: str) -> list[int]:
    """Processes whose command line or environment names a folder: also those that outlive their parent."""
    numbered = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    found = [int(entry.name) for entry in numbered if _names(entry, folder.encode())]
    return [pid for pid in found if pid != os.getpid()]


def end_tagged(folder: str) -> None:
    """End, by its process ID, everything that was started on a folder and is left over."""
    for pid in tagged(folder):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _names(entry: Path, folder: bytes) -> bool:
    for what in ("cmdline", "environ"):
        with suppress(OSError):
            if folder in (entry / what).read_bytes():
                return True
    return False
