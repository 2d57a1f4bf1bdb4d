"""What has changed, for those who watch: the newest changes, numbered, and a way to wait for more.

Nothing here is a promise about messages: it is what a screen shows. Whoever was away for too long begins with
the state as it is now.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Final

from attrs import frozen

from bridge.model.ids import LoginID, NetworkName
from bridge.model.portals import Portal
from bridge.model.statuses import LoginState
from bridge.policy.access import Action as Right

KEPT: Final = 1000
NETWORK: Final = "network"
PORTAL: Final = "portal"


@frozen(kw_only=True)
class NewsItem:
    """One change. Only those with the right are told.

    Attributes:
        number: grows by one with each; begins anew with each start of the bridge.
        kind: ``network`` or ``portal``.
        values: what is so now.
    """

    number: int
    kind: str
    right: Right
    values: Mapping[str, str]


class News:
    """The newest changes. ``life`` names this start of the bridge: numbers of another one mean nothing."""

    def __init__(self) -> None:
        self.life = token_hex(4)
        self._items: deque[NewsItem] = deque(maxlen=KEPT)
        self._newest = 0
        self._more = asyncio.Event()

    @property
    def newest(self) -> int:
        """The number of the newest change; 0 before there was one."""
        return self._newest

    def tell(self, kind: str, right: Right, values: Mapping[str, str]) -> None:
        self._newest += 1
        self._items.append(NewsItem(number=self._newest, kind=kind, right=right, values=values))
        self._more.set()
        self._more = asyncio.Event()

    def since(self, number: int) -> Sequence[NewsItem] | None:
        """What came behind this number; None if that is not known any longer."""
        oldest = self._items[0].number if self._items else self._newest + 1
        if not oldest - 1 <= number <= self._newest:
            return None
        return [item for item in self._items if item.number > number]

    async def wait(self, number: int) -> None:
        """Until there is something behind this number."""
        while self._newest <= number:
            await self._more.wait()


def network_values(network: NetworkName, login: LoginID, state: LoginState) -> Mapping[str, str]:
    """How a login fares; ``reason`` is a message key."""
    reason = state.reason.key if state.reason is not None else ""
    return {"network": network, "login": login, "health": state.health.value, "reason": reason}


def portal_values(portal: Portal) -> Mapping[str, str]:
    key = portal.key
    return {"network": key.network, "chat": key.chat, "room_id": portal.room_id, "state": portal.state.value}
