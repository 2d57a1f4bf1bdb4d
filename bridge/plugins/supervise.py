"""Starts plug-ins, tries again those that fail at their start, and ends them all.

A plug-in is made anew for each try, as one whose start failed may be left half done. While it runs it looks
after itself: a lost connection is a state of its logins, no failure.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, Generic, Protocol, TypeVar

from attrs import define, field, frozen

from bridge.core.ports import Clock, Task, Tasks
from bridge.model.errors import BridgeError, Phrase
from bridge.plugins.find import short_error
from bridge.plugins.states import PluginHealth, PluginState, retry_delay_s
from bridge.telemetry import get_log

START_S: Final = 30.0
STOP_S: Final = 10.0
"""For all together; a connector has promised 5 seconds."""

_log = get_log(__name__)


class Stoppable(Protocol):
    async def stop(self) -> None: ...


P = TypeVar("P", bound=Stoppable)


@frozen
class Configured(Generic[P]):
    """A plug-in that the configuration wants.

    Attributes:
        make: makes it, without waiting; or the reason why that is of no use.
    """

    name: str
    make: Callable[[], P] | Phrase


@define
class _Entry(Generic[P]):
    name: str
    state: PluginState
    plugin: P | None = None
    task: Task | None = None
    idle: asyncio.Event = field(factory=asyncio.Event)
    """Set whenever no task is at work on the plug-in."""


class Supervisor(Generic[P]):
    """Keeps what is configured running.

    Args:
        start: starts a plug-in that was just made.
        jitter: gives random numbers from 0 up to 1.
        on_starting: called before ``start``, as what the plug-in sees may come in while it starts.
        on_started: called when ``start`` has returned.
        on_stopped: called once for each ``on_starting``: after the stop, or when the start has failed.

    The callbacks must not wait; one that raises counts as a failure of its plug-in.
    """

    def __init__(
        self,
        start: Callable[[P], Awaitable[None]],
        *,
        clock: Clock,
        tasks: Tasks,
        jitter: Callable[[], float],
        on_starting: Callable[[P], None] = lambda _: None,
        on_started: Callable[[P], None] = lambda _: None,
        on_stopped: Callable[[P], None] = lambda _: None,
        start_timeout_s: float = START_S,
        stop_timeout_s: float = STOP_S,
    ) -> None:
        self._start = start
        self._clock = clock
        self._tasks = tasks
        self._jitter = jitter
        self._on_starting = on_starting
        self._on_started = on_started
        self._on_stopped = on_stopped
        self._start_timeout_s = start_timeout_s
        self._stop_timeout_s = stop_timeout_s
        self._entries: dict[str, _Entry[P]] = {}

    @property
    def states(self) -> Mapping[str, PluginState]:
        """How each one fares, by name."""
        return {name: entry.state for name, entry in self._entries.items()}

    def start(self, configured: Iterable[Configured[P]]) -> None:
        """Begin to start them side by side, without waiting for any."""
        for one in configured:
            assert one.name not in self._entries, f"{one.name} was started before"
            entry = self._entries[one.name] = _Entry(one.name, self._new_state(PluginHealth.STARTING))
            entry.idle.set()
            if isinstance(one.make, Phrase):
                entry.state = self._new_state(PluginHealth.UNUSABLE, one.make)
                _log.error("plug-in cannot be used", plugin=one.name, reason=one.make)
            else:
                entry.task = self._tasks.spawn(f"start of {one.name}", self._keep_trying(entry, one.make))

    async def stop(self) -> None:
        """End all at the same time; who has not ended in time is left behind and named in the log."""
        for entry in self._entries.values():
            if entry.task is not None:
                entry.task.cancel()
        try:
            async with asyncio.timeout(self._stop_timeout_s):
                await asyncio.gather(*(self._end(entry) for entry in self._entries.values()))
        except TimeoutError:
            late = [entry.name for entry in self._entries.values() if entry.plugin is not None]
            _log.warning("plug-ins did not stop in time", plugins=late)
        for entry in self._entries.values():
            entry.state = self._new_state(PluginHealth.STOPPED)

    async def _keep_trying(self, entry: _Entry[P], make: Callable[[], P]) -> None:
        entry.idle.clear()
        try:
            while (reason := await self._failure_of(entry, make)) is not None:
                delay_s = retry_delay_s(entry.state.failures + 1, self._jitter())
                self._note_failure(entry, reason, self._clock.now() + timedelta(seconds=delay_s))
                await self._put_away(entry)
                await self._clock.sleep(delay_s)
        finally:
            entry.idle.set()

    async def _failure_of(self, entry: _Entry[P], make: Callable[[], P]) -> Phrase | None:
        """Make and start it once; None when it runs."""
        try:
            entry.plugin = plugin = make()
            self._on_starting(plugin)
            async with asyncio.timeout(self._start_timeout_s):
                await self._start(plugin)
            self._on_started(plugin)
        except BridgeError as error:
            self._log_first(entry, error.reason)
            return error.reason
        except TimeoutError:
            reason = Phrase.of("plugins.start_too_slow", name=entry.name)
            self._log_first(entry, reason, exc_info=True)
            return reason
        except Exception as error:  # noqa: BLE001  # keeps one plug-in from taking down the rest
            reason = Phrase.of("plugins.not_started", name=entry.name, error=short_error(error))
            self._log_first(entry, reason, exc_info=True)
            return reason
        _log.info("plug-in started", plugin=entry.name, failures=entry.state.failures)
        entry.state = self._new_state(PluginHealth.RUNNING)
        return None

    @staticmethod
    def _log_first(entry: _Entry[P], reason: Phrase, **fields: object) -> None:
        """Say it once; the state tells the rest."""
        if entry.state.failures == 0:
            _log.error("plug-in did not start", plugin=entry.name, reason=reason, **fields)
        else:
            _log.debug("plug-in still did not start", plugin=entry.name, reason=reason, **fields)

    def _note_failure(self, entry: _Entry[P], reason: Phrase, retry_at: datetime) -> None:
        before = entry.state
        since = before.since if before.state is PluginHealth.FAILED else self._clock.now()
        entry.state = PluginState(PluginHealth.FAILED, reason, since, before.failures + 1, retry_at)

    async def _end(self, entry: _Entry[P]) -> None:
        # A start that was interrupted has the last word before the stop.
        await entry.idle.wait()
        await self._put_away(entry)

    async def _put_away(self, entry: _Entry[P]) -> None:
        """Stop what was made, whatever it answers."""
        plugin = entry.plugin
        if plugin is None:
            return
        try:
            async with asyncio.timeout(self._stop_timeout_s):
                await plugin.stop()
        except Exception as error:  # noqa: BLE001  # keeps one plug-in from holding up the rest
            _log.warning(
                "plug-in did not stop well", plugin=entry.name, reason=short_error(error), exc_info=True
            )
        entry.plugin = None
        try:
            self._on_stopped(plugin)
        except Exception:  # noqa: BLE001  # as above
            _log.exception("stop of a plug-in was not followed", plugin=entry.name)

    def _new_state(self, health: PluginHealth, reason: Phrase | None = None) -> PluginState:
        return PluginState(health, reason, self._clock.now())
