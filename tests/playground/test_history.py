"""The playground server's CHATHISTORY, as the draft has it.

Spec: https://ircv3.net/specs/extensions/chathistory
"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.playground.ircd import PlaygroundServer, Settings
from bridge.testing.irc_client import IrcClient, IrcLine

CAPS = ("batch", "server-time", "message-tags", "draft/chathistory")


@pytest.fixture
async def reader() -> AsyncIterator[IrcClient]:
    """Somebody in a channel where lines were said before they came, each at a time of its own."""
    async with PlaygroundServer(Settings(history_lines=5)) as server:
        bob = await IrcClient("bob").connect(server.host, server.port)
        await bob.join("#a")
        for number in range(6):
            bob.say("#a", f"line {number}")
            await bob.sync()
            await asyncio.sleep(0.002)
        await bob.close()
        client = await IrcClient("reader").connect(server.host, server.port, caps=CAPS)
        await client.join("#a")
        yield client
        await client.close()


async def ask(client: IrcClient, words: str) -> list[IrcLine]:
    """The lines that the server answers with."""
    before = len(client.lines)
    client.send(f"CHATHISTORY {words}")
    await client.sync()
    return [line for line in client.lines[before:] if line.command != "PONG"]


async def texts(client: IrcClient, words: str) -> str:
    """The numbers of the lines that the server answers with."""
    return " ".join(
        line.text.removeprefix("line ") for line in await ask(client, words) if line.command == "PRIVMSG"
    )


async def named(client: IrcClient, number: int, tag: str) -> str:
    page = [line for line in await ask(client, "LATEST #a * 50") if line.command == "PRIVMSG"]
    return f"{'timestamp' if tag == 'time' else tag}={page[number - 1].tags[tag]}"


async def test_a_page_is_a_batch_of_lines_with_their_own_time_and_id(reader: IrcClient) -> None:
    opening, *lines, ending = await ask(reader, "LATEST #a * 2")
    assert [opening.command, opening.params[1:]] == ["BATCH", ["chathistory", "#a"]]
    assert ending.params == [f"-{opening.params[0][1:]}"]
    assert {line.tags["batch"] for line in lines} == {opening.params[0][1:]}
    assert all({"time", "msgid"} <= set(line.tags) for line in lines)
    assert lines[0].tags["time"] < lines[1].tags["time"]


async def test_only_the_newest_lines_are_kept_and_told_oldest_first(reader: IrcClient) -> None:
    assert await texts(reader, "LATEST #a * 50") == "1 2 3 4 5"


async def test_latest_are_the_newest_of_those_behind_a_point(reader: IrcClient) -> None:
    two = await named(reader, 2, "msgid")
    assert await texts(reader, f"LATEST #a {two} 2") == "4 5"
    assert await texts(reader, f"LATEST #a {two} 50") == "3 4 5"


@pytest.mark.parametrize("tag", ["msgid", "time"])
async def test_before_and_after_leave_the_point_itself_out(reader: IrcClient, tag: str) -> None:
    three = await named(reader, 3, tag)
    assert await texts(reader, f"BEFORE #a {three} 1") == "2"
    assert await texts(reader, f"AFTER #a {three} 1") == "4"
    assert await texts(reader, f"BEFORE #a {three} 50") == "1 2"
    assert await texts(reader, f"AFTER #a {three} 50") == "4 5"


@pytest.mark.parametrize("tag", ["msgid", "time"])
async def test_between_counts_from_the_first_point(reader: IrcClient, tag: str) -> None:
    one, five = await named(reader, 1, tag), await named(reader, 5, tag)
    assert await texts(reader, f"BETWEEN #a {one} {five} 2") == "2 3"
    assert await texts(reader, f"BETWEEN #a {five} {one} 2") == "3 4"
    assert await texts(reader, f"BETWEEN #a {one} {five} 50") == "2 3 4"


async def test_around_a_point_are_lines_of_both_sides_and_itself(reader: IrcClient) -> None:
    three = await named(reader, 3, "msgid")
    assert await texts(reader, f"AROUND #a {three} 3") == "2 3 4"


async def test_a_page_of_nothing_is_an_empty_batch(reader: IrcClient) -> None:
    one = await named(reader, 1, "msgid")
    assert [line.command for line in await ask(reader, f"BEFORE #a {one} 50")] == ["BATCH", "BATCH"]


async def test_targets_are_the_channels_in_which_something_was_said(reader: IrcClient) -> None:
    _, target, _ = await ask(
        reader, "TARGETS timestamp=2020-01-01T00:00:00.000Z timestamp=2999-01-01T00:00:00.000Z 50"
    )
    assert [target.command, target.params[:2]] == ["CHATHISTORY", ["TARGETS", "#a"]]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("LATEST #elsewhere * 50", ["INVALID_TARGET", "LATEST", "#elsewhere"]),
        ("LATEST #a", ["INVALID_PARAMS", "LATEST"]),
        ("LATEST #a * many", ["INVALID_PARAMS", "LATEST"]),
        ("BEFORE #a id=3 50", ["INVALID_MSGREFTYPE", "BEFORE", "#a", "id=3"]),
        ("BEFORE #a msgid=none 50", ["INVALID_PARAMS", "BEFORE", "#a", "msgid=none"]),
        ("BEFORE #a timestamp=noon 50", ["INVALID_PARAMS", "BEFORE", "#a", "timestamp=noon"]),
        ("EVERYTHING #a", ["UNKNOWN_COMMAND", "EVERYTHING"]),
    ],
)
async def test_a_bad_question_fails_with_its_code(reader: IrcClient, words: str, answer: list[str]) -> None:
    [failure] = await ask(reader, words)
    assert [failure.command, failure.params[:-1]] == ["FAIL", ["CHATHISTORY", *answer]]


async def test_a_labelled_question_has_its_page_in_a_batch_of_its_own() -> None:
    async with PlaygroundServer() as server:
        client = await IrcClient("reader").connect(
            server.host, server.port, caps=(*CAPS, "labeled-response", "echo-message")
        )
        await client.join("#a")
        client.say("#a", "hello")
        await client.sync()
        before = len(client.lines)
        client.send("@label=x CHATHISTORY LATEST #a * 5")
        await client.sync()
        outer, inner, line, *_ = client.lines[before:]
        await client.close()
        assert (outer.tags["label"], outer.params[1]) == ("x", "labeled-response")
        assert inner.tags["batch"] == outer.params[0][1:]
        assert line.tags["batch"] == inner.params[0][1:]


async def test_without_the_capability_the_command_is_unknown() -> None:
    async with PlaygroundServer() as server:
        client = await IrcClient("old").connect(server.host, server.port)
        await client.join("#a")
        [answer] = await ask(client, "LATEST #a * 5")
        await client.close()
        assert answer.command == "421"
