"""Who may have an action done, whichever door they came through."""

from attrs import frozen

from bridge.actions.action import Caller
from bridge.policy.access import AccessRules
from bridge.policy.access import Action as Right


@frozen
class Rights:
    """Levels decide; who has the machine in hand may do everything."""

    access: AccessRules

    def may(self, caller: Caller, right: Right) -> bool:
        return caller.local_admin or self.access.may(caller.user_id, right)

    def require(self, caller: Caller, right: Right) -> None:
        """Raises ``NotAllowed`` with a sentence for the person."""
        if not caller.local_admin:
            self.access.require(caller.user_id, right)
