"""The registration: the file by which homeserver and Trunkline know each other.

Spec: https://spec.matrix.org/v1.11/application-service-api/#registration
"""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from attrs import frozen

from bridge.config.plain_yaml import NotReadable, dump_yaml, read_yaml
from bridge.config.secret import Secret
from bridge.matrix.shapes import texts_of
from bridge.model.errors import Misconfigured, Phrase
from bridge.model.namespace import Namespace

DEFAULT_ID: Final = "trunkline"
PLACEHOLDER: Final = "REPLACE_WITH"
"""What the tokens of the template begin with."""
MIN_TOKEN_CHARS: Final = 16
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/=-]+")


@frozen(kw_only=True)
class Registration:
    """What a registration says.

    ``sender_localpart`` names nobody: some homeservers cannot ``/sync`` as that user, so the bridge bot
    is an ordinary user in the namespace and this one is random.
    """

    id: str
    url: str
    as_token: Secret
    hs_token: Secret
    sender_localpart: str
    user_patterns: tuple[str, ...]
    alias_patterns: tuple[str, ...]
    protocols: tuple[str, ...] = ()
    rate_limited: bool = False
    receive_ephemeral: bool = True
    msc4190: bool = True


def make_registration(
    namespace: Namespace,
    url: str,
    *,
    protocols: tuple[str, ...] = (),
    token: Callable[[], str] = lambda: secrets.token_hex(32),
) -> Registration:
    """A fresh registration; ``token`` gives random text."""
    return Registration(
        id=DEFAULT_ID,
        url=url,
        as_token=Secret(token()),
        hs_token=Secret(token()),
        sender_localpart=f"_trunkline-{token()[:16]}",
        user_patterns=(namespace.ghosts_pattern, namespace.bots_pattern),
        alias_patterns=(namespace.aliases_pattern,),
        protocols=protocols,
    )


def write_registration(registration: Registration) -> str:
    """The YAML text, tokens included: keep the file to the two programs."""
    return dump_yaml(
        {
            "id": registration.id,
            "url": registration.url,
            "as_token": registration.as_token.reveal(),
            "hs_token": registration.hs_token.reveal(),
            "sender_localpart": registration.sender_localpart,
            "rate_limited": registration.rate_limited,
            "receive_ephemeral": registration.receive_ephemeral,
            # The name before Matrix 1.13, which Synapse still reads.
            "de.sorunome.msc2409.push_ephemeral": registration.receive_ephemeral,
            "io.element.msc4190": registration.msc4190,
            "protocols": list(registration.protocols),
            "namespaces": {
                "users": _exclusive(registration.user_patterns),
                "aliases": _exclusive(registration.alias_patterns),
                "rooms": [],
            },
        }
    )


def read_registration(text: str) -> Registration:
    """Read a registration file; raises ``Misconfigured`` with the first thing that is wrong.

    A registration that still holds the template's placeholders is refused: its tokens are public.
    """
    try:
        values = read_yaml(text)
    except NotReadable as error:
        raise Misconfigured(Phrase.of("registration.unreadable", reason=str(error))) from error
    as_token, hs_token = _token(values, "as_token"), _token(values, "hs_token")
    if as_token == hs_token:
        raise Misconfigured(Phrase.of("registration.same_tokens"))
    namespaces = values.get("namespaces")
    return Registration(
        id=_text(values, "id"),
        url=_text(values, "url"),
        as_token=as_token,
        hs_token=hs_token,
        sender_localpart=_text(values, "sender_localpart"),
        user_patterns=tuple(_patterns(namespaces, "users")),
        alias_patterns=tuple(_patterns(namespaces, "aliases")),
        protocols=tuple(texts_of(values, "protocols")),
        rate_limited=values.get("rate_limited") is not False,
        receive_ephemeral=bool(
            values.get("receive_ephemeral") or values.get("de.sorunome.msc2409.push_ephemeral")
        ),
        msc4190=values.get("io.element.msc4190") is True,
    )


def shortcomings(registration: Registration, namespace: Namespace) -> list[Phrase]:
    """What in a readable registration does not fit the configuration, or weakens a promise."""
    users, aliases = registration.user_patterns, registration.alias_patterns
    wanted = (
        (namespace.bot, users),
        (f"@{namespace.user_prefix}x:{namespace.domain}", users),
        (f"#{namespace.alias_prefix}x:{namespace.domain}", aliases),
    )
    found = [
        Phrase.of("registration.namespace", name=name)
        for name, patterns in wanted
        if not _matches(patterns, name)
    ]
    if registration.sender_localpart == namespace.bot_localpart:
        found.append(Phrase.of("registration.sender_is_bot"))
    if registration.rate_limited:
        found.append(Phrase.of("registration.wrong_flag", key="rate_limited", wanted="false"))
    if not registration.receive_ephemeral:
        found.append(Phrase.of("registration.wrong_flag", key="receive_ephemeral", wanted="true"))
    if not registration.msc4190:
        found.append(Phrase.of("registration.wrong_flag", key="io.element.msc4190", wanted="true"))
    return found


def _exclusive(patterns: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"exclusive": True, "regex": pattern} for pattern in patterns]


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    if not isinstance(value, str) or not value:
        raise Misconfigured(Phrase.of("registration.missing", key=key))
    return value


def _token(values: Mapping[str, Any], key: str) -> Secret:
    token = _text(values, key)
    if token.startswith(PLACEHOLDER):
        raise Misconfigured(Phrase.of("registration.placeholder", key=key))
    if len(token) < MIN_TOKEN_CHARS or not _TOKEN.fullmatch(token):
        raise Misconfigured(Phrase.of("registration.weak_token", key=key, count=MIN_TOKEN_CHARS))
    return Secret(token)


def _patterns(namespaces: Any, kind: str) -> Iterator[str]:
    entries = namespaces.get(kind) if isinstance(namespaces, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("regex"), str):
            yield entry["regex"]


def _matches(patterns: tuple[str, ...], name: str) -> bool:
    for pattern in patterns:
        try:
            # As Synapse does: from the beginning, open at the end.
            if re.match(pattern, name):
                return True
        except re.error:
            continue
    return False
