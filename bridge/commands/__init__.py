"""Management-room and in-room words."""
