"""Sockets in a folder that nobody but their owner can open, for the keeper and for the bridge's own.

Part of the keeper process: nothing but the standard library.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# sockaddr_un has room for 107 bytes and the NUL.
_MAX_PATH_BYTES = 107


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


def listen_at(path: Path, *, backlog: int) -> socket.socket:
    """Listen in a folder whose lock is held: a socket that is there was left by a crash.

    Raises ``OSError``.
    """
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # Made under another name, closed to others, and only then put in its place.
        with reachable(new) as place:
            listening.bind(place)
        os.chmod(new, 0o600)
        listening.listen(backlog)
        listening.setblocking(False)
        new.rename(path)
    except BaseException:
        listening.close()
        raise
    return listening
