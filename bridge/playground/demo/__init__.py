"""The demo: a homeserver, an IRC server and a bridge between them, on this machine alone."""
