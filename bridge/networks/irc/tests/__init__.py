"""Tests of the IRC network."""
