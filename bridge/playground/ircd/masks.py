"""Masks such as ``*!*@host``: completing them and asking whether they match."""

from bridge.networks.irc.protocol.casemap import CaseMapping


def complete(mask: str) -> str:
    """Fill in what a ban mask leaves out: ``nick`` becomes ``nick!*@*``."""
    if "!" in mask:
        return mask if "@" in mask else f"{mask}@*"
    return f"*!{mask}" if "@" in mask else f"{mask}!*@*"


def matches(mask: str, text: str, casemapping: CaseMapping) -> bool:
    """Say whether a mask with ``*`` and ``?`` covers all of a text."""
    return _covers(casemapping.fold(mask), casemapping.fold(text))


def _covers(mask: str, text: str) -> bool:
    """Match from left to right, and let only the latest star grow.

    A regular expression would try every length of every star: strangers choose
    the masks, and a mask of twenty stars would stop the server.
    """
    at_mask = at_text = 0
    star, star_text = -1, 0
    while at_text < len(text):
        sign = mask[at_mask] if at_mask < len(mask) else ""
        if sign == "*":
            star, star_text = at_mask, at_text
            at_mask += 1
        elif sign == "?" or (sign and sign == text[at_text]):
            at_mask += 1
            at_text += 1
        elif star >= 0:
            star_text += 1
            at_mask, at_text = star + 1, star_text
        else:
            return False
    return not mask[at_mask:].strip("*")
