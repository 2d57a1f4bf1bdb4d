"""Is the homeserver there, does it reach us, and what may we do on it."""

from collections.abc import Callable
from typing import Final, TypeAlias

from attrs import frozen
from mautrix.api import Method, Path, SynapseAdminPath

from bridge.matrix.client import NOBODY, Actor, MatrixClient
from bridge.matrix.ports import Clock
from bridge.matrix.retry import ONCE
from bridge.matrix.shapes import count_of, flag_of, object_of, text_of, texts_of
from bridge.model.errors import HomeserverRefused, HomeserverUnavailable, Phrase
from bridge.model.ids import UserID

FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 10.0

Say: TypeAlias = Callable[[Phrase], None]


@frozen
class Reached:
    """The homeserver reached us; the time it took it, in milliseconds."""

    duration_ms: int


@frozen
class NotReached:
    """The homeserver is there but did not reach us.

    ``code`` is M_URL_NOT_SET, M_CONNECTION_FAILED, M_CONNECTION_TIMED_OUT, M_BAD_STATUS (we answered with
    an error: the tokens differ, say), or M_FORBIDDEN (it does not know our token or ID).
    """

    code: str


class Probe:
    """Questions about the homeserver itself, each asked once and never repeated."""

    def __init__(self, client: MatrixClient, appservice_id: str) -> None:
        self._client = client
        self._appservice_id = appservice_id

    async def ping(self, transaction_id: str = "") -> Reached | NotReached:
        """Have the homeserver call us. It also ends the homeserver's waiting before its next push.

        Raises ``HomeserverUnavailable`` when the homeserver itself is not there.
        Spec: https://spec.matrix.org/v1.11/application-service-api/#pinging
        """
        path = Path.v1.appservice[self._appservice_id].ping
        content = {"transaction_id": transaction_id} if transaction_id else {}
        outcome = await self._client.once(Method.POST, path, content)
        if outcome.status == 200:
            return Reached(count_of(outcome.body, "duration_ms") or 0)
        code = text_of(outcome.body, "errcode")
        if not code or code == "M_LIMIT_EXCEEDED":
            raise HomeserverUnavailable(Phrase.of("matrix.broken", status=outcome.status))
        return NotReached(code)

    async def client_versions(self) -> list[str]:
        """The versions of the specification that the homeserver names."""
        answer = await self._client.request(Method.GET, Path.versions, policy=ONCE)
        return texts_of(answer, "versions")

    async def server_version(self) -> str | None:
        """Synapse's version; None for another homeserver."""
        try:
            answer = await self._client.request(Method.GET, SynapseAdminPath.v1.server_version, policy=ONCE)
        except HomeserverRefused:
            return None
        return text_of(answer, "server_version")

    async def whoami(self, user_id: UserID | None = None) -> UserID:
        """Whom the homeserver takes us for; raises ``HomeserverRefused`` for a token it does not know."""
        actor = NOBODY if user_id is None else Actor(user_id)
        answer = await self._client.request(Method.GET, Path.v3.account.whoami, actor=actor, policy=ONCE)
        return UserID(text_of(answer, "user_id") or "")

    async def is_admin(self, user_id: UserID) -> bool:
        """Whether a user of ours is an administrator of the homeserver (Synapse)."""
        path = SynapseAdminPath.v1.users[user_id].admin
        try:
            answer = await self._client.request(Method.GET, path, actor=Actor(user_id), policy=ONCE)
        except HomeserverRefused:
            return False
        return flag_of(answer, "admin")

    async def upload_limit_bytes(self, user_id: UserID) -> int | None:
        """How large a file the homeserver takes; None where it does not say."""
        answer = await self._client.request(
            Method.GET, Path.v1.media.config, actor=Actor(user_id), policy=ONCE
        )
        return count_of(answer, "m.upload.size")

    async def default_room_version(self, user_id: UserID) -> str | None:
        answer = await self._client.request(
            Method.GET, Path.v3.capabilities, actor=Actor(user_id), policy=ONCE
        )
        return text_of(object_of(object_of(answer, "capabilities"), "m.room_versions"), "default")


async def wait_for_homeserver(probe: Probe, clock: Clock, *, say: Say) -> bool:
    """Return when the homeserver answers; say once that it is awaited, and once that it is back.

    Returns whether it had to be waited for. Goes on for ever: the caller cancels it.
    """
    wait_s = FIRST_WAIT_S
    waited = False
    while True:
        try:
            await probe.client_versions()
        except (HomeserverUnavailable, HomeserverRefused) as error:
            # A refusal here is a proxy's, or another program's at that address: it may be mended.
            if not waited:
                say(Phrase.of("matrix.waiting", reason=str(error)))
            waited = True
        else:
            if waited:
                say(Phrase.of("matrix.back"))
            return waited
        await clock.sleep(wait_s)
        wait_s = min(wait_s * 2, LONGEST_WAIT_S)
