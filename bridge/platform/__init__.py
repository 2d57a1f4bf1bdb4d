"""Users, contacts, groups and channels as a service."""
