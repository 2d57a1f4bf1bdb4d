"""Ends keepers of connections: they outlive whoever started them, so tests must see to their end."""

import asyncio
import contextlib
import fcntl
import os
import signal
from pathlib import Path

from bridge.keeper.place import LOCK_NAME


async def end_keeper(folder: Path, number: signal.Signals = signal.SIGTERM) -> None:
    """Have the keeper of a data folder end, if there is one, and wait until it has."""
    lock = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _is_free(lock):
            # One that is about to start has not written down yet who it is.
            process = os.pread(lock, 20, 0)
            if process:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(process), number)
            await asyncio.sleep(0.05)
    finally:
        os.close(lock)


def _is_free(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    os.ftruncate(lock, 0)
    return True
