"""One homeserver, two IRC servers and one bridge for all end-to-end tests of a run."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.testing.irc_client import IrcClient
from bridge.testing.matrix_client import MatrixUser
from bridge.testing.servers import InspIRCd, Ngircd
from tests.e2e.stack import Stack, make_place, running_stack


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here share the loop of the bridge."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(
    tmp_path_factory: pytest.TempPathFactory, inspircd: InspIRCd, ngircd: Ngircd
) -> AsyncIterator[Stack]:
    place = make_place(tmp_path_factory.mktemp("bridge"))
    async with running_stack(place, {"insp": inspircd, "ng": ngircd}) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def talk(stack: Stack) -> AsyncIterator["Talkers"]:
    """People on both sides for one test, and a channel of its own."""
    talkers = Talkers(stack)
    yield talkers
    await talkers.close()


class Talkers:
    """Makes people and channels, with names that no other test has."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.ending = secrets.token_hex(3)
        self._users: list[MatrixUser] = []
        self._clients: list[IrcClient] = []

    @property
    def channel(self) -> str:
        return f"#t{self.ending}"

    async def user(self, name: str, *, admin: bool = False) -> MatrixUser:
        localpart = f"{name}-{self.ending}"
        synapse = self.stack.synapse
        await synapse.register_user(localpart, admin=admin)
        user = await MatrixUser(synapse.url, synapse.user_id(localpart)).login()
        self._users.append(user)
        return user

    async def irc(self, nick: str, network: str, *, caps: tuple[str, ...] = ()) -> IrcClient:
        server = self.stack.servers[network]
        client = await IrcClient(f"{nick}{self.ending}").connect(server.host, server.port, caps=list(caps))
        self._clients.append(client)
        return client

    async def portal(self, user: MatrixUser, network: str, channel: str | None = None) -> str:
        """The room of a channel, with the user in it."""
        slug = (channel or self.channel).removeprefix("#")
        return await user.join(f"#_trunkline_{network}_{slug}:{self.stack.place.domain}")

    async def close(self) -> None:
        for client in self._clients:
            await client.close()
        for user in self._users:
            await user.close()
