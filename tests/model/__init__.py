"""Tests of bridge.model."""
