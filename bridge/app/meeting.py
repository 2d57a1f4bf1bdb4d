"""The homeserver as a peer: whether it is there, whether it knows us, whether it reaches us."""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from bridge.core.ports import Clock
from bridge.matrix.homeserver import MatrixHomeserver
from bridge.matrix.ping import NotReached, Probe, wait_for_homeserver
from bridge.model.errors import BridgeError, Phrase, Unavailable
from bridge.model.outgoing import GhostProfile

log = structlog.get_logger(__name__)

_AGAIN_S: Final = 10.0


class Meeting:
    """Waits for the homeserver, becomes somebody there, and pings it whenever that is useful.

    Attributes:
        ready: set once the homeserver knows our bot.
    """

    def __init__(self, homeserver: MatrixHomeserver, profile: GhostProfile, clock: Clock) -> None:
        self.ready = asyncio.Event()
        self._homeserver = homeserver
        self._profile = profile
        self._clock = clock
        self._wanted = asyncio.Event()

    def ping_soon(self) -> None:
        """A ping ends the homeserver's waiting before its next push, if that is what it does."""
        self._wanted.set()

    async def run(self, probe: Probe, met: Callable[[], None]) -> None:
        """For ever; ``met`` is called once, when the homeserver knows us."""
        await wait_for_homeserver(probe, self._clock, say=_say)
        await self._introduce()
        met()
        while True:
            await self._ping(probe)
            await self._wanted.wait()
            self._wanted.clear()

    async def _introduce(self) -> None:
        while not self.ready.is_set():
            try:
                await self._homeserver.ensure_ghost(self._homeserver.bot, self._profile)
                self.ready.set()
            except BridgeError as error:
                log.error("homeserver does not know us", reason=str(error))
                await self._clock.sleep(_AGAIN_S)

    async def _ping(self, probe: Probe) -> None:
        """Until it went well once."""
        while True:
            try:
                reached = await probe.ping()
            except Unavailable as error:
                log.info("ping waits", reason=str(error))
            else:
                if not isinstance(reached, NotReached):
                    log.info("homeserver reaches us", duration_ms=reached.duration_ms)
                    return
                log.error("homeserver does not reach us", code=reached.code, fix="trunkline doctor")
            await self._clock.sleep(_AGAIN_S)


def _say(phrase: Phrase) -> None:
    # The phrase has values of its own, a reason among them.
    log.warning("homeserver", news=phrase.key, **phrase.values)
