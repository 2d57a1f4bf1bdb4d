"""The two ways to end a demo that runs: shown live until Ctrl-C, or checked once."""

import asyncio
import secrets
from collections import Counter
from contextlib import suppress
from typing import Final

from bridge.model.errors import Misconfigured, Phrase
from bridge.playground.demo.crossings import Crossed, Side
from bridge.playground.demo.place import CHANNEL
from bridge.playground.demo.stage import Say, Stage
from bridge.playground.demo.watch import Watch, tell_crossing
from bridge.playground.homeserver import LOOPBACK

ARRIVAL_S: Final = 30.0
DOUBLES_S: Final = 2.0
"""How long after both arrivals a second one would be noticed."""


async def show(stage: Stage, say: Say) -> None:
    """Tell how to join in, let the visitor say hello, and show what crosses, for ever."""
    _explain(stage, say)
    answered = False

    def on_crossed(crossed: Crossed) -> None:
        nonlocal answered
        tell_crossing(crossed, say)
        if crossed.said.side is Side.MATRIX and not answered:
            answered = True
            watch.said_on_irc(stage.visitor.say("I read you! Now try a reply, an edit or a reaction."))

    watch = Watch(stage, on_crossed, lambda side, text: None)
    watch.said_on_irc(stage.visitor.say("Hello from IRC! Say something in the Matrix room, I can hear you."))
    further = [asyncio.create_task(_enter(stage, alias, say)) for alias in stage.further]
    try:
        await watch.run()
    finally:
        for task in further:
            task.cancel()
        await asyncio.gather(*further, return_exceptions=True)


async def check(stage: Stage, say: Say) -> None:
    """Send a message each way; raises ``Misconfigured`` unless each arrives exactly once."""
    word = secrets.token_hex(6)
    texts = {Side.MATRIX: f"from Matrix {word}a", Side.IRC: f"from IRC {word}b"}
    crossings: dict[Side, Crossed] = {}
    arrivals: Counter[Side] = Counter()
    done = asyncio.Event()

    def on_crossed(crossed: Crossed) -> None:
        crossings[crossed.said.side] = crossed
        if len(crossings) == len(texts):
            done.set()

    def on_arrived(side: Side, text: str) -> None:
        arrivals.update(
            sent_from for sent_from, sent in texts.items() if sent_from is not side and sent in text
        )

    watch = Watch(stage, on_crossed, on_arrived)
    watching = asyncio.create_task(watch.run())
    try:
        await stage.person.say(stage.room_id, texts[Side.MATRIX])
        watch.said_on_irc(stage.visitor.say(texts[Side.IRC]))
        arriving = asyncio.create_task(done.wait())
        await asyncio.wait({arriving, watching}, timeout=ARRIVAL_S, return_when=asyncio.FIRST_COMPLETED)
        arriving.cancel()
        if done.is_set():
            await asyncio.wait({watching}, timeout=DOUBLES_S)
        if watching.done():
            watching.result()
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await watching
    for side in texts:
        if arrivals[side] != 1:
            raise Misconfigured(Phrase.of("demo.check.failed", side=side.value, count=arrivals[side]))
    for crossed in crossings.values():
        tell_crossing(crossed, say)
    say(Phrase.of("demo.check.done"))


async def _enter(stage: Stage, alias: str, say: Say) -> None:
    await stage.person.enter(alias)
    say(Phrase.of("demo.entered", alias=alias))


def _explain(stage: Stage, say: Say) -> None:
    place = stage.place
    say(Phrase.of("demo.explain.matrix", url=place.homeserver_url))
    say(Phrase.of("demo.explain.user", user=place.user_id, password=place.password))
    say(Phrase.of("demo.explain.element"))
    say(Phrase.of("demo.explain.room", alias=stage.alias))
    say(Phrase.of("demo.explain.irc", host=LOOPBACK, port=place.ports["irc"], channel=CHANNEL))
    for alias in stage.further:
        say(Phrase.of("demo.explain.further", alias=alias))
    say(Phrase.of("demo.explain.logs", folder=str(place.folder)))
    say(Phrase.of("demo.explain.end"))
