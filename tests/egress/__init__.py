"""Tests of bridge.egress."""
