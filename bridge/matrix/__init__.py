"""The Matrix client-server and appservice APIs; a home of mautrix."""
