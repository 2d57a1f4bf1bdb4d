"""Ports for the servers of a test."""

import socket

from bridge.playground.homeserver import LOOPBACK
from bridge.playground.ports import free_port

__all__ = ["LOOPBACK", "accepts_connections", "free_port"]


def accepts_connections(port: int) -> bool:
    """Say whether somebody accepts TCP connections on this loopback port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False
