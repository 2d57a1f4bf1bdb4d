"""Tests of bridge.text."""
