"""Pure decisions: who may do what, rate limits, names that cannot be spoofed."""
