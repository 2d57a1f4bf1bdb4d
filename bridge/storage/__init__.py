"""Engines, migrations, inbox, ledger, mappings, secrets; home of asyncpg and sqlite3."""
