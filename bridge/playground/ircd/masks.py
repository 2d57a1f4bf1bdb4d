"""Masks such as ``*!*@host``: completing them and asking whether they match."""

import re

from bridge.networks.irc.protocol.casemap import CaseMapping


def complete(mask: str) -> str:
    """Fill in what a ban mask leaves out: ``nick`` becomes ``nick!*@*``."""
    if "!" in mask:
        return mask if "@" in mask else f"{mask}@*"
    return f"*!{mask}" if "@" in mask else f"{mask}!*@*"


def matches(mask: str, text: str, casemapping: CaseMapping) -> bool:
    """Say whether a mask with ``*`` and ``?`` covers all of a text."""
    # Runs of stars are one star: otherwise "****…x" would cost exponential time.
    parts = re.split(r"(\*+|\?)", casemapping.fold(mask))
    pattern = "".join(_part(part) for part in parts)
    return re.fullmatch(pattern, casemapping.fold(text), re.DOTALL) is not None


def _part(part: str) -> str:
    if part.startswith("*"):
        return ".*"
    return "." if part == "?" else re.escape(part)
