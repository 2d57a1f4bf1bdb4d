"""IRC: channels and private messages of IRC networks, through a relay."""
