"""Tests that mirror the rooms."""
