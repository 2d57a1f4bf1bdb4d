"""Whose OpenID token of our homeserver something is.

Spec: https://spec.matrix.org/v1.15/server-server-api/#get_matrixfederationv1openiduserinfo

Only our own homeserver is asked, at the address of the configuration: what a client says about the server is
never used to find one.
"""

from typing import Final

from mautrix.api import Method

from bridge.matrix.client import MatrixClient
from bridge.matrix.retry import Policy
from bridge.model.errors import HomeserverRefused
from bridge.model.ids import UserID

_PATH: Final = "_matrix/federation/v1/openid/userinfo"
_QUICK: Final = Policy(budget_s=5.0)


class OpenID:
    """Asks our homeserver, whose people have IDs of ``domain``."""

    def __init__(self, client: MatrixClient, domain: str) -> None:
        self._client = client
        self._domain = domain

    async def owner_of(self, token: str) -> UserID | None:
        """None when the homeserver does not know it. Raises ``HomeserverUnavailable``."""
        try:
            answer = await self._client.request(
                Method.GET, _PATH, query={"access_token": token}, policy=_QUICK
            )
        except HomeserverRefused:
            return None
        match answer:
            # A homeserver that speaks for people of another one is not believed (CVE-2023-38691).
            case {"sub": str(sub)} if sub.startswith("@") and sub.partition(":")[2] == self._domain:
                return UserID(sub)
        return None
