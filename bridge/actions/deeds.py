"""What every door does with a wish: look at the right, write it down, have it done, give the answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

import structlog
from attrs import frozen

from bridge.actions.action import Action, Answer, Caller, Spec
from bridge.actions.registry import Actions
from bridge.actions.rights import Rights
from bridge.api.audit import Audit
from bridge.model.errors import BridgeError, HomeserverRefused, NetworkUnavailable, Phrase, Rejected

log = structlog.get_logger(__name__)

SHELL: Final = "shell"
"""Who did it, where that is nobody on Matrix but whoever has the machine in hand."""

ReadArguments: TypeAlias = Callable[[Spec], Mapping[str, str]]
"""How a door reads what it was given; raises ``InvalidInput``. Asked only of those who have the right."""


@frozen
class Done:
    """``error`` says why the wish was refused; then ``answer`` is its reason."""

    answer: Answer
    error: BridgeError | None = None

    @property
    def done(self) -> bool:
        return self.error is None


class Deeds:
    """Has actions done. The same wish of the same person gets the same answer at every door."""

    def __init__(self, actions: Actions, rights: Rights, audit: Audit) -> None:
        self._actions = actions
        self._rights = rights
        self._audit = audit

    def get(self, name: str) -> Action | None:
        return self._actions.get(name)

    def names(self) -> Sequence[str]:
        return [each.spec.name for each in self._actions.all()]

    def offered(self, caller: Caller) -> Sequence[Action]:
        """What this person may do."""
        return [each for each in self._actions.all() if self._rights.may(caller, each.spec.right)]

    async def do(self, action: Action, caller: Caller, read: ReadArguments) -> Done:
        """Raises ``HomeserverUnavailable`` and ``StoreUnavailable``: then it is to be tried again."""
        spec = action.spec
        try:
            self._rights.require(caller, spec.right)
        except Rejected as error:
            await self._record(caller, spec, {}, "refused", error.reason)
            return _refused(error)
        try:
            arguments = read(spec)
        except Rejected as error:
            return _refused(error)
        # Before it is done: nothing takes effect that is not written down.
        await self._record(caller, spec, arguments, "allowed")
        try:
            return Done(await action.run(caller, arguments))
        except (Rejected, NetworkUnavailable, HomeserverRefused) as error:
            # A network may be away for days; the person is told now and asks again.
            if isinstance(error, HomeserverRefused):
                log.warning("action refused by the homeserver", action=spec.name, error=str(error))
            await self._record(caller, spec, {}, "failed", error.reason)
            return _refused(error)

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


def _refused(error: BridgeError) -> Done:
    return Done([error.reason], error)
