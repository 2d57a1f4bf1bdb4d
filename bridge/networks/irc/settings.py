"""An admin's section as the client's settings."""

from typing import Final

from bridge.networks.irc.client_settings import ClientSettings
from bridge.networks.irc.config import IrcConfig
from bridge.networks.irc.protocol.flood import FloodLimits
from bridge.networks.irc.protocol.keepalive import KeepaliveLimits
from bridge.networks.irc.protocol.registration import Identity
from bridge.networks.irc.protocol.sasl import Mechanism, Plain
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
    account, password = config.sasl_user, config.sasl_password

    def mechanism() -> Mechanism:
        assert account is not None
        assert password is not None
        return Plain(account, password.reveal())

    return Identity(
        config.nick,
        user=config.ident,
        realname=config.realname,
        password=None if config.server_password is None else config.server_password.reveal(),
        sasl=None if account is None or password is None else mechanism,
    )
