"""What the author of a bot imports."""
