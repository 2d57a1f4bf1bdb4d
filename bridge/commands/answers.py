"""What every door does with a wish: look at the right, read the words, have it done, give the answer."""

from collections.abc import Callable, Sequence

import structlog
from attrs import frozen

from bridge.actions.action import Action, Caller
from bridge.actions.registry import Actions
from bridge.actions.rights import Rights
from bridge.commands.parse import parse_arguments
from bridge.model.errors import HomeserverRefused, NetworkUnavailable, Phrase, Rejected

log = structlog.get_logger(__name__)


@frozen
class Answered:
    """``done`` is False when the wish was refused; the phrases say why."""

    phrases: Sequence[Phrase]
    done: bool = True


class Answers:
    """Has actions done. The same wish of the same person gets the same answer in chat and shell."""

    def __init__(self, actions: Actions, rights: Rights, is_network: Callable[[str], bool]) -> None:
        self._actions = actions
        self._rights = rights
        self._is_network = is_network

    def get(self, name: str) -> Action | None:
        return self._actions.get(name)

    def names(self) -> Sequence[str]:
        return [each.spec.name for each in self._actions.all()]

    def offered(self, caller: Caller) -> Sequence[Action]:
        """What this person may do."""
        return [each for each in self._actions.all() if self._rights.may(caller, each.spec.right)]

    async def answer(self, action: Action, caller: Caller, words: Sequence[str]) -> Answered:
        """Raises ``HomeserverUnavailable`` and ``StoreUnavailable``: then it is to be tried again."""
        spec = action.spec
        if spec.personal and caller.local_admin:
            return Answered([Phrase.of("shell.personal", action=spec.name)], done=False)
        try:
            self._rights.require(caller, spec.right)
            return Answered(await action.run(caller, parse_arguments(spec, words, self._is_network)))
        except (Rejected, NetworkUnavailable) as error:
            # A network may be away for days; the person is told now and asks again.
            return Answered([error.reason], done=False)
        except HomeserverRefused as error:
            log.warning("action refused by the homeserver", action=spec.name, error=str(error))
            return Answered([error.reason], done=False)
