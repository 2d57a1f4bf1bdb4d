"""Tests of bridge.policy."""
