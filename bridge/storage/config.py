"""The ``database`` section."""

from pathlib import Path
from urllib.parse import urlsplit

from bridge.config import Secret, option, section


def _database_url(value: str) -> str | None:
    fine = value.startswith(("sqlite:///", "postgresql://")) and len(value) > len("sqlite:///")
    if not fine or _has_password(value):
        return "sqlite:///FILE, or postgresql://USER@HOST/DATABASE with the password in `password`"
    return None


def _has_password(url: str) -> bool:
    """Whether it holds what must not be shown where options are shown."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    return bool(parts.password) or "password=" in parts.query


@section("database", "Where everything is kept.")
class DatabaseConfig:
    url: str = option(
        "A SQLite file (a relative one is counted from the folder of this file), or a PostgreSQL database.",
        default="sqlite:///trunkline.db",
        check=_database_url,
    )
    password: Secret | None = option(
        "The password for PostgreSQL, where it asks for one.",
        default=None,
    )
    connections: int = option("The most connections to PostgreSQL.", default=10, at_least=2, at_most=200)
    key_file: Path = option(
        "The file with the key under which passwords and tokens are kept; `trunkline init` makes it.",
        default=Path("secret.key"),
    )
    low_space_bytes: int = option(
        "Below so much free space on the disk of an SQLite file the log and `/metrics` warn.",
        default=512 * 1024 * 1024,
        at_least=0,
    )
