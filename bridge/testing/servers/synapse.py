"""Synapse in its own virtual environment, as a program and never as an import."""

import asyncio
import hashlib
import hmac
import json
import os
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from bridge.playground.homeserver import HomeserverFolder, homeserver_config, log_config, new_signing_key
from bridge.testing.servers.ports import LOOPBACK
from bridge.testing.servers.process import ServerProcess
from bridge.testing.servers.programs import ServerMissingError

PYTHON_VARIABLE = "TRUNKLINE_SYNAPSE_PYTHON"

TEST_PASSWORD = "secret"

_PROJECT = Path(__file__).resolve().parents[3]

Registration = Path | Mapping[str, object]


class Synapse(ServerProcess):
    """A homeserver with open registration and no limits.

    Args:
        registrations: appservice registrations, as files or as their content.
        database_url: a PostgreSQL database of its own, made with the C locale; else SQLite.
        config: further keys of ``homeserver.yaml``.
    """

    title: ClassVar[str] = "Synapse"

    def __init__(
        self,
        registrations: Sequence[Registration] = (),
        *,
        database_url: str | None = None,
        server_name: str = "localhost",
        config: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__()
        self.server_name = server_name
        self._registrations = list(registrations)
        self._database_url = database_url
        self._extra = dict(config or {})
        self._shared_secret = secrets.token_urlsafe(32)

    @property
    def url(self) -> str:
        """The base URL of the client-server API, without a slash at the end."""
        return f"http://{LOOPBACK}:{self.port}"

    def user_id(self, localpart: str) -> str:
        return f"@{localpart}:{self.server_name}"

    async def register_user(self, name: str, password: str = TEST_PASSWORD, *, admin: bool = False) -> str:
        """Make an account and return its access token."""
        register = self._register_admin if admin else self._register
        return await asyncio.to_thread(register, name, password)

    async def request(
        self, method: str, path: str, *, token: str | None = None, body: object = None
    ) -> dict[str, Any]:
        """Make one API request and return its JSON; raises HTTPError for any answer but 2xx."""
        return await asyncio.to_thread(self._request, method, path, token, body)

    # What ServerProcess asks.

    def command(self) -> Sequence[str | Path]:
        return [_synapse_python(), "-m", "synapse.app.homeserver", "--config-path", self._place().config_file]

    def prepare(self) -> None:
        place = self._place()
        place.signing_key_file.write_text(new_signing_key())
        place.shared_secret_file.write_text(self._shared_secret)
        place.log_config_file.write_text(json.dumps(log_config()))
        # JSON is YAML as well: no YAML writer is needed.
        place.config_file.write_text(json.dumps(homeserver_config(place), indent=1))

    def is_ready(self) -> bool:
        try:
            self._request("GET", "/_matrix/client/versions", None, None)
        except OSError:
            return False
        return True

    # Inside.

    def _place(self) -> HomeserverFolder:
        return HomeserverFolder(
            folder=self.folder,
            port=self.port,
            server_name=self.server_name,
            registrations=[self._as_file(number, one) for number, one in enumerate(self._registrations)],
            database_url=self._database_url,
            extra=self._extra,
        )

    def _as_file(self, number: int, registration: Registration) -> Path:
        if isinstance(registration, Path):
            return registration
        path = self.folder / f"appservice-{number}.yaml"
        path.write_text(json.dumps(dict(registration)))
        return path

    def _register(self, name: str, password: str) -> str:
        body = {"username": name, "password": password, "auth": {"type": "m.login.dummy"}}
        return str(self._request("POST", "/_matrix/client/v3/register", None, body)["access_token"])

    def _register_admin(self, name: str, password: str) -> str:
        """Register with the shared secret.

        https://element-hq.github.io/synapse/latest/admin_api/register_api.html
        """
        path = "/_synapse/admin/v1/register"
        nonce = str(self._request("GET", path, None, None)["nonce"])
        signed = b"\0".join(word.encode() for word in (nonce, name, password, "admin"))
        mac = hmac.new(self._shared_secret.encode(), signed, hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": password, "admin": True, "mac": mac}
        return str(self._request("POST", path, None, body)["access_token"])

    def _request(self, method: str, path: str, token: str | None, body: object) -> dict[str, Any]:
        request = urllib.request.Request(self.url + path, method=method)  # noqa: S310 (always loopback http)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with _NO_PROXY.open(request, timeout=30) as response:
                answer: dict[str, Any] = json.load(response)
        except urllib.error.HTTPError as error:
            # The error is the response: unread, it would keep its socket open.
            with error:
                error.add_note(error.read().decode(errors="replace"))
            raise
        return answer


# Loopback is never behind a proxy, whatever the environment says.
_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _synapse_python() -> Path:
    chosen = os.environ.get(PYTHON_VARIABLE)
    python = Path(chosen) if chosen else _PROJECT / ".venv-synapse" / "bin" / "python"
    if not python.exists():
        raise ServerMissingError(
            f"Synapse is not installed at {python}: run script/test, or name the Python "
            f"of an environment that holds matrix-synapse in {PYTHON_VARIABLE}"
        )
    return python
