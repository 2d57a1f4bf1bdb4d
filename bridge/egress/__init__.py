"""The one outgoing HTTP client that refuses private addresses."""
