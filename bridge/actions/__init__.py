"""Every action a person can take, once, whichever door it came through."""
