"""Watches both sides of the demo's room at the same time, and tells each message that crosses."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeAlias

from bridge.model.errors import Phrase
from bridge.model.ids import UserID
from bridge.model.namespace import localpart_of
from bridge.playground.demo.crossings import Crossed, Crossings, Said, Side, crossed_at
from bridge.playground.demo.irc_side import Heard
from bridge.playground.demo.matrix_side import Message, Receipt
from bridge.playground.demo.place import BRIDGE_NICK
from bridge.playground.demo.stage import Say, Stage
from bridge.text.plain import shorten

_SHOWN: Final = 60
_WAITING: Final = 500

OnCrossed: TypeAlias = Callable[[Crossed], None]
OnArrived: TypeAlias = Callable[[Side, str], None]


class Watch:
    """``on_arrived`` is told of everything that the bridge brought, ``on_crossed`` of every pair."""

    def __init__(self, stage: Stage, on_crossed: OnCrossed, on_arrived: OnArrived) -> None:
        self._stage = stage
        self._crossings = Crossings()
        self._afar: dict[str, Said] = {}
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
        async for news in self._stage.person.listen():
            if isinstance(news, Receipt):
                self._take_receipt(news)
            elif news.sender != self._stage.names.bot:
                self._take_message(news)

    def _take_message(self, message: Message) -> None:
        ghost = self._stage.names.is_ghost(UserID(message.sender))
        if message.room_id != self._stage.room_id:
            self._take_afar(message, ghost=ghost)
        elif ghost:
            self._on_arrived(Side.MATRIX, message.text)
            self._tell(self._crossings.arrived(Side.MATRIX, message.text, message.heard_at))
        else:
            said = Said(Side.MATRIX, message.sender, message.text, message.sent_at)
            self._tell(self._crossings.said(said))

    def _take_afar(self, message: Message, *, ghost: bool) -> None:
        """In the rooms of further networks no visitor of ours listens: time stamps must do.

        What a ghost says bears the time of its network; what we say has arrived when the bot has read it.
        """
        if ghost:
            name = localpart_of(message.sender).removeprefix(self._stage.names.user_prefix)
            said = Said(Side.IRC, name, message.text, message.sent_at)
            self._tell(crossed_at(said, message.heard_at))
        elif message.sender == self._stage.person.user_id:
            self._afar[message.event_id] = Said(Side.MATRIX, message.sender, message.text, message.sent_at)
            if len(self._afar) > _WAITING:
                self._afar.pop(next(iter(self._afar)))

    def _take_receipt(self, receipt: Receipt) -> None:
        """One receipt stands for all that was said before, too."""
        if receipt.reader != self._stage.names.bot or receipt.event_id not in self._afar:
            return
        for event_id in list(self._afar):
            self._tell(crossed_at(self._afar.pop(event_id), receipt.heard_at))
            if event_id == receipt.event_id:
                return

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
