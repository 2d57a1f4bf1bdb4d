"""The section of a demo network in the configuration."""

import re

from bridge.config import option, section
from bridge.config.checks import one_line
from bridge.model.errors import InvalidInput
from bridge.networks.demo.ids import parse_chat_text


def _chats(value: tuple[str, ...]) -> str | None:
    try:
        for name in value:
            parse_chat_text(name)
    except InvalidInput:
        return "chat names such as lobby"
    return None


def _nicks(value: tuple[str, ...]) -> str | None:
    fine = all(re.fullmatch(r"[A-Za-z0-9_-]{1,20}", nick) for nick in value)
    distinct = len({nick.lower() for nick in value}) == len(value)
    return None if fine and distinct else "different nicks of letters, digits, _ and -"


@section("demo", "A chat inside the bridge's own process, to try things out.")
class DemoConfig:
    """What an admin says about one demo network."""

    display_name: str = option(
        "The network's name as people see it.", default="Demo", at_most=60, check=one_line
    )
    chats: tuple[str, ...] = option(
        "Chats that get a room when the bridge starts.", default=("lobby",), check=_chats
    )
    nicks: tuple[str, ...] = option(
        "The bridge's accounts in the chat; the first one speaks for everybody.",
        default=("bridge",),
        at_least=1,
        at_most=10,
        check=_nicks,
    )
    history_lines: int = option(
        "How many of a chat's newest lines are told to somebody who comes back.",
        default=0,
        at_least=0,
        at_most=10_000,
    )
