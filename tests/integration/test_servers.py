"""The real servers that other tests stand on start, answer, crash and come back."""

import subprocess
from pathlib import Path

import pytest

from bridge.testing.pytest_plugin import (
    ConnectIrc,
    LogInMatrix,
    MakeInspIRCd,
    MakeNgircd,
    MakePostgres,
    MakeSynapse,
)
from bridge.testing.received import NotReceivedError
from bridge.testing.servers import InspIRCd, Ngircd, Postgres, Synapse
from bridge.testing.servers.programs import ServerMissingError, find_program

pytestmark = pytest.mark.integration


def psql(url: str, statement: str) -> str:
    command = [find_program("psql", package="postgresql"), url, "-Atqc", statement]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


async def test_two_matrix_users_talk(matrix_user: LogInMatrix) -> None:
    alice, bob = await matrix_user("alice"), await matrix_user("bob")
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)

    event_id = await alice.say(room_id, "hello 你好")

    event = await bob.wait_for_message("hello", sender=alice.user_id)
    assert (event.event_id, event.body) == (event_id, "hello 你好")


async def test_every_way_of_speaking_arrives_in_order(matrix_user: LogInMatrix) -> None:
    alice = await matrix_user("alice")
    room_id = await alice.create_room()

    first = await alice.say(room_id, "one")
    await alice.reply(room_id, first, "two")
    await alice.edit(room_id, first, "three")
    await alice.act(room_id, "four")
    await alice.notice(room_id, "five")
    await alice.say_html(room_id, "six", "<b>six</b>")
    await alice.send_file(room_id, "seven.txt", b"7", content_type="text/plain")
    reaction = await alice.react(room_id, first, "👍")
    redaction = await alice.redact(room_id, first)

    await alice.wait_for(lambda event: event.event_id == redaction)
    assert reaction in [event.event_id for event in alice.events]
    assert alice.messages(room_id) == ["one", "two", "* three", "four", "five", "six", "seven.txt"]


async def test_a_client_gets_all_of_a_long_burst(matrix_user: LogInMatrix) -> None:
    alice, bob = await matrix_user("alice"), await matrix_user("bob")
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)
    said = [f"line {number}" for number in range(150)]

    for line in said:
        await alice.say(room_id, line)

    await bob.wait_for_message("line 149")
    assert bob.messages(room_id) == said


async def test_synapse_reads_registrations_and_remembers_after_a_crash(
    make_synapse: MakeSynapse, matrix_user: LogInMatrix
) -> None:
    registration = {
        "id": "test",
        "url": None,
        "as_token": "as-token-of-the-test",
        "hs_token": "hs-token-of-the-test",
        "sender_localpart": "bridge",
        "namespaces": {"users": [{"exclusive": True, "regex": "@ghost_.*:localhost"}]},
    }
    server = await make_synapse([registration])
    alice = await matrix_user("alice", on=server)
    room_id = await alice.create_room()
    await alice.say(room_id, "before")

    await server.kill()
    await server.start()
    await alice.say(room_id, "after")

    await alice.wait_for_message("after")
    who = await server.request("GET", "/_matrix/client/v3/account/whoami", token="as-token-of-the-test")
    assert alice.messages(room_id) == ["before", "after"]
    assert who["user_id"] == "@bridge:localhost"


async def test_synapse_runs_on_postgresql(make_synapse: MakeSynapse, postgres_url: str) -> None:
    server = await make_synapse(database_url=postgres_url)

    await server.register_user("alice", admin=True)

    assert psql(postgres_url, "select name, admin from users") == "@alice:localhost|1"


async def test_postgresql_keeps_what_was_committed_before_a_crash(make_postgres: MakePostgres) -> None:
    server = await make_postgres()
    url = await server.new_database_url()
    psql(url, "create table kept (value int)")
    psql(url, "insert into kept values (42)")

    await server.kill()
    await server.start()

    assert psql(url, "select value from kept") == "42"
    assert psql(url, "show fsync") == "on"


def test_each_test_gets_an_empty_database(postgres: Postgres, postgres_url: str) -> None:
    assert psql(postgres_url, "select count(*) from pg_tables where schemaname = 'public'") == "0"
    assert postgres.running


@pytest.mark.parametrize("server_name", ["inspircd", "ngircd"])
async def test_two_irc_clients_talk(
    server_name: str, request: pytest.FixtureRequest, irc_client: ConnectIrc
) -> None:
    server: InspIRCd | Ngircd = request.getfixturevalue(server_name)
    alice, bob = await irc_client("alice1", server), await irc_client("bob1", server)
    await alice.join("#talk")
    await bob.join("#talk")

    alice.say("#talk", "hello 你好")

    line = await bob.wait_for_text("hello")
    assert (line.source, line.target, line.text) == ("alice1", "#talk", "hello 你好")


async def test_inspircd_gives_messages_ids_times_and_echoes(
    inspircd: InspIRCd, irc_client: ConnectIrc
) -> None:
    caps = ["message-tags", "server-time", "echo-message", "labeled-response", "batch"]
    alice = await irc_client("alice2", inspircd, caps=caps)
    await alice.join("#tags")

    alice.send("@label=one PRIVMSG #tags :hi; there")

    line = await alice.wait_for_text("hi; there")
    assert line.tags["label"] == "one"
    assert {"msgid", "time"} <= set(line.tags)


@pytest.mark.parametrize("server_name", ["inspircd", "ngircd"])
async def test_a_thousand_lines_at_once_arrive_without_a_flood_limit(
    server_name: str, request: pytest.FixtureRequest, irc_client: ConnectIrc
) -> None:
    server: InspIRCd | Ngircd = request.getfixturevalue(server_name)
    alice, bob = await irc_client("alice3", server), await irc_client("bob3", server)
    await alice.join("#burst")
    await bob.join("#burst")
    said = [f"line {number}" for number in range(1000)]

    for line in said:
        alice.say("#burst", line)

    await bob.wait_for_text("line 999")
    assert bob.messages("#burst") == said


async def test_inspircd_slows_a_flood_down_by_choice(
    make_inspircd: MakeInspIRCd, irc_client: ConnectIrc
) -> None:
    server = await make_inspircd(flood_limit=True)
    alice, bob = await irc_client("alice", server), await irc_client("bob", server)
    await bob.join("#slow")
    await alice.join("#slow")
    for number in range(15):
        alice.say("#slow", f"line {number}")

    await bob.wait_for_text("line 5")

    assert "line 14" not in bob.messages("#slow")


async def test_an_irc_server_comes_back_on_the_same_port(
    make_ngircd: MakeNgircd, irc_client: ConnectIrc
) -> None:
    server = await make_ngircd()
    before = await irc_client("alice", server)

    await server.kill()
    await before.wait_closed()
    await server.start()

    after = await irc_client("alice", server)
    await after.sync()


async def test_waiting_in_vain_shows_what_came_instead(inspircd: InspIRCd, irc_client: ConnectIrc) -> None:
    alice = await irc_client("alice4", inspircd)

    with pytest.raises(NotReceivedError, match=r"did not come within 0\.05 s(.|\n)*Welcome"):
        await alice.wait_for_text("never said", timeout_s=0.05)


def test_a_missing_program_is_named_with_its_package() -> None:
    with pytest.raises(ServerMissingError, match=r"nosuchircd is not installed: .* apt-get install nosuch"):
        find_program("nosuchircd", package="nosuch")


def test_a_missing_synapse_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRUNKLINE_SYNAPSE_PYTHON", str(tmp_path / "python"))

    with pytest.raises(ServerMissingError, match="run script/test"), Synapse().running_until_done():
        pass
