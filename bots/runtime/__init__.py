"""Loads bots and dispatches events to them."""
