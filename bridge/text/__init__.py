"""Marked-up text to and from HTML and plain text, and the message catalogue."""
