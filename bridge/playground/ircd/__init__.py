"""A small, faithful IRC server for the demo and for tests, on the bridge's own event loop."""

from bridge.playground.ircd.server import PlaygroundServer
from bridge.playground.ircd.settings import FloodLimit, LongLines, Settings

__all__ = ["FloodLimit", "LongLines", "PlaygroundServer", "Settings"]
