"""``trunkline status``, ``trace``, ``dead`` …: every action, asked of the bridge that is running."""

import socket
from pathlib import Path
from typing import Final

import click

from bridge.actions import specs
from bridge.actions.action import RAW, Spec
from bridge.app.control_wire import (
    ANSWER_S,
    MAX_ANSWER_BYTES,
    MAX_REQUEST_BYTES,
    SOCKET_NAME,
    NotUnderstood,
    Reply,
    Wish,
    decode_reply,
    encode_wish,
)
from bridge.cli.say import Voice, config_option, language_option
from bridge.commands.parse import usage
from bridge.keeper.sockets import reachable
from bridge.model.errors import BridgeError, Phrase
from bridge.model.ids import RoomID, UserID
from bridge.plugins.find import find_networks
from bridge.text.catalogue import Catalogue, sentence

_PATIENCE_S: Final = ANSWER_S + 5.0
_CHUNK: Final = 64 * 1024


def ask_commands() -> list[click.Command]:
    """A command for each action there is."""
    return [_command(spec) for spec in specs.ALL]


def _command(spec: Spec) -> click.Command:
    @config_option
    @language_option
    @click.option(
        "--as", "person", metavar="MXID", help="For this person, and with no more than their rights."
    )
    @click.option("--room", metavar="ID", help="As if it were said in this room.")
    def ask(
        path: Path, language: str, person: str | None, room: str | None, words: tuple[str, ...] = ()
    ) -> None:
        wish = Wish(
            action=spec.name,
            words=words,
            person=None if person is None else UserID(person),
            room_id=None if room is None else RoomID(room),
        )
        _ask(path.absolute().parent, wish, language)

    if spec.arguments:
        shown = usage(spec).removeprefix(spec.name).strip()
        ask = click.argument("words", nargs=-1, metavar=shown)(ask)
    return click.command(spec.name, help=sentence(Phrase(spec.help_key)))(ask)


def _ask(folder: Path, wish: Wish, language: str) -> None:
    try:
        reply = ask_bridge(folder, wish)
    except BridgeError as error:
        Voice(language).error(error)
        raise SystemExit(1) from None
    voice = Voice(language, Catalogue(*find_networks().tables))
    for phrase in reply.phrases:
        shown = str(phrase.values["text"]) if phrase.key == RAW else voice.sentence(phrase)
        click.echo(shown, err=not reply.done)
    if not reply.done:
        raise SystemExit(1)


def ask_bridge(folder: Path, wish: Wish, *, patience_s: float = _PATIENCE_S) -> Reply:
    """Have the bridge of this folder do something. Raises ``BridgeError`` if it could not be asked."""
    line = encode_wish(wish)
    if len(line) > MAX_REQUEST_BYTES:
        raise BridgeError(Phrase.of("shell.too_long", limit=MAX_REQUEST_BYTES))
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(patience_s)
            with reachable(folder / SOCKET_NAME) as place:
                connection.connect(place)
            connection.sendall(line)
            return decode_reply(_line(connection))
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as error:
        raise _cannot("shell.no_bridge", folder) from error
    except PermissionError as error:
        raise _cannot("shell.not_yours", folder) from error
    except TimeoutError as error:
        raise BridgeError(Phrase.of("shell.slow", seconds=round(patience_s))) from error
    except OSError as error:
        raise BridgeError(Phrase.of("shell.broken", folder=str(folder), error=str(error))) from error
    except NotUnderstood as error:
        raise BridgeError(Phrase.of("shell.unclear")) from error


def _line(connection: socket.socket) -> bytes:
    """Up to the end of a line, or of the connection."""
    found = bytearray()
    while not found.endswith(b"\n") and len(found) <= MAX_ANSWER_BYTES:
        chunk = connection.recv(_CHUNK)
        if not chunk:
            raise ConnectionError("it hung up")
        found += chunk
    return bytes(found)


def _cannot(key: str, folder: Path) -> BridgeError:
    return BridgeError(Phrase(key, {"folder": str(folder)}))
