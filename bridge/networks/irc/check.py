"""For ``doctor``: goes to the server step by step, and says at which one it fails and what to do."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from random import Random
from typing import Final

from bridge.api.network import Clock
from bridge.model.errors import Phrase
from bridge.model.statuses import CheckLine, CheckResult
from bridge.networks.irc.client import Client
from bridge.networks.irc.client_states import ClientEvent, Disconnected, Failed
from bridge.networks.irc.config import IrcConfig
from bridge.networks.irc.login_state import refusal_phrase, server_words
from bridge.networks.irc.protocol.events import Registered
from bridge.networks.irc.settings import make_settings

STEP_TIMEOUT_S: Final = 5.0
WELCOME_TIMEOUT_S: Final = 9.0
"""The steps together stay below the 20 seconds that a check may take."""


async def check_server(
    config: IrcConfig, *, display_name: str, clock: Clock, random: Random
) -> list[CheckLine]:
    """Name, port, then TLS and registration in one; later steps are left out after a failure."""
    lines = [await _check_name(config, display_name)]
    if lines[-1].result is CheckResult.OK:
        lines.append(await _check_port(config, display_name))
    if lines[-1].result is CheckResult.OK:
        lines += await _check_welcome(config, display_name, clock=clock, random=random)
    return lines


async def _check_name(config: IrcConfig, subject: str) -> CheckLine:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(STEP_TIMEOUT_S):
            found = await loop.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError) as error:
        finding = Phrase.of("irc.check.no_name", host=config.host, why=_why(error))
        return CheckLine(subject, CheckResult.FAILED, finding, Phrase.of("irc.check.no_name.fix"))
    finding = Phrase.of("irc.check.name", host=config.host, count=len(found))
    return CheckLine(subject, CheckResult.OK, finding)


async def _check_port(config: IrcConfig, subject: str) -> CheckLine:
    try:
        async with asyncio.timeout(STEP_TIMEOUT_S):
            _, writer = await asyncio.open_connection(config.host, config.port)
    except (OSError, TimeoutError) as error:
        finding = Phrase.of("irc.check.no_tcp", host=config.host, port=config.port, why=_why(error))
        return CheckLine(subject, CheckResult.FAILED, finding, Phrase.of("irc.check.no_tcp.fix"))
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return CheckLine(subject, CheckResult.OK, Phrase.of("irc.check.tcp", port=config.port))


async def _check_welcome(config: IrcConfig, subject: str, *, clock: Clock, random: Random) -> list[CheckLine]:
    outcome: asyncio.Future[Registered | Failed | Disconnected] = asyncio.get_running_loop().create_future()

    async def on_event(event: ClientEvent) -> None:
        if isinstance(event, Registered | Failed | Disconnected) and not outcome.done():
            outcome.set_result(event)

    client = Client(make_settings(config), on_event=on_event, clock=clock, random=random)
    await client.start()
    try:
        async with asyncio.timeout(WELCOME_TIMEOUT_S):
            return list(_read_outcome(await outcome, config, subject))
    except TimeoutError:
        finding, fix = Phrase.of("irc.check.silent"), Phrase.of("irc.check.silent.fix")
        return [CheckLine(subject, CheckResult.FAILED, finding, fix)]
    finally:
        await client.stop()


def _read_outcome(
    outcome: Registered | Failed | Disconnected, config: IrcConfig, subject: str
) -> Iterator[CheckLine]:
    match outcome:
        case Registered(nick=nick, account=account):
            yield _tls_line(config, subject)
            yield CheckLine(
                subject, CheckResult.OK, Phrase.of("irc.check.registered", network=subject, nick=nick)
            )
            if config.sasl_user is not None:
                finding = Phrase.of("irc.check.sasl", account=account or config.sasl_user)
                yield CheckLine(subject, CheckResult.OK, finding)
        case Failed(reason="certificate" | "no_tls", text=text):
            finding = Phrase.of("irc.check.no_tls", why=server_words(text))
            yield CheckLine(subject, CheckResult.FAILED, finding, Phrase.of("irc.check.no_tls.fix"))
        case Failed():
            yield _tls_line(config, subject)
            fix = Phrase.of("irc.check.refused.fix")
            yield CheckLine(subject, CheckResult.FAILED, refusal_phrase(outcome, subject), fix)
        case Disconnected(reason=reason):
            is_tls = config.tls and "TLS" in reason
            key, fix_key = (
                ("irc.check.no_tls", "irc.check.no_tls.fix")
                if is_tls
                else ("irc.check.closed", "irc.check.silent.fix")
            )
            finding = Phrase.of(key, why=server_words(reason))
            yield CheckLine(subject, CheckResult.FAILED, finding, Phrase.of(fix_key))


def _tls_line(config: IrcConfig, subject: str) -> CheckLine:
    if not config.tls:
        finding, fix = Phrase.of("irc.check.plain"), Phrase.of("irc.check.plain.fix")
        return CheckLine(subject, CheckResult.WARNING, finding, fix)
    if not config.tls_verify:
        finding, fix = Phrase.of("irc.check.unverified"), Phrase.of("irc.check.unverified.fix")
        return CheckLine(subject, CheckResult.WARNING, finding, fix)
    return CheckLine(subject, CheckResult.OK, Phrase.of("irc.check.tls"))


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return server_words(getattr(error, "strerror", None) or str(error))
