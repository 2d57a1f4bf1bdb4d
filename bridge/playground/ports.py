"""Free ports of the loopback interface that stay free while their server restarts."""

import errno
import os
import random
import socket
from collections.abc import Collection

from bridge.playground.homeserver import LOOPBACK

# Below the range that Linux hands to outgoing connections (32768 and up).
# A client that retries a closed port inside that range can be given the very
# same number as its own and then talks to itself, and any other connection
# may take the port away while the server restarts.
_LOWEST, _HIGHEST = 20_000, 32_000

_TRIES = 200


def free_port(taken: Collection[int] = ()) -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on, and that is not among those ``taken``.

    Raises ``OSError`` when 200 random ports are all in use.
    """
    dice = random.Random(os.urandom(8))  # noqa: S311  # so that two who look at once do not meet
    for _ in range(_TRIES):
        port = dice.randint(_LOWEST, _HIGHEST)
        if port not in taken and is_free(port):
            return port
    raise OSError(errno.EADDRINUSE, f"no free port between {_LOWEST} and {_HIGHEST}")


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
