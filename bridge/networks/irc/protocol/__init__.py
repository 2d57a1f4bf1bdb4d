"""The IRC protocol without I/O: bytes in, events out, state in between."""
