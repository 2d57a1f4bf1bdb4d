"""Tests of bridge.commands."""
