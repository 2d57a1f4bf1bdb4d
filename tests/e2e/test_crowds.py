"""Two linked servers, of which one dies: a true netsplit, that is one line in the room and no leave."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from typing import ClassVar

import pytest
import pytest_asyncio
from attrs import define

from bridge.testing.irc_client import IrcClient
from bridge.testing.matrix_client import MatrixUser
from bridge.testing.servers import InspIRCd, Ngircd
from bridge.testing.servers.ports import LOOPBACK, free_port
from tests.e2e.stack import BOT, irc_network, make_place, running, synapse_for, write_config
from tests.e2e.talkers import ghost_id

HUB, LEAF = "hub.irc.test", "leaf.irc.test"
PEOPLE = 20
AT_ONCE = 5
PATIENCE_S = 60.0


class InspHub(InspIRCd):
    server_name: ClassVar[str] = HUB


class InspLeaf(InspIRCd):
    server_name: ClassVar[str] = LEAF


class NgHub(Ngircd):
    server_name: ClassVar[str] = HUB


class NgLeaf(Ngircd):
    server_name: ClassVar[str] = LEAF


def inspircds() -> tuple[InspIRCd, InspIRCd]:
    ports = {HUB: free_port(), LEAF: free_port()}

    def config(own: str, other: str) -> str:
        return f"""
<bind address="{LOOPBACK}" port="{ports[own]}" type="servers">
<link name="{other}" ipaddr="{LOOPBACK}" port="{ports[other]}" allowmask="{LOOPBACK}"
      sendpass="x" recvpass="x">
"""

    connects = f'<autoconnect period="2" server="{LEAF}">'
    modules = ("spanningtree",)
    return (
        InspHub(modules=modules, config=config(HUB, LEAF) + connects),
        InspLeaf(modules=modules, config=config(LEAF, HUB)),
    )


def ngircds() -> tuple[Ngircd, Ngircd]:
    passwords = "MyPassword = x\nPeerPassword = x\n"
    hub = NgHub(config=f"[Server]\nName = {LEAF}\n{passwords}")
    where = f"Host = {LOOPBACK}\nPort = {hub.port}\n"
    return hub, NgLeaf(config=f"[Server]\nName = {HUB}\n{where}{passwords}")


@define
class Scene:
    """Ann on the hub and Alice in the room."""

    hub: InspIRCd | Ngircd
    leaf: InspIRCd | Ngircd
    ann: IrcClient
    alice: MatrixUser
    room: str
    channel: str

    async def people_come(self, server: InspIRCd | Ngircd) -> Sequence[IrcClient]:
        people = [IrcClient(f"n{number}") for number in range(PEOPLE)]
        # No more at once than ngIRCd lets wait at its door.
        for first in range(0, PEOPLE, AT_ONCE):
            some = people[first : first + AT_ONCE]
            await asyncio.gather(*(person.connect(server.host, server.port) for person in some))
        for person in people:
            await person.join(self.channel)
        return people

    async def told(self, word: str, *, since: int = 0) -> str:
        """What the bridge told the room with this word in it."""
        event = await self.alice.wait_for_message(
            word, room_id=self.room, sender=BOT, timeout_s=PATIENCE_S, since=since
        )
        return event.body

    def leaves(self) -> list[str]:
        return [
            event.state_key or ""
            for event in self.alice.events
            if event.type == "m.room.member" and event.content.get("membership") == "leave"
        ]


async def linked(client: IrcClient) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not any(line.command == "364" and LEAF in line.raw for line in client.lines):
            client.send("LINKS")
            await client.sync()
            await asyncio.sleep(0.5)


@pytest_asyncio.fixture(params=["insp", "ng"], loop_scope="session")
async def scene(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    make: Callable[[], tuple[InspIRCd, InspIRCd] | tuple[Ngircd, Ngircd]]
    make = inspircds if request.param == "insp" else ngircds
    hub, leaf = make()
    place = make_place(tmp_path_factory.mktemp("crowds"))
    async with contextlib.AsyncExitStack() as stack:
        for server in (hub, leaf):
            await stack.enter_async_context(server)
        synapse = await stack.enter_async_context(synapse_for(place))
        write_config(place, synapse.url, {request.param: irc_network(hub)})
        await stack.enter_async_context(running(place))
        ann = await IrcClient("ann").connect(hub.host, hub.port)
        stack.push_async_callback(ann.close)
        await linked(ann)
        channel = f"#c{secrets.token_hex(3)}"
        await ann.join(channel)
        await synapse.register_user("alice")
        alice = await MatrixUser(synapse.url, "@alice:localhost").login()
        stack.push_async_callback(alice.close)
        room = await alice.join(f"#_trunkline_{request.param}_{channel[1:]}:localhost")
        await alice.wait_for(lambda event: event.type == "uk.half-shot.bridge")
        yield Scene(hub, leaf, ann, alice, room, channel)


async def test_a_netsplit_that_heals_is_two_lines_and_no_ghost_leaves(
    scene: Scene, request: pytest.FixtureRequest
) -> None:
    network = request.node.callspec.params["scene"]
    people = await scene.people_come(scene.leaf)
    joined = await scene.told("joined within")
    for person in people:
        person.say(scene.channel, f"hello from {person.nick}")
    for person in people:
        await scene.alice.wait_for_message(f"hello from {person.nick}", timeout_s=PATIENCE_S)

    await scene.leaf.kill()
    split = await scene.told("netsplit")
    scene.ann.say(scene.channel, "where are they?")
    await scene.alice.wait_for_message("where are they?")
    for person in people:
        await person.close()
    back = await scene.people_come(scene.hub)
    returned = await scene.told("came back")
    members = await scene.alice.joined_members(scene.room)
    leaves = scene.leaves()
    for person in back:
        await person.close()

    assert joined.startswith(f"{PEOPLE} people joined within")
    assert split == f"{PEOPLE} people left in a netsplit ({HUB} {LEAF})."
    assert returned == f"{PEOPLE} people came back after a netsplit ({HUB} {LEAF})."
    assert {ghost_id(network, f"n{number}") for number in range(PEOPLE)} <= members.keys()
    assert leaves == []
