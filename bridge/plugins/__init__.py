"""Finds, checks, records and supervises networks and services."""
