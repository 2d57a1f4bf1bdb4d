"""Chaos: real servers are killed, stopped, cut off and filled up while real clients count what they see."""
