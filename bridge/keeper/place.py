"""Where the keeper of a data folder is found: its socket, its lock, its log.

Part of the keeper process: nothing but the standard library.
"""

import fcntl
import os
import socket
from pathlib import Path

from bridge.keeper.frames import SOCKET_NAME
from bridge.keeper.sockets import listen_at

LOCK_NAME = "keeper.lock"
LOG_NAME = "keeper.log"
_BACKLOG = 64


class Taken(Exception):
    """Another keeper looks after this folder."""


def take_lock(folder: Path) -> int:
    """Lock the folder for as long as this process lives. Raises `Taken` and ``OSError``."""
    lock = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Taken from None
    return lock


def note_process(lock: int) -> None:
    """Write into the lock who holds it, for people who look."""
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)


def listen(folder: Path) -> socket.socket:
    """Listen in a folder whose lock is held: a socket that is there was left by a dead keeper."""
    return listen_at(folder / SOCKET_NAME, backlog=_BACKLOG)
