"""The client against real servers."""

import pytest

from bridge.networks.irc.client_errors import CommandFailed, JoinFailed, SendRefused
from bridge.networks.irc.client_states import Disconnected
from bridge.networks.irc.protocol.events import Delivered, Message, MessageKind, Registered
from bridge.networks.irc.protocol.registration import Identity
from bridge.networks.irc.protocol.session import SessionConfig
from bridge.networks.irc.protocol.split import split_text
from bridge.networks.irc.tests.clients import Server, running_client
from bridge.testing.network_kit import RealClock
from bridge.testing.pytest_plugin import ConnectIrc, MakeInspIRCd, MakeNgircd

pytestmark = pytest.mark.integration


@pytest.fixture(params=["inspircd", "ngircd"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


async def test_a_line_arrives_and_is_confirmed(server: Server, irc_client: ConnectIrc) -> None:
    bob = await irc_client("bobA", server)
    await bob.join("#arrive")
    async with running_client(server, "tlA", RealClock()) as (client, told):
        await told.first(Registered)
        channel = await client.join("#arrive")
        delivered = await client.say("#arrive", "hello, 世界", "t1")
        line = await bob.wait_for_text("hello")
        assert (line.source, line.target, line.text) == ("tlA", "#arrive", "hello, 世界")
        assert delivered.confirmed
        assert "bobA" in channel.members


async def test_inspircd_gives_a_message_id_and_ngircd_gives_none(inspircd: Server, ngircd: Server) -> None:
    async with (
        running_client(inspircd, "tlB", RealClock()) as (rich, rich_told),
        running_client(ngircd, "tlB", RealClock()) as (poor, poor_told),
    ):
        await rich_told.first(Registered)
        await poor_told.first(Registered)
        await rich.join("#ids")
        await poor.join("#ids")
        assert (await rich.say("#ids", "x", "t1")).msgid
        assert await poor.say("#ids", "x", "t1") == Delivered("t1")
        echo = await rich_told.first(Message, lambda message: message.is_echo)
        assert echo.token == "t1"


async def test_four_thousand_chinese_characters_arrive_whole(server: Server, irc_client: ConnectIrc) -> None:
    text = "".join(chr(0x4E00 + number) for number in range(4000))
    bob = await irc_client("bobC", server)
    await bob.join("#long")
    async with running_client(server, "tlC", RealClock()) as (client, told):
        await told.first(Registered)
        await client.join("#long")
        room = client.text_bytes("#long")
        assert room is not None
        pieces = split_text(text, room)
        for number, piece in enumerate(pieces):
            await client.say("#long", piece, f"t{number}")
        await bob.wait_for_text(pieces[-1])
        assert "".join(bob.messages("#long")) == text


async def test_a_line_to_nobody_is_refused(server: Server) -> None:
    async with running_client(server, "tlD", RealClock()) as (client, told):
        await told.first(Registered)
        with pytest.raises(SendRefused) as refused:
            await client.say("nobody", "hello", "t1")
        assert refused.value.code == "401"


async def test_a_moderated_channel_refuses_lines_and_topics(server: Server, irc_client: ConnectIrc) -> None:
    bob = await irc_client("bobE", server)
    await bob.join("#moderated")
    bob.send("MODE #moderated +mt")
    await bob.sync()
    async with running_client(server, "tlE", RealClock()) as (client, told):
        await told.first(Registered)
        await client.join("#moderated")
        with pytest.raises(SendRefused):
            await client.say("#moderated", "hello", "t1")
        with pytest.raises(CommandFailed) as refused:
            await client.set_topic("#moderated", "mine")
        assert refused.value.code == "482"


async def test_a_channel_with_a_key_lets_in_who_has_it(server: Server, irc_client: ConnectIrc) -> None:
    bob = await irc_client("bobF", server)
    await bob.join("#keyed")
    bob.send("MODE #keyed +k secret")
    await bob.sync()
    async with running_client(server, "tlF", RealClock()) as (client, told):
        await told.first(Registered)
        with pytest.raises(JoinFailed) as refused:
            await client.join("#keyed", "wrong")
        assert refused.value.code == "475"
        assert (await client.join("#keyed", "secret")).name == "#keyed"


async def test_topics_kicks_names_and_lists_work(server: Server, irc_client: ConnectIrc) -> None:
    async with running_client(server, "tlG", RealClock()) as (client, told):
        await told.first(Registered)
        await client.join("#things")
        bob = await irc_client("bobG", server)
        await bob.join("#things")
        await client.set_topic("#things", "our topic")
        assert {member.nick for member in await client.names("#things")} == {"tlG", "bobG"}
        listed = await client.list_channels()
        assert [row.members for row in listed if row.name == "#things"] == [2]
        await client.kick("#things", "bobG", "out")
        assert (await bob.wait_for("KICK")).text == "out"
        await client.part("#things", "bye")
        assert client.channel("#things") is None


async def test_kinds_of_speech_arrive_as_such(server: Server, irc_client: ConnectIrc) -> None:
    bob = await irc_client("bobH", server)
    await bob.join("#kinds")
    async with running_client(server, "tlH", RealClock()) as (client, told):
        await told.first(Registered)
        await client.join("#kinds")
        await client.say("#kinds", "waves", "t1", kind=MessageKind.ACTION)
        notice = await client.say("#kinds", "psst", "t2", kind=MessageKind.NOTICE)
        bob.act("#kinds", "nods")
        await told.first(Message, lambda message: message.kind is MessageKind.ACTION and not message.is_echo)
        assert (await bob.wait_for_text("psst", command="NOTICE")).source == "tlH"
        assert bob.messages("#kinds") == ["\x01ACTION waves\x01"]
        assert notice.confirmed == bool(notice.msgid)


async def test_a_nick_in_use_is_varied(server: Server, irc_client: ConnectIrc) -> None:
    await irc_client("tlI", server)
    async with running_client(server, "tlI", RealClock()) as (client, told):
        assert (await told.first(Registered)).nick == "tlI_"
        assert client.nick == "tlI_"


async def test_a_burst_of_lines_stays_within_inspircds_flood_limit(make_inspircd: MakeInspIRCd) -> None:

    server = await make_inspircd(flood_limit=True)
    async with running_client(server, "tlJ", RealClock(), session=SessionConfig(Identity("tlJ"))) as (
        client,
        told,
    ):
        await told.first(Registered)
        await client.join("#burst")
        fates = [await client.say("#burst", f"{number}", f"t{number}") for number in range(8)]
        assert all(fate.confirmed for fate in fates)


async def test_wanted_channels_are_joined_again_after_a_restart_of_the_server(
    make_ngircd: MakeNgircd,
) -> None:
    server = await make_ngircd()
    async with running_client(server, "tlK", RealClock()) as (client, told):
        await told.first(Registered)
        await client.join("#again")
        told.forget()
        await server.restart()
        await told.first(Disconnected)
        await told.first(Registered)
        assert (await client.join("#again")).is_complete
