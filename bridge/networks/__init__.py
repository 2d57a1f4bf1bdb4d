"""One folder for each network."""
