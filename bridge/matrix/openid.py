"""Whose OpenID token of our homeserver something is.

Spec: https://spec.matrix.org/v1.15/server-server-api/#get_matrixfederationv1openiduserinfo

Only our own homeserver is asked, at the address of the configuration: what a client says about the server is
never used to find one.
"""

from typing import Final

from bridge.matrix.client import Answer, MatrixClient
from bridge.model.errors import HomeserverUnavailable, Phrase
from bridge.model.ids import UserID

_PATH: Final = "_matrix/federation/v1/openid/userinfo"
_FAILED: Final = 500


class OpenID:
    """Asks our homeserver, whose people have IDs of ``domain``."""

    def __init__(self, client: MatrixClient, domain: str) -> None:
        self._client = client
        self._domain = domain

    async def owner_of(self, token: str) -> UserID | None:
        """None when the homeserver does not know it. Raises ``HomeserverUnavailable``."""
        # With our own token Synapse takes it for a request of another homeserver, and refuses it.
        answer = await self._client.openly(_PATH, {"access_token": token})
        if answer.status >= _FAILED:
            raise HomeserverUnavailable(Phrase.of("matrix.no_answer"))
        match answer:
            # A homeserver that speaks for people of another one is not believed (CVE-2023-38691).
            case Answer(status=200, body={"sub": str(sub)}) if self._is_ours(sub):
                return UserID(sub)
        return None

    def _is_ours(self, sub: str) -> bool:
        return sub.startswith("@") and sub.partition(":")[2] == self._domain
