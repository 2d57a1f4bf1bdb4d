"""Actions on messages that did not arrive."""

from collections.abc import Mapping

from bridge.actions import specs
from bridge.actions.action import Answer, Caller
from bridge.actions.rights import Rights
from bridge.core.retries import Retries
from bridge.model.errors import InvalidInput, Phrase
from bridge.policy.access import Action as Right


class Retry:
    """Sends the caller's failed messages of this room once more: the newest, the one replied to, or all.

    An admin of the bridge retries anybody's.
    """

    spec = specs.RETRY

    def __init__(self, retries: Retries, rights: Rights) -> None:
        self._retries = retries
        self._rights = rights

    async def run(self, caller: Caller, arguments: Mapping[str, str]) -> Answer:
        if caller.room_id is None or caller.in_management_room:
            raise InvalidInput(Phrase.of("retry.where"))
        word = arguments.get("all")
        if word is not None and word.casefold() != "all":
            raise InvalidInput(Phrase.of("retry.usage", word=word))
        anybody = self._rights.may(caller, Right.MANAGE)
        whose = None if anybody else caller.user_id
        count = await self._retries.retry(
            caller.room_id, whose, event_id=caller.about, every=word is not None
        )
        if not count and caller.about and await self._retries.has_forgotten(caller.about, whose):
            return [Phrase.of("message.forgotten")]
        return [Phrase.of("retry.done", count=count) if count else Phrase.of("retry.nothing")]
