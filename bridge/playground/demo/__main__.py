"""``python -m bridge.playground.demo``, which ``script/demo`` calls."""

import asyncio
import signal
from pathlib import Path
from typing import Final

import click

from bridge.config import ConfigInvalid
from bridge.model.errors import BridgeError, Phrase
from bridge.playground.demo.show import check as check_once
from bridge.playground.demo.show import show
from bridge.playground.demo.stage import Say, Wish, curtain_up
from bridge.plugins.find import find_networks
from bridge.text.catalogue import Catalogue, known_language

_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command("script/demo", context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Wish().data,
    show_default=".cache/demo",
    help="Where everything is kept, so that the next start is quick.",
)
@click.option("--fresh", is_flag=True, help="Forget what was kept.")
@click.option(
    "--ircd",
    type=click.Choice(["playground", "inspircd"]),
    default="playground",
    show_default=True,
    help="The IRC server: our own small one, or an installed InspIRCd.",
)
@click.option(
    "--network",
    "networks",
    metavar="ADDRESS",
    multiple=True,
    help="Bridge a real channel as well, such as ircs://irc.libera.chat/#channel; may be repeated.",
)
@click.option("--check", is_flag=True, help="Send a message each way, see that both arrive once, and end.")
@click.option(
    "--language",
    callback=lambda context, parameter, value: known_language(value),
    envvar=["TRUNKLINE_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"],
    default="en",
    show_default="that of the shell",
    help="en or zh-Hans.",
)
def demo(data: Path, fresh: bool, ircd: str, networks: tuple[str, ...], check: bool, language: str) -> None:
    """Start a homeserver, an IRC server and Trunkline on this machine, and show messages crossing."""
    catalogue = Catalogue(*find_networks().tables)

    def say(phrase: Phrase) -> None:
        click.echo(catalogue.sentence(phrase, language))

    wish = Wish(data=data, fresh=fresh, ircd=ircd, networks=networks)
    try:
        asyncio.run(_until_told(wish, say, only_check=check))
    except BridgeError as error:
        _explain(error, catalogue, language)
        raise SystemExit(1) from None


async def _until_told(wish: Wish, say: Say, *, only_check: bool) -> None:
    """A signal ends what runs, orderly; a second one changes nothing about that."""
    loop = asyncio.get_running_loop()
    running = asyncio.create_task(_perform(wish, say, only_check=only_check))
    told = False

    def end() -> None:
        nonlocal told
        if not told:
            told = True
            running.cancel()

    for number in _ENDING:
        loop.add_signal_handler(number, end)
    try:
        await running
    except asyncio.CancelledError:
        if not told:
            raise
        say(Phrase.of("demo.ended"))


async def _perform(wish: Wish, say: Say, *, only_check: bool) -> None:
    try:
        async with curtain_up(wish, say) as stage:
            await (check_once(stage, say) if only_check else show(stage, say))
    except BaseExceptionGroup as group:
        # What is raised in an `except*` is wrapped in a group again by Python 3.11.2, Debian 12's own.
        if (told := _first(group)) is None:
            raise
        raise told from None


def _first(group: BaseExceptionGroup) -> BridgeError | None:
    """The first error that has a sentence; None if something else failed as well."""
    told, others = group.split(BridgeError)
    if told is None or others is not None:
        return None
    error: BaseException = told
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, BridgeError)
    return error


def _explain(error: BridgeError, catalogue: Catalogue, language: str) -> None:
    if isinstance(error, ConfigInvalid):
        for problem in error.problems:
            click.echo(f"{problem.path}: {catalogue.sentence(problem.phrase, language)}", err=True)
    else:
        click.echo(catalogue.sentence(error.reason, language), err=True)


if __name__ == "__main__":
    demo()
