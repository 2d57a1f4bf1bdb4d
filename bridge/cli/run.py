"""``trunkline run``: the bridge, until it is told to end."""

import asyncio
import importlib.util
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import click

from bridge.app.settings import load_settings
from bridge.cli.say import Voice, config_option, language_option
from bridge.model.errors import BridgeError
from bridge.plugins.find import find_networks
from bridge.telemetry import LoggingConfig, set_up_logging
from bridge.text.catalogue import Catalogue

_ENDING: Final = (signal.SIGINT, signal.SIGTERM)


class Runs(Protocol):
    """What is started, and stopped once it was told to end; a ``start`` that fails leaves nothing behind."""

    async def start(self) -> None: ...
    async def stop(self, *, for_good: bool) -> None: ...


@click.command()
@config_option
@language_option
def run(path: Path, language: str) -> None:
    """Run the bridge until SIGINT or SIGTERM; ends with 1 if it cannot be started.

    After SIGTERM the connections to networks are held for a while, for the next start; SIGINT ends them.
    """
    loaded = load_settings(path)
    voice = Voice(language)
    for problem in (*loaded.problems, *loaded.notices):
        voice.problem(problem)
    if loaded.core_problems:
        raise SystemExit(1)
    # The whole bridge takes a while to be loaded, and only this command needs it.
    from bridge.app.bridge import Bridge

    set_up_logging(loaded.section(LoggingConfig))
    found = find_networks()
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(until_told(lambda: Bridge(loaded, path.absolute().parent, found=found)))
    except BridgeError as error:
        Voice(language, Catalogue(*found.tables)).error(error)
        raise SystemExit(1) from None


async def until_told(make: Callable[[], Runs]) -> None:
    """Start, wait for a signal, stop. A second signal ends the process at once.

    A person at the terminal (SIGINT) stops for good; who says SIGTERM may be about to start anew.
    """
    bridge = make()
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    by: list[signal.Signals] = []
    starting = loop.create_task(bridge.start())

    def end(by_signal: signal.Signals) -> None:
        by.append(by_signal)
        for number in _ENDING:
            loop.remove_signal_handler(number)
        told.set()
        starting.cancel()

    for number in _ENDING:
        loop.add_signal_handler(number, end, number)
    try:
        await starting
    except asyncio.CancelledError:
        if not told.is_set():
            raise
        return
    await told.wait()
    await bridge.stop(for_good=signal.SIGINT in by)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where it is installed; it is not made for every system."""
    if importlib.util.find_spec("uvloop") is None:
        return None
    import uvloop

    return uvloop.new_event_loop
