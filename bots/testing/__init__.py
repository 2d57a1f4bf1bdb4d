"""Kits for testing a bot without a server."""
