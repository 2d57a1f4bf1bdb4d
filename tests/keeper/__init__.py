"""The keeper of connections: what it remembers, what it says, and its process."""
