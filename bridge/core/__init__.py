"""Where the two sides meet: inbox, lanes, ledger, portals, ghosts, relay."""
