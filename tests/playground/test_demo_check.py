"""``--check`` believes only what arrived, and only once."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bridge.model.errors import Misconfigured, Phrase
from bridge.model.namespace import Namespace
from bridge.playground.demo import show
from bridge.playground.demo.irc_side import Heard
from bridge.playground.demo.matrix_side import Message
from bridge.playground.demo.place import BRIDGE_NICK
from bridge.playground.demo.stage import Stage

ROOM = "!room"
GHOST = "@_trunkline_irc_anna:localhost"
PERSON = "@demo:localhost"


class Sides:
    """Both sides of a bridge that brings what is said to the other side this many times."""

    def __init__(self, to_irc: int, to_matrix: int) -> None:
        self._times = {"irc": to_irc, "matrix": to_matrix}
        self._matrix: asyncio.Queue[Message] = asyncio.Queue()
        self._irc: asyncio.Queue[Heard] = asyncio.Queue()

    @property
    def stage(self) -> Stage:
        person = SimpleNamespace(say=self._say_on_matrix, listen=lambda: _all_of(self._matrix))
        visitor = SimpleNamespace(say=self._say_on_irc, listen=lambda: _all_of(self._irc))
        children = SimpleNamespace(first_death=asyncio.Event().wait)
        made = SimpleNamespace(
            person=person, visitor=visitor, children=children, room_id=ROOM, names=Namespace("localhost")
        )
        return cast(Stage, made)

    async def _say_on_matrix(self, room_id: str, text: str) -> None:
        self._matrix.put_nowait(_message(PERSON, text))
        for _ in range(self._times["irc"]):
            self._irc.put_nowait(Heard(BRIDGE_NICK, f"<demo> {text}", 1.0))

    def _say_on_irc(self, text: str) -> Heard:
        for _ in range(self._times["matrix"]):
            self._matrix.put_nowait(_message(GHOST, text))
        return Heard("anna", text, 0.0)


def _message(sender: str, text: str) -> Message:
    return Message(room_id=ROOM, event_id="$e", sender=sender, text=text, sent_at=0.0, heard_at=1.0)


async def _all_of(queue: asyncio.Queue[Any]) -> AsyncIterator[Any]:
    while True:
        yield await queue.get()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show, "ARRIVAL_S", 0.1)
    monkeypatch.setattr(show, "DOUBLES_S", 0.01)


async def test_one_arrival_on_each_side_is_well() -> None:
    said: list[Phrase] = []

    await show.check(Sides(1, 1).stage, said.append)

    assert [phrase.key for phrase in said] == ["demo.crossed", "demo.crossed", "demo.check.done"]


@pytest.mark.parametrize(
    ("to_irc", "to_matrix", "side", "count"),
    [(0, 1, "Matrix", 0), (1, 0, "IRC", 0), (2, 1, "Matrix", 2), (1, 2, "IRC", 2)],
)
async def test_a_message_that_is_lost_or_doubled_fails(
    to_irc: int, to_matrix: int, side: str, count: int
) -> None:
    said: list[Phrase] = []

    with pytest.raises(Misconfigured) as failed:
        await show.check(Sides(to_irc, to_matrix).stage, said.append)

    assert failed.value.reason == Phrase.of("demo.check.failed", side=side, count=count)
    assert said == []
