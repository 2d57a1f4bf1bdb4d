"""``trunkline init``: asks, or takes flags, and writes what a first start needs."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from bridge.app.init import Wishes, Written, ask_domain, write_folder
from bridge.cli.say import DATA_FOLDER, Voice, language_option
from bridge.config.checks import http_url, mxid, server_name
from bridge.model.errors import BridgeError, Phrase
from bridge.plugins.find import find_networks
from bridge.text.catalogue import DEFAULT_LANGUAGE, Catalogue

_HOMESERVER: Final = "http://127.0.0.1:8008"
_MISTAKE: Final = 2

Check = Callable[[str], str | None]


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=DATA_FOLDER,
    show_default=True,
    help="The folder for everything.",
)
@click.option("--homeserver", metavar="URL", help=f"Where the homeserver is, such as {_HOMESERVER}.")
@click.option("--domain", metavar="NAME", help="Its server name; asked of the homeserver if left out.")
@click.option("--admin", metavar="MXID", help="Who may do everything, such as @me:example.org.")
@click.option("--public-url", metavar="URL", help="Where the world reaches the bridge, for links to media.")
@click.option(
    "--network",
    "networks",
    metavar="ADDRESS",
    multiple=True,
    help="A network to bridge, such as ircs://irc.libera.chat/#python; may be repeated.",
)
@click.option("--address", metavar="URL", help="Where the homeserver reaches the bridge.")
@click.option("--listen", metavar="HOST", help="Where the bridge listens for the homeserver.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port for the homeserver.")
@click.option("--yes", is_flag=True, help="Ask nothing: take the flags, and defaults for the rest.")
@click.option("--force", is_flag=True, help="Write over an older configuration and registration.")
@language_option
def init(
    data: Path,
    homeserver: str | None,
    domain: str | None,
    admin: str | None,
    public_url: str | None,
    networks: tuple[str, ...],
    address: str | None,
    listen: str | None,
    port: int | None,
    yes: bool,
    force: bool,
    language: str,
) -> None:
    """Write configuration, registration and key into a data folder."""
    found = find_networks()
    voice = Voice(language, Catalogue(*found.tables))
    questions = _Questions(voice, silent=yes)
    homeserver = questions.ask("init.ask.homeserver", homeserver, http_url, default=_HOMESERVER)
    homeserver = homeserver.rstrip("/")
    domain = domain or asyncio.run(ask_domain(homeserver))
    domain = questions.ask("init.ask.domain", domain, server_name, default=(admin or "").partition(":")[2])
    if not domain:
        voice.error(BridgeError(Phrase.of("init.no_domain", homeserver=homeserver)))
        raise SystemExit(_MISTAKE)
    admin = questions.ask("init.ask.admin", admin, mxid)
    public_url = questions.ask("init.ask.public_url", public_url, http_url).rstrip("/")
    if not networks:
        networks = tuple(questions.ask("init.ask.network", None, lambda _: None).split())
    wishes = Wishes(
        data=data,
        homeserver=homeserver,
        domain=domain,
        admin=admin or None,
        public_url=public_url or None,
        networks=networks,
        address=address,
        listen=listen,
        port=port,
        more={"bridge": {"language": language}} if language != DEFAULT_LANGUAGE else {},
    )
    try:
        written = write_folder(wishes, force=force, found=found)
    except BridgeError as error:
        voice.error(error)
        raise SystemExit(1) from None
    _tell(voice, wishes, written)


class _Questions:
    def __init__(self, voice: Voice, *, silent: bool) -> None:
        self._voice = voice
        self._silent = silent

    def ask(self, key: str, given: str | None, wanted: Check, *, default: str = "") -> str:
        """What was given by flag, or the answer to a question; empty for nothing."""
        if given is not None:
            if hint := wanted(given) if given else None:
                phrase = Phrase.of("config.wrong", value=given, wanted=hint, hint="")
                raise click.UsageError(self._voice.sentence(phrase))
            return given
        if self._silent:
            return default
        while True:
            question = self._voice.sentence(Phrase(key))
            answer: str = click.prompt(question, default=default, show_default=bool(default)).strip()
            hint = wanted(answer) if answer else None
            if hint is None:
                return answer
            self._voice.say("config.wrong", value=answer, wanted=hint, hint="")


def _tell(voice: Voice, wishes: Wishes, written: Written) -> None:
    """What is there now, what the homeserver must be told, and what comes next."""
    for file in (written.config, written.registration, written.key):
        voice.say("init.wrote", file=str(file))
    if wishes.admin is None:
        voice.say("init.no_admin")
    click.echo()
    voice.say("init.homeserver")
    click.echo(f"    app_service_config_files:\n      - {written.registration}")
    voice.say("init.homeserver.rights")
    voice.say("init.homeserver.restart")
    click.echo()
    voice.say("init.next")
    for command in ("doctor", "run"):
        click.echo(f"    trunkline {command} --config {written.config}")
    for network in written.networks:
        voice.say("init.rooms", network=network, alias=f"#_trunkline_{network}_…:{wishes.domain}")
