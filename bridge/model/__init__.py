"""Values and names that every room shares: IDs, marked-up text, events, statuses, errors."""
