"""Has actions done that were asked for in words, in chat or in a shell."""

from collections.abc import Callable, Sequence
from functools import partial

from bridge.actions.action import Action, Caller
from bridge.actions.deeds import Deeds, Done
from bridge.commands.parse import parse_arguments
from bridge.model.errors import InvalidInput, Phrase


class Answers:
    """The doors that take words stand on this one; see ``Deeds``."""

    def __init__(self, deeds: Deeds, is_network: Callable[[str], bool]) -> None:
        self._deeds = deeds
        self._is_network = is_network

    def get(self, name: str) -> Action | None:
        return self._deeds.get(name)

    def names(self) -> Sequence[str]:
        return self._deeds.names()

    def offered(self, caller: Caller) -> Sequence[Action]:
        """What this person may do."""
        return self._deeds.offered(caller)

    async def answer(self, action: Action, caller: Caller, words: Sequence[str]) -> Done:
        """Raises ``HomeserverUnavailable`` and ``StoreUnavailable``: then it is to be tried again."""
        spec = action.spec
        if spec.personal and caller.local_admin:
            error = InvalidInput(Phrase.of("shell.personal", action=spec.name))
            return Done([error.reason], error)
        read = partial(parse_arguments, words=words, is_network=self._is_network)
        return await self._deeds.do(action, caller, read)
