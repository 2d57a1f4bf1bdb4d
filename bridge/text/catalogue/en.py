"""The bridge's sentences in English: what happened, then what to do."""

from bridge.config.problems import ENGLISH as CONFIG_SENTENCES

SENTENCES: dict[str, str] = {
    **CONFIG_SENTENCES,
    "config.invalid": "The configuration has {count} {count|mistake|mistakes}:\n{details}",
    # who may do what
    "access.bad_level": "`{level}`, the level of `{rule}`, is not one of these: {wanted}.",
    "access.bad_rule": (
        "`{rule}` names nobody. Write an MXID (`@ann:example.org`), a server (`example.org`) or `*`."
    ),
    "access.not_allowed": (
        "You may not do this here (`{action}` needs the level `{needed}`). Ask the admin of this bridge."
    ),
    # plumbing
    "plumb.not_joined": "You are not in that room. Join it and try again.",
    "plumb.encrypted": (
        "That room is encrypted, and what is said in it cannot be bridged. Use a room without encryption."
    ),
    "plumb.power": (
        "Your power level in that room is {has}, and joining it to another network takes {needed}. "
        "Ask a moderator of the room."
    ),
    "plumb.network": (
        "The other side has not agreed to this. Ask an operator of the channel or the admin of this bridge."
    ),
    # room upgrades
    "upgrade.other_room": "The room was closed without a usable successor. Plumb the new room by hand.",
    "upgrade.sender": (
        "The room was closed by {user}, who had no right to do so. The bridge stays here; "
        "a moderator may plumb another room."
    ),
    "upgrade.predecessor": (
        "The room that is said to follow this one does not name it as its predecessor. "
        "The bridge stays here; a moderator may plumb the new room."
    ),
    "upgrade.creator": (
        "The new room was made by {user}, who had no right to close this one. "
        "The bridge stays here; a moderator may plumb the new room."
    ),
    # fetching from other servers
    "egress.refused.malformed": "That is not a web address.",
    "egress.refused.scheme": "Only http and https addresses can be fetched.",
    "egress.refused.credentials": "An address with a name and password in it is not fetched.",
    "egress.refused.address": "{host} is not on the public Internet and is not fetched.",
    "egress.refused.redirects": "{host} sends from one address to the next; it was given up.",
    "egress.refused.downgrade": "{host} is reached only without encryption, after an encrypted start.",
    "egress.too_large": "The answer is larger than {max_bytes} bytes.",
    "egress.failed": "{host} could not be fetched: {detail}",
}
