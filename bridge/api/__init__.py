"""The promises: what a network is, and what a service is given."""
