"""The playground's IRC server by itself: its settings, its tricks, and what no real server here offers."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bridge.networks.irc.protocol.casemap import CaseMapping
from bridge.playground.ircd import FloodLimit, LongLines, PlaygroundServer, Settings
from bridge.testing.irc_client import IrcClient
from bridge.testing.pytest_plugin import ConnectIrc


@pytest_asyncio.fixture
async def server() -> AsyncIterator[PlaygroundServer]:
    async with PlaygroundServer() as server:
        yield server


def plain(account: str, password: str) -> str:
    return b64encode(f"\0{account}\0{password}".encode()).decode()


async def log_in(client: IrcClient, password: str) -> None:
    client.send("AUTHENTICATE PLAIN")
    await client.wait_for("AUTHENTICATE")
    client.send(f"AUTHENTICATE {plain('alice-account', password)}")


# Accounts.


async def test_sasl_logs_in_and_others_see_the_account(irc_client: ConnectIrc) -> None:
    async with PlaygroundServer(Settings(accounts={"alice-account": "sesame"})) as server:
        bob = await irc_client("bob", server, caps=["account-tag", "account-notify"])
        alice = await irc_client("alice", server, caps=["sasl"])
        await bob.join("#room")
        await alice.join("#room")

        await log_in(alice, "sesame")
        await alice.wait_for("903")
        alice.say("#room", "it is me")

        assert (await bob.wait_for("ACCOUNT")).text == "alice-account"
        assert (await bob.wait_for_text("it is me")).tags["account"] == "alice-account"


async def test_a_wrong_password_is_refused(irc_client: ConnectIrc) -> None:
    async with PlaygroundServer(Settings(accounts={"alice-account": "sesame"})) as server:
        alice = await irc_client("alice", server, caps=["sasl"])

        await log_in(alice, "guess")

        await alice.wait_for("904")


async def test_sasl_happens_before_the_greeting(irc_client: ConnectIrc) -> None:
    async with PlaygroundServer(Settings(accounts={"alice-account": "sesame"})) as server:
        alice = IrcClient("alice")
        await alice.open(server.host, server.port)
        alice.send("CAP REQ :sasl extended-join")
        alice.send("NICK alice")
        alice.send("USER alice 0 * :Alice")
        await log_in(alice, "sesame")
        await alice.wait_for("903")
        before = [line.command for line in alice.lines]
        alice.send("CAP END")
        await alice.wait_for("001")
        await alice.join("#room")

        joined = await alice.wait_for("JOIN")
        await alice.close()
        assert "001" not in before
        assert joined.params == ["#room", "alice-account", "Alice"]


async def test_without_accounts_sasl_is_not_offered(server: PlaygroundServer, irc_client: ConnectIrc) -> None:
    alice = await irc_client("alice", server, caps=["sasl"])

    answers = [line.params[1] for line in alice.lines if line.command == "CAP"]
    assert answers == ["LS", "NAK"]


async def test_a_server_password_is_asked(irc_client: ConnectIrc) -> None:
    async with PlaygroundServer(Settings(password="sesame")) as server:
        right = await irc_client("right", server, password="sesame")
        wrong = IrcClient("wrong")
        await wrong.open(server.host, server.port)
        wrong.send("NICK wrong")
        wrong.send("USER wrong 0 * :wrong")

        await right.sync()
        await wrong.wait_for("464")
        await wrong.wait_closed()
        await wrong.close()


async def test_a_logout_is_told(server: PlaygroundServer, irc_client: ConnectIrc) -> None:
    alice = await irc_client("alice", server, caps=["account-notify"])

    server.log_in("alice", "somebody")
    server.log_in("alice", None)

    await alice.wait_for(lambda line: line.command == "ACCOUNT" and line.text == "*")


# Capabilities that come and go.


async def test_a_new_capability_is_told_and_can_be_had(
    server: PlaygroundServer, irc_client: ConnectIrc
) -> None:
    alice = await irc_client("alice", server, caps=["server-time"])

    server.offer("draft/multiline", "max-bytes=4096")
    news = await alice.wait_for(lambda line: line.command == "CAP" and line.params[1] == "NEW")
    since = alice.mark()
    alice.send("CAP REQ draft/multiline")

    answer = await alice.wait_for("CAP", since=since)
    assert news.text == "draft/multiline=max-bytes=4096"
    assert answer.params[1] == "ACK"


async def test_a_lost_capability_is_told_and_no_longer_works(
    server: PlaygroundServer, irc_client: ConnectIrc
) -> None:
    alice = await irc_client("alice", server, caps=["echo-message"])

    server.withdraw("echo-message")
    await alice.wait_for(lambda line: line.command == "CAP" and line.params[1] == "DEL")
    alice.say("#nowhere", "hello")
    await alice.join("#room")
    alice.say("#room", "hello")
    await alice.sync()

    assert alice.messages("#room") == []


async def test_only_the_chosen_capabilities_are_offered(irc_client: ConnectIrc) -> None:
    async with PlaygroundServer(Settings(capabilities=frozenset({"server-time"}))) as server:
        alice = await irc_client("alice", server, caps=["message-tags"])

        listed = await alice.wait_for(lambda line: line.command == "CAP" and line.params[1] == "LS")
        assert listed.text == "server-time"


async def test_a_new_host_is_told(server: PlaygroundServer, irc_client: ConnectIrc) -> None:
    alice = await irc_client("alice", server)
    bob = await irc_client("bob", server, caps=["chghost"])
    await alice.join("#room")
    await bob.join("#room")

    server.change_host("alice", "al", "cloak.example")
    alice.say("#room", "hidden")

    assert (await bob.wait_for("CHGHOST")).params == ["al", "cloak.example"]
    assert (await bob.wait_for_text("hidden")).prefix == "alice!al@cloak.example"


# Names.


async def test_names_fold_as_announced(irc_client: ConnectIrc) -> None:
    async with PlaygroundServer(Settings(casemapping=CaseMapping.RFC1459)) as server:
        await irc_client("alice[1]", server)
        bob = await irc_client("bob", server)

        bob.send("NICK ALICE{1}")

        await bob.wait_for("433")


async def test_brackets_differ_in_ascii(irc_client: ConnectIrc) -> None:
    async with PlaygroundServer(Settings(casemapping=CaseMapping.ASCII)) as server:
        await irc_client("alice[1]", server)
        bob = await irc_client("bob", server)

        bob.send("NICK ALICE{1}")

        await bob.wait_for("NICK")


# Bounds.


async def test_a_long_line_can_close_the_connection(irc_client: ConnectIrc) -> None:
    async with PlaygroundServer(Settings(long_lines=LongLines.CLOSE)) as server:
        alice = await irc_client("alice", server)

        alice.say("#room", "x" * 600)

        await alice.wait_closed()
        assert "Request too long" in alice.lines[-1].text


async def test_a_long_line_can_be_refused(irc_client: ConnectIrc) -> None:
    async with PlaygroundServer(Settings(long_lines=LongLines.REFUSE)) as server:
        alice = await irc_client("alice", server)

        alice.say("alice", "x" * 600)
        await alice.sync()

        await alice.wait_for("417")
        assert alice.messages("alice") == []


async def test_cutting_counts_bytes(server: PlaygroundServer, irc_client: ConnectIrc) -> None:
    alice, bob = await irc_client("alice", server), await irc_client("bob", server)

    alice.say("bob", "你" * 300)

    heard = await bob.wait_for("PRIVMSG")
    assert len(heard.raw.encode("utf-8", "surrogateescape")) <= 510


async def test_more_tags_than_allowed_are_refused(server: PlaygroundServer, irc_client: ConnectIrc) -> None:
    alice = await irc_client("alice", server, caps=["message-tags"])

    alice.send(f"@+x={'y' * 5000} PRIVMSG alice :hello")

    await alice.wait_for("417")


async def test_who_floods_can_be_thrown_out(irc_client: ConnectIrc) -> None:
    async with PlaygroundServer(Settings(flood=FloodLimit(burst=20, per_second=1, close=True))) as server:
        alice = await irc_client("alice", server)

        alice.send(b"\r\n".join(b"PING x" for _ in range(50)))

        await alice.wait_closed()
        assert "Excess Flood" in alice.lines[-1].text


async def test_who_floods_is_slowed_down(irc_client: ConnectIrc) -> None:
    async with PlaygroundServer(Settings(flood=FloodLimit(burst=10, per_second=0.01))) as server:
        alice, bob = await irc_client("alice", server), await irc_client("bob", server)

        alice.send(b"\r\n".join(b"PRIVMSG bob :%d" % number for number in range(50)))

        await bob.wait_for_text("5")
        assert "40" not in bob.messages("bob")


async def test_a_silent_client_is_asked_and_then_let_go() -> None:
    async with PlaygroundServer(Settings(ping_after_s=0.05)) as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(b"NICK alice\r\nUSER alice 0 * :Alice\r\n")

        said = await reader.read()

        writer.close()
        await writer.wait_closed()
        assert b"PING irc.playground\r\n" in said
        assert b"Ping timeout" in said


@pytest.mark.parametrize(
    "line",
    [
        b"\x00\xff\xfe",
        b"@",
        b"@a=b",
        b":",
        b": NICK",
        b":x",
        b"JOIN :a b",
        b"JOIN #\x07",
        b"KICK :a :b",
        b"MODE #room +" + b"k" * 400,
        b"MODE #room +b :a b",
        b"MODE #room +l -1",
        b"MODE #room +l 99999999999",
        b"PRIVMSG : :",
        b"PRIVMSG ,,, :x",
        b"WHO :%",
        b"WHO #room %" + b"z" * 300,
        b"TOPIC #room :\xff\xfe",
        b"NICK :a b",
        b"AUTHENTICATE PLAIN",
        b"CAP REQ :",
        b"CAP LS 999999999999999999999",
        b"CAP LS \xc2\xb2",
        b"USERHOST",
        b"INVITE alice :#no such",
        b"@label=" + b"x" * 300 + b" WHOIS :a b",
        b"NAMES :a b,,#room",
        b"SETNAME :",
        b"@+a\x01b=c TAGMSG alice",
        b"@label=\\r\\n PING x",
        b"@+draft/x=\\r\\n PRIVMSG alice :hidden line ends in a tag",
    ],
)
async def test_odd_lines_do_no_harm(line: bytes, server: PlaygroundServer, irc_client: ConnectIrc) -> None:
    caps = ["message-tags", "labeled-response", "batch", "echo-message"]
    alice = await irc_client("alice", server, caps=caps)
    await alice.join("#room")

    alice.send(line)

    await alice.sync()


# Tricks.


async def test_a_mute_server_takes_everything_and_says_nothing(
    server: PlaygroundServer, irc_client: ConnectIrc
) -> None:
    alice = await irc_client("alice", server)
    server.mute()
    since = alice.mark()

    bob = IrcClient("bob")
    await bob.open(server.host, server.port)
    bob.send("NICK bob")
    bob.send("QUIT")
    alice.send("PING lost")
    alice.send("QUIT")

    await bob.wait_closed()
    await alice.wait_closed()
    await bob.close()
    assert [*bob.lines, *alice.lines[since:]] == []


async def test_a_mute_server_can_speak_again(server: PlaygroundServer, irc_client: ConnectIrc) -> None:
    alice = await irc_client("alice", server)
    server.mute()

    server.unmute()

    await alice.sync()


async def test_nonsense_is_said_to_everybody(server: PlaygroundServer, irc_client: ConnectIrc) -> None:
    alice = await irc_client("alice", server)

    server.say_nonsense()

    await alice.wait_for("999")
    await alice.sync()


async def test_a_dropped_client_quits_for_the_others(
    server: PlaygroundServer, irc_client: ConnectIrc
) -> None:
    alice, bob = await irc_client("alice", server), await irc_client("bob", server)
    await alice.join("#room")
    await bob.join("#room")

    server.drop("alice")

    await alice.wait_closed()
    assert "ERROR" not in [line.command for line in alice.lines]
    assert (await bob.wait_for("QUIT")).source == "alice"


async def test_any_bytes_can_be_said(server: PlaygroundServer, irc_client: ConnectIrc) -> None:
    alice = await irc_client("alice", server)

    server.say_raw("alice", b":x!y@z PRIVMSG alice :\xe9t\xe9\r\n")

    assert (await alice.wait_for("PRIVMSG")).text.encode("utf-8", "surrogateescape") == b"\xe9t\xe9"


async def test_a_restart_forgets_everybody_on_the_same_port(
    server: PlaygroundServer, irc_client: ConnectIrc
) -> None:
    before = await irc_client("alice", server)
    port = server.port

    await server.restart()

    await before.wait_closed()
    after = await irc_client("alice", server)
    await after.sync()
    assert server.port == port


async def test_a_crash_says_no_goodbye(server: PlaygroundServer, irc_client: ConnectIrc) -> None:
    alice = await irc_client("alice", server)

    await server.kill()

    await alice.wait_closed()
    assert "ERROR" not in [line.command for line in alice.lines]
    await server.start()
    await irc_client("alice", server)


async def test_stopping_says_goodbye(server: PlaygroundServer, irc_client: ConnectIrc) -> None:
    alice = await irc_client("alice", server)

    await server.stop()

    await alice.wait_closed()
    assert alice.lines[-1].command == "ERROR"
