"""What the demo starts: a local homeserver and a small, faithful IRC server."""
