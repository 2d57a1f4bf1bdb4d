"""The ``database`` section."""

from pathlib import Path

from bridge.config import option, section


def _database_url(value: str) -> str | None:
    fine = value.startswith(("sqlite:///", "postgresql://")) and len(value) > len("sqlite:///")
    return None if fine else "sqlite:///FILE, or postgresql://USER@HOST/DATABASE"


@section("database", "Where everything is kept.")
class DatabaseConfig:
    url: str = option(
        "A SQLite file (a relative one is counted from the folder of this file), or a PostgreSQL database.",
        default="sqlite:///trunkline.db",
        check=_database_url,
    )
    connections: int = option("The most connections to PostgreSQL.", default=10, at_least=2, at_most=200)
    key_file: Path = option(
        "The file with the key under which passwords and tokens are kept; `trunkline init` makes it.",
        default=Path("secret.key"),
    )
