"""Who stands for whom, when several parts of the bridge ask at once."""

import asyncio
from typing import Any

from bridge.core.ghosts import Ghosts
from bridge.model.ids import NetworkName, RemoteUserID
from bridge.model.namespace import Namespace
from bridge.model.portals import Ghost
from bridge.model.remote_events import RemoteUser
from bridge.testing.store import FakeStore

IRC = NetworkName("irc")


def person(nick: str) -> RemoteUser:
    return RemoteUser(RemoteUserID(nick), nick)


class UnhurriedStore:
    """Lets others run before it writes, as every real store does."""

    def __init__(self) -> None:
        self._ghosts = FakeStore().ghosts

    async def put_ghost(self, ghost: Ghost) -> None:
        await asyncio.sleep(0)
        await self._ghosts.put_ghost(ghost)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ghosts, name)


async def test_who_is_seen_and_heard_at_once_under_a_name_given_up_gets_one_ghost() -> None:
    """Seen coming and heard speaking together, the second asker stumbled, and the line was lost."""
    ghosts = Ghosts(UnhurriedStore(), Namespace("example.org"))
    first = await ghosts.of(IRC, person("ann"), "ann")
    await ghosts.renamed(IRC, RemoteUserID("ann"), person("anna"))

    seen, heard = await asyncio.gather(
        ghosts.of(IRC, person("ann"), "ann"), ghosts.of(IRC, person("ann"), "ann")
    )

    assert seen.user_id == heard.user_id != first.user_id
    renamed = await ghosts.known(IRC, RemoteUserID("anna"))
    assert renamed is not None
    assert renamed.user_id == first.user_id
