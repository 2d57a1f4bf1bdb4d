"""Which numeric replies mean what to us.

The names are those of https://modern.ircdocs.horse/#numerics; the rarer codes are of real servers.
"""

CANNOT_SEND = frozenset(
    {
        "401",  # no such nick
        "402",  # no such server
        "403",  # no such channel
        "404",  # cannot send to channel
        "407",  # too many targets
        "408",  # no such service; colours refused (old Bahamut)
        "411",  # no recipient
        "412",  # no text
        "413",  # no top-level domain
        "414",  # wildcard in top-level domain
        "415",  # bad mask; cannot send to channel (Solanum)
        "417",  # line too long
        "442",  # not on the channel
        "477",  # a registered nick is needed
        "481",  # not an operator
        "482",  # not a channel operator
        "486",  # a registered nick is needed for private messages
        "489",  # a secure connection is needed
        "492",  # no CTCP
        "494",  # the other one blocks strangers
        "499",  # not the channel's owner
        "531",  # the other one cannot be written to (UnrealIRCd)
        "716",  # the other one has caller ID on
        "937",  # censored (InspIRCd)
    }
)
"""Errors that may answer a PRIVMSG, NOTICE or TAGMSG, usually with the target as second parameter."""

WITHOUT_TARGET = frozenset({"411", "412", "417", "481"})
"""Those of them that do not name the target."""

CANNOT_JOIN = frozenset(
    {
        "403",  # no such channel
        "405",  # too many channels
        "407",  # too many targets
        "437",  # temporarily unavailable
        "448",  # bad channel name (UnrealIRCd, InspIRCd)
        "471",  # full
        "473",  # invite only
        "474",  # banned
        "475",  # wrong key
        "476",  # bad channel name
        "477",  # a registered nick is needed
        "479",  # bad channel name
        "480",  # joining is throttled or needs a secure connection
        "485",  # refused by the server
        "489",  # a secure connection is needed
        "495",  # rejoining too soon (InspIRCd)
        "500",  # joining is throttled
        "520",  # operators only
        "926",  # forbidden name
    }
)
"""Errors that may answer a JOIN, with the channel as second parameter."""

FORWARDED = "470"
NICK_REFUSED = frozenset({"431", "432", "433", "435", "436", "437", "438", "447", "484"})
"""Errors that may answer a NICK."""

END_OF_NAMES = "366"
NO_SUCH_COMMAND = "421"
NOT_REGISTERED = "451"


def is_error(code: str) -> bool:
    """Say whether a command is an error numeric (400 to 599, and the odd higher ones we know)."""
    return (len(code) == 3 and code.isdecimal() and code[0] in "45") or code in CANNOT_SEND | CANNOT_JOIN
