"""The capabilities that the server offers, and which tags a client may therefore see.

Spec: https://ircv3.net/specs/extensions/capability-negotiation
"""

from collections.abc import Collection, Mapping

from bridge.playground.ircd.settings import Settings

CAPABILITIES = (
    "account-notify",
    "account-tag",
    "away-notify",
    "batch",
    "cap-notify",
    "chghost",
    "draft/chathistory",
    "echo-message",
    "extended-join",
    "invite-notify",
    "labeled-response",
    "message-tags",
    "multi-prefix",
    "sasl",
    "server-time",
    "setname",
    "userhost-in-names",
)

# Tags of the server's own and the capability that asks for each. All other
# tags, those of clients among them, come with message-tags.
_CAPABILITY_OF_TAG = {
    "time": "server-time",
    "account": "account-tag",
    "batch": "batch",
    "label": "labeled-response",
}


def offered(settings: Settings) -> dict[str, str]:
    """Return the capabilities and their values (empty for most) that these settings offer."""
    wanted = CAPABILITIES if settings.capabilities is None else sorted(settings.capabilities)
    values = dict.fromkeys(wanted, "")
    if settings.accounts:
        values["sasl"] = "PLAIN"
    else:
        values.pop("sasl", None)
    return values


def visible_tags(tags: Mapping[str, str], capabilities: Collection[str]) -> dict[str, str]:
    """Return those tags that a client with these capabilities asked to see."""
    return {
        tag: value
        for tag, value in tags.items()
        if _CAPABILITY_OF_TAG.get(tag, "message-tags") in capabilities
    }


def as_list(values: Mapping[str, str], *, with_values: bool) -> list[str]:
    """Write capabilities the way CAP LS does."""
    return [f"{name}={value}" if value and with_values else name for name, value in values.items()]
