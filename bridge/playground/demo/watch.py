"""Watches both sides of the demo's room at the same time, and tells each message that crosses."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeAlias

from bridge.model.errors import Phrase
from bridge.model.ids import UserID
from bridge.playground.demo.crossings import Crossed, Crossings, Said, Side
from bridge.playground.demo.irc_side import Heard
from bridge.playground.demo.matrix_side import Message
from bridge.playground.demo.place import BRIDGE_NICK
from bridge.playground.demo.stage import Say, Stage
from bridge.text.plain import shorten

_SHOWN: Final = 60

OnCrossed: TypeAlias = Callable[[Crossed], None]
OnArrived: TypeAlias = Callable[[Side, str], None]


class Watch:
    """``on_arrived`` is told of everything that the bridge brought, ``on_crossed`` of every pair."""

    def __init__(self, stage: Stage, on_crossed: OnCrossed, on_arrived: OnArrived) -> None:
        self._stage = stage
        self._crossings = Crossings()
        self._on_crossed = on_crossed
        self._on_arrived = on_arrived

    async def run(self) -> None:
        """For ever. Raises ``Misconfigured`` when one of the demo's programs ends."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_matrix())
            group.create_task(self._watch_irc())
            group.create_task(self._stage.children.first_death())

    def said_on_irc(self, heard: Heard) -> None:
        """What the visitor says itself, which it does not hear."""
        self._tell(self._crossings.said(Said(Side.IRC, heard.nick, heard.text, heard.at)))

    async def _watch_matrix(self) -> None:
        async for message in self._stage.person.listen():
            self._take_message(message)

    def _take_message(self, message: Message) -> None:
        sender = UserID(message.sender)
        if message.room_id != self._stage.room_id or sender == self._stage.names.bot:
            return
        if self._stage.names.is_ghost(sender):
            self._on_arrived(Side.MATRIX, message.text)
            self._tell(self._crossings.arrived(Side.MATRIX, message.text, message.heard_at))
        else:
            self._tell(self._crossings.said(Said(Side.MATRIX, sender, message.text, message.sent_at)))

    async def _watch_irc(self) -> None:
        async for heard in self._stage.visitor.listen():
            if heard.nick == BRIDGE_NICK:
                self._on_arrived(Side.IRC, heard.text)
                self._tell(self._crossings.arrived(Side.IRC, heard.text, heard.at))
            else:
                self.said_on_irc(heard)

    def _tell(self, crossed: Crossed | None) -> None:
        if crossed is not None:
            self._on_crossed(crossed)


def tell_crossing(crossed: Crossed, say: Say) -> None:
    """One line: direction, sender, text, milliseconds."""
    there = Side.IRC if crossed.said.side is Side.MATRIX else Side.MATRIX
    say(
        Phrase.of(
            "demo.crossed",
            here=crossed.said.side.value,
            there=there.value,
            who=crossed.said.who,
            text=shorten(crossed.said.text, _SHOWN),
            latency=crossed.latency_ms,
        )
    )
