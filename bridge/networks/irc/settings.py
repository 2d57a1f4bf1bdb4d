"""An admin's section as the client's settings."""

import secrets
from collections.abc import Callable
from typing import Final

from bridge.networks.irc.client_settings import ClientSettings
from bridge.networks.irc.config import IrcConfig
from bridge.networks.irc.protocol.flood import FloodLimits
from bridge.networks.irc.protocol.keepalive import KeepaliveLimits
from bridge.networks.irc.protocol.registration import Identity
from bridge.networks.irc.protocol.sasl import Mechanism, Plain
from bridge.networks.irc.protocol.scram import ScramSha256, prepare
from bridge.networks.irc.protocol.session import SessionConfig

MIN_ASK_S: Final = 5.0


def make_settings(config: IrcConfig) -> ClientSettings:
    """The client's settings. Secrets are revealed here, on their way to the server."""
    half = max(MIN_ASK_S, config.ping_timeout_s / 2)
    session = SessionConfig(
        identity=_identity(config),
        flood=FloodLimits(config.flood_burst, config.flood_rate),
        keepalive=KeepaliveLimits(half, half),
    )
    return ClientSettings(
        config.host,
        session,
        port=config.port,
        tls=config.tls,
        tls_verify=config.tls_verify,
        connect_timeout_s=config.connect_timeout_s,
    )


def _identity(config: IrcConfig) -> Identity:
    return Identity(
        config.nick,
        user=config.ident,
        realname=config.realname,
        password=None if config.server_password is None else config.server_password.reveal(),
        sasl=_mechanisms(config),
    )


def _mechanisms(config: IrcConfig) -> tuple[Callable[[], Mechanism], ...]:
    """The one that does not show the password first."""
    if config.sasl_user is None or config.sasl_password is None:
        return ()
    account, password = config.sasl_user, config.sasl_password.reveal()

    # Functions, not partials: those would show the password wherever they are printed.
    def plain() -> Mechanism:
        return Plain(account, password)

    def scram() -> Mechanism:
        return ScramSha256(account, password, nonce=secrets.token_urlsafe(24))

    try:
        prepare(account), prepare(password)
    except ValueError:
        return (plain,)
    return (scram, plain)
