"""IRC connections outlive the bridge: it may be killed or restarted, and on IRC nobody notices."""

import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bridge.keeper.frames import SOCKET_NAME
from tests.e2e.lives import Chatter, Ground, ground, scene
from tests.e2e.stack import RELAY_NICK, make_place


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def earth(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    async with ground(make_place(tmp_path_factory.mktemp("kept"))) as made:
        yield made


@pytest.mark.parametrize("network", ["ng", "insp"])
async def test_neither_a_kill_nor_a_restart_of_the_bridge_is_seen_on_either_side(
    earth: Ground, network: str
) -> None:
    async with scene(earth, network) as made:
        before = made.comings_and_goings()
        chatter = Chatter(made)
        async with chatter.going_on():
            for number in (signal.SIGKILL, signal.SIGTERM):
                await chatter.lines(8)
                await earth.lives.end(number)
                await chatter.lines(8)
                await earth.lives.start()
                await made.alice.wait_for_message(chatter.said_on_irc[-1], timeout_s=60)

        assert made.heard_on_matrix("line") == chatter.said_on_irc
        assert made.heard_on_irc("word") == chatter.said_on_matrix
        assert made.comings_and_goings() == before
        assert made.notices_of_the_bridge() == []


async def test_kills_at_any_moment_lose_and_double_nothing(earth: Ground) -> None:
    async with scene(earth, "ng") as made:
        before = made.comings_and_goings()
        chatter = Chatter(made)
        async with chatter.going_on():
            for lines in (3, 9, 1, 11):
                await chatter.lines(lines)
                await earth.lives.end(signal.SIGKILL)
                await earth.lives.start()

        assert made.heard_on_matrix("line") == chatter.said_on_irc
        assert made.heard_on_irc("word") == chatter.said_on_matrix
        assert made.comings_and_goings() == before
        assert made.notices_of_the_bridge() == []


async def test_who_ends_the_bridge_at_a_terminal_ends_its_connections(earth: Ground) -> None:
    async with scene(earth, "ng") as made:
        since = made.ann.mark()
        await earth.lives.end(signal.SIGINT)
        gone = await made.ann.wait_for("QUIT", since=since)
        assert gone.source == RELAY_NICK
        assert not (earth.place.folder / SOCKET_NAME).exists()
        await earth.lives.start()
        await made.crosses()
