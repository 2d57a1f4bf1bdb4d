"""Public fakes, fixtures for the real servers, and kits for connector authors."""
