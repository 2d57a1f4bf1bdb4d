"""Reads MODE lines: which modes change, and which of them take an argument.

Spec: https://modern.ircdocs.horse/#mode-message
"""

from collections.abc import Sequence

from bridge.networks.irc.protocol.events import ModeChange
from bridge.networks.irc.protocol.isupport import ISupport


def parse_mode_changes(isupport: ISupport, params: Sequence[str]) -> tuple[ModeChange, ...]:
    """Read what stands after the channel. A missing argument is None; surplus ones are left out."""
    if not params:
        return ()
    arguments = iter(params[1:])
    changes = []
    is_set = True
    for char in params[0]:
        if char in "+-":
            is_set = char == "+"
        else:
            argument = next(arguments, None) if _takes_argument(isupport, char, is_set) else None
            changes.append(ModeChange(is_set, char, argument))
    return tuple(changes)


def _takes_argument(isupport: ISupport, mode: str, is_set: bool) -> bool:
    lists, always, when_set, _never = isupport.channel_modes
    return mode in isupport.prefixes or mode in lists or mode in always or (is_set and mode in when_set)


def with_symbol(isupport: ISupport, symbols: str, change: ModeChange) -> str:
    """Give a member's rank symbols after one change, the mightiest first."""
    changed = isupport.prefixes[change.mode]
    held = {*symbols, changed} if change.is_set else {*symbols} - {changed}
    return "".join(symbol for symbol in isupport.prefixes.values() if symbol in held)
