"""Holds connections so that they outlive the bridge: the small process that does, and the way to it."""
