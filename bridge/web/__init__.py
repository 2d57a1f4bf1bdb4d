"""HTTP routes of our own: media links and health."""
