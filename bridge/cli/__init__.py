"""Words for a shell; one file a subcommand."""
