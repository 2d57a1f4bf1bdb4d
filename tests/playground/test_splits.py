"""The playground server's netsplits.

Spec: https://ircv3.net/specs/batches/netsplit
"""

from collections.abc import AsyncIterator

import pytest
from attrs import frozen

from bridge.playground.ircd import PlaygroundServer
from bridge.testing.irc_client import IrcClient, IrcLine


@frozen
class Scene:
    """Ann, who stays, and two who are torn away."""

    server: PlaygroundServer
    ann: IrcClient
    bob: IrcClient
    carol: IrcClient

    async def seen(self, since: int) -> list[IrcLine]:
        await self.ann.sync()
        return [line for line in self.ann.lines[since:] if line.command != "PONG"]


@pytest.fixture(params=[("batch",), ()], ids=["with batches", "without"])
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    async with PlaygroundServer() as server:
        ann = await IrcClient("ann").connect(server.host, server.port, caps=request.param)
        bob = await IrcClient("bob").connect(server.host, server.port)
        carol = await IrcClient("carol").connect(server.host, server.port)
        for client in (ann, bob, carol):
            await client.join("#a")
        await ann.sync()
        yield Scene(server, ann, bob, carol)
        for client in (ann, bob, carol):
            await client.close()


def words(lines: list[IrcLine]) -> list[str]:
    return [f"{line.source} {line.command} {line.text}" for line in lines if line.command != "BATCH"]


async def test_those_torn_away_quit_with_the_names_of_the_servers(scene: Scene) -> None:
    since = len(scene.ann.lines)
    scene.server.split("bob", "carol")
    seen = await scene.seen(since)
    assert words(seen) == ["bob QUIT hub.example leaf.example", "carol QUIT hub.example leaf.example"]


async def test_who_knows_batches_sees_one(scene: Scene) -> None:
    since = len(scene.ann.lines)
    split = scene.server.split("bob", "carol")
    scene.server.heal(split)
    seen = await scene.seen(since)
    batches = [line.params[1:] for line in seen if line.params[0].startswith("+")]
    both = [["netsplit", "hub.example", "leaf.example"], ["netjoin", "hub.example", "leaf.example"]]
    people = [line for line in seen if line.source in ("bob", "carol")]
    assert batches in (both, [])
    assert {"batch" in line.tags for line in people} == {bool(batches)}


async def test_they_are_not_there_until_it_heals(scene: Scene) -> None:
    split = scene.server.split("bob")
    await scene.ann.sync()
    since = len(scene.ann.lines)
    scene.bob.say("#a", "is anybody here?")
    await scene.bob.sync()
    assert words(await scene.seen(since)) == []
    scene.server.heal(split)
    scene.bob.say("#a", "again")
    await scene.bob.sync()
    assert words(await scene.seen(since)) == ["bob JOIN #a", "bob PRIVMSG again"]


async def test_whose_nick_is_taken_does_not_come_back(scene: Scene) -> None:
    split = scene.server.split("bob")
    other = await IrcClient("bob").connect(scene.server.host, scene.server.port)
    since = len(scene.ann.lines)
    scene.server.heal(split)
    assert words(await scene.seen(since)) == []
    await other.close()
