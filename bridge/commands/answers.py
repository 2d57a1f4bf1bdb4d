"""What every door does with a wish: look at the right, read the words, have it done, give the answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import structlog
from attrs import frozen

from bridge.actions.action import Action, Caller, Spec
from bridge.actions.registry import Actions
from bridge.actions.rights import Rights
from bridge.api.audit import Audit
from bridge.commands.parse import parse_arguments
from bridge.model.errors import HomeserverRefused, NetworkUnavailable, Phrase, Rejected

log = structlog.get_logger(__name__)

SHELL: Final = "shell"
"""Who did it, where that is nobody on Matrix but whoever has the machine in hand."""


@frozen
class Answered:
    """``done`` is False when the wish was refused; the phrases say why."""

    phrases: Sequence[Phrase]
    done: bool = True


class Answers:
    """Has actions done. The same wish of the same person gets the same answer in chat and shell."""

    def __init__(
        self, actions: Actions, rights: Rights, is_network: Callable[[str], bool], audit: Audit
    ) -> None:
        self._actions = actions
        self._rights = rights
        self._is_network = is_network
        self._audit = audit

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
        except Rejected as error:
            await self._record(caller, spec, {}, "refused", error.reason)
            return Answered([error.reason], done=False)
        try:
            arguments = parse_arguments(spec, words, self._is_network)
        except Rejected as error:
            return Answered([error.reason], done=False)
        # Before it is done: nothing takes effect that is not written down.
        await self._record(caller, spec, arguments, "allowed")
        try:
            return Answered(await action.run(caller, arguments))
        except (Rejected, NetworkUnavailable) as error:
            # A network may be away for days; the person is told now and asks again.
            await self._record(caller, spec, {}, "failed", error.reason)
            return Answered([error.reason], done=False)
        except HomeserverRefused as error:
            log.warning("action refused by the homeserver", action=spec.name, error=str(error))
            await self._record(caller, spec, {}, "failed", error.reason)
            return Answered([error.reason], done=False)

    async def _record(
        self,
        caller: Caller,
        spec: Spec,
        arguments: Mapping[str, str],
        outcome: str,
        reason: Phrase | None = None,
    ) -> None:
        """Raises ``StoreUnavailable``."""
        secret = {each.name for each in spec.arguments if each.secret}
        given = {name: "***" if name in secret else value for name, value in arguments.items()}
        why = {} if reason is None else {"why": reason.key}
        await self._audit.record(
            SHELL if caller.local_admin else caller.user_id,
            f"action.{spec.name}",
            caller.room_id or "",
            **(given | why | {"door": caller.door, "outcome": outcome}),
        )
