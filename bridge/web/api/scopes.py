"""Which scope a token needs for an action: a plain function of what the action is."""

from bridge.actions.action import Spec
from bridge.model.tokens import Scope
from bridge.policy.access import Action as Right


def scope_of(spec: Spec) -> Scope:
    if spec.right is Right.MANAGE:
        return Scope.ADMIN
    return Scope.ACT if spec.changes else Scope.READ
