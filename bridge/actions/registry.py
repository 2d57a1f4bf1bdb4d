"""All actions by name."""

from collections.abc import Iterable

from bridge.actions.action import Action


class Actions:
    """What every door offers, in the order in which help shows it."""

    def __init__(self, actions: Iterable[Action]) -> None:
        self._actions = {action.spec.name: action for action in actions}

    def all(self) -> tuple[Action, ...]:
        return tuple(self._actions.values())

    def get(self, name: str) -> Action | None:
        return self._actions.get(name)
