"""Finding a free loopback port that stays free while its server restarts."""

import errno
import os
import random
import socket

LOOPBACK = "127.0.0.1"

# Below the range that Linux hands to outgoing connections (32768 and up).
# A client that retries a closed port inside that range can be given the very
# same number as its own and then talks to itself, and any other connection
# may take the port away while the server restarts.
_LOWEST, _HIGHEST = 20_000, 32_000

_TRIES = 200


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on.

    Raises OSError when 200 random ports are all taken.
    """
    dice = random.Random(os.urandom(8))
    for _ in range(_TRIES):
        port = dice.randint(_LOWEST, _HIGHEST)
        if _is_free(port):
            return port
    raise OSError(errno.EADDRINUSE, f"no free port between {_LOWEST} and {_HIGHEST}")


def accepts_connections(port: int) -> bool:
    """Say whether somebody accepts TCP connections on this loopback port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
