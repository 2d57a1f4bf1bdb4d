"""Runs unmodified maubot plug-ins."""
