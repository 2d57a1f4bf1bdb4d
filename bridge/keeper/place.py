"""Where the keeper of a data folder is found: its socket, its lock, its log.

Part of the keeper process: nothing but the standard library.
"""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.keeper.frames import SOCKET_NAME

LOCK_NAME = "keeper.lock"
LOG_NAME = "keeper.log"
_BACKLOG = 64
# sockaddr_un has room for 107 bytes and the NUL.
_MAX_PATH_BYTES = 107


class Taken(Exception):
    """Another keeper looks after this folder."""


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """The place of a socket as the system takes it; a long one goes by way of its folder's descriptor."""
    if len(os.fsencode(path)) <= _MAX_PATH_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


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
    path = folder / SOCKET_NAME
    new = path.with_name(f"{SOCKET_NAME}.new")
    new.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # Made under another name, closed to others, and only then put in its place.
        with reachable(new) as place:
            listening.bind(place)
        os.chmod(new, 0o600)
        listening.listen(_BACKLOG)
        listening.setblocking(False)
        new.rename(path)
    except BaseException:
        listening.close()
        raise
    return listening
