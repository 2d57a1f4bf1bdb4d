"""The commands that clients may give, in one table."""

from collections.abc import Mapping

from bridge.playground.ircd.commands import (
    channels,
    history,
    information,
    messages,
    modes,
    people,
    registration,
)
from bridge.playground.ircd.commands.command import Command

COMMANDS: Mapping[str, Command] = {
    **registration.COMMANDS,
    **channels.COMMANDS,
    **modes.COMMANDS,
    **messages.COMMANDS,
    **people.COMMANDS,
    **information.COMMANDS,
    **history.COMMANDS,
}
