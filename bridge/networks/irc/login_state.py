"""What a login's health is after something happened to its connection, and the sentences of refusals."""

from typing import Final

from bridge.model.errors import Phrase
from bridge.model.statuses import LoginHealth, LoginState
from bridge.networks.irc.client_states import ClientEvent, Connecting, Disconnected, Failed, Resumed
from bridge.networks.irc.protocol.events import Registered
from bridge.networks.irc.protocol.formatting_codes import strip_codes
from bridge.text.characters import wash_line
from bridge.text.plain import shorten

MAX_WORDS: Final = 200
"""How much of a server's own words a sentence repeats."""

_REFUSALS: Final = {
    "banned": "irc.refused.banned",
    "password_refused": "irc.refused.password",
    "sasl_refused": "irc.refused.sasl",
    "sasl_unavailable": "irc.refused.sasl_unavailable",
    "no_nick": "irc.refused.nick",
    "certificate": "irc.refused.certificate",
    "no_tls": "irc.refused.no_tls",
}
_JOINS: Final = {
    "": "irc.join.no_answer",
    "405": "irc.join.too_many",
    "471": "irc.join.full",
    "473": "irc.join.invite",
    "474": "irc.join.banned",
    "475": "irc.join.key",
    "477": "irc.join.registered",
}
_SENDS: Final = {
    "401": "irc.send.nobody",
    "403": "irc.send.nobody",
    "404": "irc.send.moderated",
    "442": "irc.send.not_in_chat",
    "477": "irc.send.registered",
    "486": "irc.send.registered",
}
THROTTLED: Final = frozenset({"263", "439", "480", "495", "500", "707", "RATE_LIMITED"})
"""Codes that ask for patience: the same may be tried again."""


def state_after(event: ClientEvent, network: str) -> LoginState | None:
    """The new health, or None when the event does not change it."""
    match event:
        case Connecting():
            return LoginState(LoginHealth.CONNECTING, Phrase.of("irc.connecting", network=network))
        case Registered() | Resumed():
            return LoginState(LoginHealth.CONNECTED)
        case Disconnected(retry_in_s=None):
            return LoginState(LoginHealth.STOPPED)
        case Disconnected(reason=reason):
            lost = Phrase.of("irc.lost", network=network, why=server_words(reason))
            return LoginState(LoginHealth.DISCONNECTED, lost)
        case Failed():
            return LoginState(LoginHealth.REFUSED, refusal_phrase(event, network))
        case _:
            return None


def refusal_phrase(failed: Failed, network: str) -> Phrase:
    key = _REFUSALS.get(failed.reason, "irc.refused.other")
    return Phrase.of(key, network=network, why=server_words(failed.text))


def join_phrase(code: str, text: str, *, chat: str, network: str, nick: str) -> Phrase:
    """Why a channel did not let us in."""
    key = _JOINS.get(code, "irc.join.refused")
    return Phrase.of(key, chat=chat, network=network, nick=nick, why=server_words(text))


def send_phrase(code: str, text: str, *, chat: str, network: str) -> Phrase:
    """Why a line went nowhere."""
    key = "irc.send.throttled" if code in THROTTLED else _SENDS.get(code, "irc.send.refused")
    return Phrase.of(key, chat=chat, network=network, why=server_words(text))


def server_words(text: str) -> str:
    """What a server said, fit for a sentence: one line, no codes, not long, no full stop."""
    return shorten(wash_line(strip_codes(text)), MAX_WORDS).rstrip(".") or "?"
