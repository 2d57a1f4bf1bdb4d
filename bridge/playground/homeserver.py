"""The configuration of a Synapse that only this machine can reach."""

import secrets
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from attrs import field, frozen

LOOPBACK = "127.0.0.1"

_PLENTY = {"per_second": 10_000, "burst_count": 10_000}

# Every limit a busy local test or a demo would run into.
_NO_LIMITS: dict[str, object] = {
    "rc_message": _PLENTY,
    "rc_registration": _PLENTY,
    "rc_login": {"address": _PLENTY, "account": _PLENTY, "failed_attempts": _PLENTY},
    "rc_admin_redaction": _PLENTY,
    "rc_joins": {"local": _PLENTY, "remote": _PLENTY},
    "rc_joins_per_room": _PLENTY,
    "rc_invites": {"per_room": _PLENTY, "per_user": _PLENTY, "per_issuer": _PLENTY},
    "rc_key_requests": _PLENTY,
    "rc_media_create": _PLENTY,
    "rc_presence": {"per_user": _PLENTY},
    "rc_delayed_event_mgmt": _PLENTY,
    "rc_room_creation": _PLENTY,
    "rc_reports": _PLENTY,
    "rc_user_directory": _PLENTY,
}


@frozen
class HomeserverFolder:
    """Where one local Synapse keeps everything.

    Attributes:
        folder: holds the configuration, keys, media and, on SQLite, the database.
        server_name: the part after the colon in its user IDs.
        registrations: registration files of the appservices it pushes to.
        database_url: a ``postgresql://`` URL; None means SQLite in ``folder``.
        extra: further configuration keys, laid over ours.
    """

    folder: Path
    port: int
    server_name: str = "localhost"
    registrations: Sequence[Path] = ()
    database_url: str | None = None
    extra: Mapping[str, object] = field(factory=dict)

    @property
    def config_file(self) -> Path:
        return self.folder / "homeserver.yaml"

    @property
    def shared_secret_file(self) -> Path:
        """Holds the secret with which administrators are registered."""
        return self.folder / "registration_shared_secret"

    @property
    def signing_key_file(self) -> Path:
        return self.folder / "signing.key"

    @property
    def log_config_file(self) -> Path:
        return self.folder / "log.yaml"


def homeserver_config(place: HomeserverFolder) -> dict[str, object]:
    """Return Synapse's configuration: open registration, no limits, no federation, no telemetry."""
    return {
        "server_name": place.server_name,
        "public_baseurl": f"http://{LOOPBACK}:{place.port}/",
        "listeners": [
            {
                "port": place.port,
                "type": "http",
                "bind_addresses": [LOOPBACK],
                "tls": False,
                "x_forwarded": False,
                "resources": [{"names": ["client", "openid"], "compress": False}],
            }
        ],
        "database": _database(place),
        "log_config": str(place.log_config_file),
        "pid_file": str(place.folder / "synapse.pid"),
        "signing_key_path": str(place.signing_key_file),
        "media_store_path": str(place.folder / "media"),
        "app_service_config_files": [str(path) for path in place.registrations],
        "registration_shared_secret_path": str(place.shared_secret_file),
        "macaroon_secret_key": secrets.token_urlsafe(32),
        "form_secret": secrets.token_urlsafe(32),
        "enable_registration": True,
        "enable_registration_without_verification": True,
        "bcrypt_rounds": 4,
        "report_stats": False,
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "federation_domain_whitelist": [],
        "presence": {"enabled": True},
        # Without this a client may be given a sync answer from before its own request.
        "caches": {"sync_response_cache_duration": "0s"},
        # The default of 100 cuts holes into the timeline of a client that asks for more.
        "filter_timeline_limit": -1,
        "user_directory": {"enabled": True, "search_all_users": True},
        **_NO_LIMITS,
        **place.extra,
    }


def log_config() -> dict[str, object]:
    """Return a logging configuration that writes warnings to standard error."""
    return {
        "version": 1,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": "WARNING", "handlers": ["console"]},
        "disable_existing_loggers": False,
    }


def new_signing_key() -> str:
    """Return a fresh Ed25519 key in the one-line form that Synapse reads."""
    seed = b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    return f"ed25519 a_{secrets.token_hex(2)} {seed}\n"


def _database(place: HomeserverFolder) -> dict[str, object]:
    if place.database_url is None:
        return {"name": "sqlite3", "args": {"database": str(place.folder / "homeserver.db")}}
    url = urlsplit(place.database_url)
    arguments: dict[str, object] = {
        "user": unquote(url.username or ""),
        "password": unquote(url.password or ""),
        "dbname": url.path.lstrip("/"),
        "host": url.hostname,
        "port": url.port,
        "cp_min": 1,
        "cp_max": 5,
    }
    return {"name": "psycopg2", "args": arguments}
