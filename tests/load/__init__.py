"""Tests: load."""
