"""Who stands for whom: remote people to the Matrix users that show them.

A ghost is born with the first word of a remote person and keeps its user ID for ever. It has a *home*
name, the one it was made for. When its person takes another name, the ghost is renamed, for as long as we
see them; if meanwhile somebody else takes the home name, that somebody gets a ghost of their own, and the
first one is at home under the name it goes by then.
"""

import asyncio

from attrs import evolve

from bridge.core.ports import GhostStore
from bridge.model.ids import NetworkName, RemoteUserID, UserID
from bridge.model.namespace import Namespace
from bridge.model.portals import Ghost
from bridge.model.remote_events import RemoteUser


class Ghosts:
    """The directory of ghosts, with those met since the start in memory."""

    def __init__(self, store: GhostStore, names: Namespace) -> None:
        self._store = store
        self._names = names
        self._homes: dict[tuple[NetworkName, RemoteUserID], Ghost] = {}
        self._renamed: dict[tuple[NetworkName, RemoteUserID], UserID] = {}
        self._by_user: dict[UserID, Ghost] = {}
        self._birth = asyncio.Lock()

    async def of(self, network: NetworkName, user: RemoteUser, slug: str) -> Ghost:
        """The ghost of a remote person, made if there was none; its name follows the person's."""
        ghost = await self._find(network, user.id) or await self._born(network, user, slug)
        if ghost.display_name != user.name:
            ghost = evolve(ghost, display_name=user.name)
            await self._keep(ghost)
        return ghost

    async def known(self, network: NetworkName, user: RemoteUserID) -> Ghost | None:
        return await self._find(network, user)

    async def by_user(self, user_id: UserID) -> Ghost | None:
        if user_id not in self._by_user:
            ghost = await self._store.ghost_by_user(user_id)
            if ghost is not None:
                self._by_user[user_id] = ghost
        return self._by_user.get(user_id)

    async def renamed(self, network: NetworkName, before: RemoteUserID, now: RemoteUser) -> Ghost | None:
        """A person takes another name. Returns their ghost under its new name, if they had one."""
        ghost = await self._find(network, before)
        self._renamed.pop((network, before), None)
        if ghost is None:
            return None
        if ghost.remote_id == now.id:
            self._renamed.pop((network, now.id), None)
        else:
            self._renamed[network, now.id] = ghost.user_id
        ghost = evolve(ghost, display_name=now.name)
        await self._keep(ghost)
        return ghost

    def goes_by(self, ghost: Ghost) -> RemoteUserID:
        """What the ghost's person is called now on the network."""
        for (network, user), user_id in self._renamed.items():
            if user_id == ghost.user_id and network == ghost.network:
                return user
        return ghost.remote_id

    def gone(self, network: NetworkName, user: RemoteUserID) -> None:
        """The person is not to be seen any longer: the next one of this name may be somebody else."""
        self._renamed.pop((network, user), None)

    def forget_renames(self, network: NetworkName) -> None:
        """The connection was lost: who is who must be read off the names again."""
        for key in [key for key in self._renamed if key[0] == network]:
            del self._renamed[key]

    async def registered(self, ghost: Ghost) -> None:
        """Remember that the homeserver knows this ghost."""
        if not ghost.registered:
            await self._keep(evolve(ghost, registered=True))

    async def _find(self, network: NetworkName, user: RemoteUserID) -> Ghost | None:
        renamed = self._renamed.get((network, user))
        if renamed is not None:
            return await self.by_user(renamed)
        home = self._homes.get((network, user)) or await self._store.ghost_of(network, user)
        if home is None or home.remote_id != user or home.user_id in self._renamed.values():
            return None
        self._homes[network, user] = home
        self._by_user.setdefault(home.user_id, home)
        return self._by_user[home.user_id]

    async def _born(self, network: NetworkName, user: RemoteUser, slug: str) -> Ghost:
        """One birth at a time: a person is often seen coming and heard speaking in the same moment."""
        async with self._birth:
            return await self._find(network, user.id) or await self._make(network, user, slug)

    async def _make(self, network: NetworkName, user: RemoteUser, slug: str) -> Ghost:
        """A new ghost; numbered when its name is that of somebody who goes by another one now."""
        await self._move_home(network, user.id)
        turn = 1
        while await self.by_user(self._names.ghost(network, slug, turn=turn)) is not None:
            turn += 1
        ghost = Ghost(
            user_id=self._names.ghost(network, slug, turn=turn),
            network=network,
            remote_id=user.id,
            display_name=user.name,
        )
        await self._keep(ghost)
        return ghost

    async def _move_home(self, network: NetworkName, taken: RemoteUserID) -> None:
        """Whoever was at home under a name that another person has taken is so under their new one."""
        ghost = self._homes.get((network, taken)) or await self._store.ghost_of(network, taken)
        if ghost is None or ghost.remote_id != taken:
            return
        now = self.goes_by(ghost)
        if now != taken:
            del self._homes[network, taken]
            await self._keep(evolve(self._by_user[ghost.user_id], remote_id=now))
            del self._renamed[network, now]

    async def _keep(self, ghost: Ghost) -> None:
        await self._store.put_ghost(ghost)
        self._by_user[ghost.user_id] = ghost
        self._homes[ghost.network, ghost.remote_id] = ghost
