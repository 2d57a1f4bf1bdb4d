"""The playground's IRC server and the real ones give the same answers."""

import pytest

from tests.contract.irc_servers import EVERY, MODERN, Meeting
from tests.contract.irc_servers import meeting as meeting

on_every_server = pytest.mark.parametrize("meeting", EVERY, indirect=True)
on_modern_servers = pytest.mark.parametrize("meeting", MODERN, indirect=True)


# What the RFC says.


@on_every_server
async def test_the_greeting_names_the_limits(meeting: Meeting) -> None:
    alice = await meeting.arrive("alice")

    tokens = {token for line in alice.lines if line.command == "005" for token in line.params}
    welcome = await alice.wait_for("001")
    assert welcome.target == alice.nick
    assert any(token.startswith("PREFIX=(") for token in tokens)
    assert any(token.startswith("CHANMODES=b") for token in tokens)
    assert any(token.startswith("CASEMAPPING=") for token in tokens)


@on_every_server
async def test_a_message_reaches_the_others_and_not_its_sender(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.join("bob")

    alice.say(meeting.channel, "hello 你好")
    alice.notice(meeting.channel, "a notice")
    alice.act(meeting.channel, "waves")

    await bob.wait_for_text("waves")
    await alice.sync()
    assert bob.messages(meeting.channel) == ["hello 你好", "\x01ACTION waves\x01"]
    assert bob.messages(meeting.channel, "NOTICE") == ["a notice"]
    assert alice.messages(meeting.channel) == []


@on_every_server
async def test_a_private_message_names_its_receiver(meeting: Meeting) -> None:
    alice, bob = await meeting.arrive("alice"), await meeting.arrive("bob")

    alice.say(bob.nick, "psst")

    line = await bob.wait_for_text("psst")
    assert (line.source, line.target) == (alice.nick, bob.nick)
    assert "!" in line.prefix


@on_every_server
async def test_names_shows_ranks_once(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.join("bob")
    alice.send(f"MODE {meeting.channel} +v {alice.nick}")

    await alice.wait_for("MODE", since=0)
    await alice.sync()
    since = bob.mark()
    bob.send(f"NAMES {meeting.channel}")
    await bob.wait_for("366", since=since)

    names = await bob.wait_for("353", since=since)
    assert set(names.text.split()) == {f"@{alice.nick}", bob.nick}


@on_every_server
async def test_comings_and_goings_are_seen(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.join("bob")

    joined = await alice.wait_for(lambda line: line.command == "JOIN" and line.source == bob.nick)
    bob.send(f"PART {meeting.channel} :so long")
    parted = await alice.wait_for("PART")
    await bob.join(meeting.channel)
    await bob.quit("and thanks")
    quitted = await alice.wait_for("QUIT")

    assert joined.target == meeting.channel
    assert (parted.source, parted.target) == (bob.nick, meeting.channel)
    assert "so long" in parted.text
    assert "and thanks" in quitted.text


@on_every_server
async def test_a_new_nick_is_told_to_everyone_once(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.join("bob")
    other = f"{meeting.channel}x"
    await alice.join(other)
    await bob.join(other)

    alice.send(f"NICK {meeting.nick('carol')}")

    await bob.wait_for("NICK")
    await bob.sync()
    assert [line.text for line in bob.lines if line.command == "NICK"] == [meeting.nick("carol")]


@on_every_server
async def test_a_nick_in_use_is_refused_in_any_case(meeting: Meeting) -> None:
    alice, bob = await meeting.arrive("alice"), await meeting.arrive("bob")

    bob.send(f"NICK {alice.nick.upper()}")

    refusal = await bob.wait_for("433")
    assert refusal.params[1] == alice.nick.upper()


@on_every_server
async def test_a_bad_nick_is_refused(meeting: Meeting) -> None:
    alice = await meeting.arrive("alice")

    alice.send("NICK 1:2")

    await alice.wait_for("432")


@on_every_server
async def test_the_topic_is_told_and_remembered(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.join("bob")

    alice.send(f"TOPIC {meeting.channel} :Tea at five 茶")
    changed = await bob.wait_for("TOPIC")
    carol = await meeting.join("carol")

    remembered = await carol.wait_for("332")
    assert (changed.text, remembered.text) == ("Tea at five 茶", "Tea at five 茶")
    await carol.wait_for("333")


@on_every_server
async def test_only_operators_change_a_locked_topic(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.join("bob")
    alice.send(f"MODE {meeting.channel} +t")
    await alice.sync()

    bob.send(f"TOPIC {meeting.channel} :mine")

    assert (await bob.wait_for("482")).params[1] == meeting.channel


@on_every_server
async def test_an_operator_kicks(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.join("bob")
    alice.send(f"MODE {meeting.channel} +n")

    alice.send(f"KICK {meeting.channel} {bob.nick} :enough")

    kick = await bob.wait_for("KICK")
    bob.say(meeting.channel, "still here?")
    await bob.wait_for("404", "442", "403")
    assert (kick.source, kick.params[1], kick.text) == (alice.nick, bob.nick, "enough")


@on_every_server
async def test_only_operators_kick(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.join("bob")

    bob.send(f"KICK {meeting.channel} {alice.nick}")

    await bob.wait_for("482")


@on_every_server
async def test_rank_changes_are_seen(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.join("bob")

    alice.send(f"MODE {meeting.channel} +ov {bob.nick} {bob.nick}")

    change = await bob.wait_for(lambda line: line.command == "MODE" and bob.nick in line.params)
    assert change.params == [meeting.channel, "+ov", bob.nick, bob.nick]


@on_every_server
@pytest.mark.parametrize(
    ("mode", "numeric"), [("+k sesame", "475"), ("+i", "473"), ("+l 1", "471"), ("+b *!*@*", "474")]
)
async def test_a_closed_channel_lets_nobody_in(meeting: Meeting, mode: str, numeric: str) -> None:
    alice, bob = await meeting.join("alice"), await meeting.arrive("bob")
    alice.send(f"MODE {meeting.channel} {mode}")
    await alice.sync()

    bob.send(f"JOIN {meeting.channel}")

    refusal = await bob.wait_for(numeric)
    assert refusal.params[1] == meeting.channel


@on_every_server
async def test_the_key_opens(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.arrive("bob")
    alice.send(f"MODE {meeting.channel} +k sesame")
    await alice.sync()
    bob.send(f"JOIN {meeting.channel} guess")
    await bob.wait_for("475")

    await bob.join(meeting.channel, "sesame")

    await alice.wait_for(lambda line: line.command == "JOIN" and line.source == bob.nick)


@on_every_server
async def test_an_invitation_opens(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.arrive("bob")
    alice.send(f"MODE {meeting.channel} +i")
    alice.send(f"INVITE {bob.nick} {meeting.channel}")

    invitation = await bob.wait_for("INVITE")
    await bob.join(meeting.channel)

    assert (invitation.source, invitation.text) == (alice.nick, meeting.channel)


@on_every_server
async def test_a_moderated_channel_hears_only_the_voiced(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.join("bob")
    alice.send(f"MODE {meeting.channel} +m")
    await bob.wait_for("MODE")

    bob.say(meeting.channel, "may I?")

    assert (await bob.wait_for("404")).params[1] == meeting.channel


@on_every_server
async def test_outsiders_cannot_speak_into_a_channel(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.arrive("bob")
    alice.send(f"MODE {meeting.channel} +n")
    await alice.sync()

    bob.say(meeting.channel, "knock knock")

    await bob.wait_for("404")
    await alice.sync()
    assert alice.messages(meeting.channel) == []


@on_every_server
async def test_an_unknown_nick_is_an_error(meeting: Meeting) -> None:
    alice = await meeting.arrive("alice")

    alice.say(meeting.nick("nobody"), "hello?")

    assert (await alice.wait_for("401")).params[1] == meeting.nick("nobody")


@on_every_server
async def test_a_notice_to_an_unknown_nick_goes_by_in_quiet_or_with_401(meeting: Meeting) -> None:
    """InspIRCd answers 401 here although the RFC forbids it: a client has to bear both."""
    alice = await meeting.arrive("alice")

    alice.notice(meeting.nick("nobody"), "hello?")
    await alice.sync()

    assert "PONG" in [line.command for line in alice.lines]


@on_every_server
async def test_an_unknown_command_is_an_error(meeting: Meeting) -> None:
    alice = await meeting.arrive("alice")

    alice.send("FROBNICATE now")

    assert (await alice.wait_for("421")).params[1] == "FROBNICATE"


@on_every_server
async def test_away_is_told_to_who_writes(meeting: Meeting) -> None:
    alice, bob = await meeting.arrive("alice"), await meeting.arrive("bob")
    bob.send("AWAY :at lunch")
    await bob.wait_for("306")

    alice.say(bob.nick, "there?")

    answer = await alice.wait_for("301")
    assert answer.params[1:] == [bob.nick, "at lunch"]


@on_every_server
async def test_whois_says_who_and_where(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.join("bob")

    alice.send(f"WHOIS {bob.nick}")

    await alice.wait_for("318")
    assert (await alice.wait_for("311")).params[1] == bob.nick
    assert meeting.channel in (await alice.wait_for("319")).text


@on_every_server
async def test_who_lists_a_channel(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.join("bob")

    bob.send(f"WHO {meeting.channel}")

    await bob.wait_for("315")
    rows = {line.params[5]: line.params[6] for line in bob.lines if line.command == "352"}
    assert rows == {alice.nick: "H@", bob.nick: "H"}


@on_every_server
async def test_the_list_shows_channels_with_their_size(meeting: Meeting) -> None:
    await meeting.join("alice")
    bob = await meeting.join("bob")

    bob.send("LIST")

    await bob.wait_for("323")
    row = next(line for line in bob.lines if line.command == "322" and line.params[1] == meeting.channel)
    assert row.params[2] == "2"


@on_every_server
async def test_secret_channels_are_not_listed(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.arrive("bob")
    alice.send(f"MODE {meeting.channel} +s")
    await alice.sync()

    bob.send("LIST")

    await bob.wait_for("323")
    assert meeting.channel not in [line.params[1] for line in bob.lines if line.command == "322"]


@on_every_server
async def test_the_modes_of_a_channel_can_be_asked(meeting: Meeting) -> None:
    alice = await meeting.join("alice")
    alice.send(f"MODE {meeting.channel} +kl sesame 5")

    alice.send(f"MODE {meeting.channel}")

    answer = await alice.wait_for("324")
    assert {"k", "l"} <= set(answer.params[2])
    assert set(answer.params[3:]) == {"sesame", "5"}


@on_every_server
async def test_bans_can_be_listed(meeting: Meeting) -> None:
    alice = await meeting.join("alice")
    alice.send(f"MODE {meeting.channel} +b troll")

    alice.send(f"MODE {meeting.channel} +b")

    await alice.wait_for("368")
    assert (await alice.wait_for("367")).params[2] == "troll!*@*"


@on_every_server
async def test_ison_and_userhost_find_people(meeting: Meeting) -> None:
    alice, bob = await meeting.arrive("alice"), await meeting.arrive("bob")

    alice.send(f"ISON {bob.nick} {meeting.nick('nobody')}")
    alice.send(f"USERHOST {bob.nick}")

    assert (await alice.wait_for("303")).text.strip() == bob.nick
    assert (await alice.wait_for("302")).text.startswith(f"{bob.nick}=+")


@on_every_server
async def test_motd_and_lusers_can_be_asked(meeting: Meeting) -> None:
    alice = await meeting.arrive("alice")
    since = alice.mark()

    alice.send("LUSERS")
    alice.send("MOTD")

    await alice.wait_for("376", since=since)
    await alice.wait_for("251", since=since)


@on_every_server
async def test_quitting_is_confirmed_with_an_error_line(meeting: Meeting) -> None:
    alice = await meeting.arrive("alice")

    await alice.quit()

    assert alice.lines[-1].command == "ERROR"


@on_every_server
async def test_channel_names_know_no_case(meeting: Meeting) -> None:
    alice = await meeting.join("alice")
    bob = await meeting.arrive("bob")

    await bob.join(meeting.channel.upper())

    await alice.wait_for(lambda line: line.command == "JOIN" and line.source == bob.nick)


# What IRCv3 adds.


@on_modern_servers
async def test_capabilities_are_listed_with_the_ones_we_need(meeting: Meeting) -> None:
    alice = await meeting.arrive("alice", "server-time")

    offered = " ".join(line.text for line in alice.lines if line.command == "CAP" and line.params[1] == "LS")
    wanted = {"server-time", "message-tags", "echo-message", "labeled-response", "batch", "multi-prefix"}
    assert wanted <= {word.partition("=")[0] for word in offered.split()}


@on_modern_servers
async def test_an_unknown_capability_is_refused_with_all_that_were_asked(meeting: Meeting) -> None:
    alice = await meeting.arrive("alice")

    alice.send("CAP REQ :server-time no-such-thing")
    refusal = await alice.wait_for("CAP")
    alice.say(alice.nick, "to myself")

    assert refusal.params[1] == "NAK"
    assert "time" not in (await alice.wait_for_text("to myself")).tags


@on_modern_servers
async def test_messages_have_ids_and_times_and_both_sides_see_the_same_id(meeting: Meeting) -> None:
    caps = ("message-tags", "server-time", "echo-message")
    alice, bob = await meeting.join("alice", *caps), await meeting.join("bob", *caps)

    alice.say(meeting.channel, "hello")

    heard, echo = await bob.wait_for_text("hello"), await alice.wait_for_text("hello")
    assert heard.tags["msgid"] == echo.tags["msgid"]
    assert heard.tags["time"].endswith("Z")


@on_modern_servers
async def test_who_has_asked_for_no_tags_gets_none(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice", "message-tags"), await meeting.join("bob")

    alice.send(f"@+draft/reply=x PRIVMSG {meeting.channel} :hello")

    assert (await bob.wait_for_text("hello")).raw.startswith(":")


@on_modern_servers
async def test_tags_of_clients_travel(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice", "message-tags"), await meeting.join("bob", "message-tags")

    alice.send(f"@+draft/reply=abc;dropped=1 PRIVMSG {meeting.channel} :hello")
    alice.send(f"@+draft/react=👍 TAGMSG {meeting.channel}")

    heard, reaction = await bob.wait_for_text("hello"), await bob.wait_for("TAGMSG")
    assert heard.tags["+draft/reply"] == "abc"
    assert "dropped" not in heard.tags
    assert (reaction.tags["+draft/react"], reaction.target) == ("👍", meeting.channel)


@on_modern_servers
async def test_a_label_comes_back_on_the_echo(meeting: Meeting) -> None:
    alice = await meeting.join("alice", "message-tags", "echo-message", "labeled-response", "batch")

    alice.send(f"@label=L1 PRIVMSG {meeting.channel} :hello")

    assert (await alice.wait_for_text("hello")).tags["label"] == "L1"


@on_modern_servers
async def test_a_label_comes_back_on_an_error(meeting: Meeting) -> None:
    alice = await meeting.arrive("alice", "labeled-response", "batch")

    alice.send(f"@label=L1 PRIVMSG {meeting.nick('nobody')} :hello")

    assert (await alice.wait_for("401")).tags["label"] == "L1"


@on_modern_servers
async def test_a_labelled_command_without_an_answer_is_acknowledged(meeting: Meeting) -> None:
    alice = await meeting.join("alice", "labeled-response", "batch")

    alice.send(f"@label=L1 PRIVMSG {meeting.channel} :hello")

    assert (await alice.wait_for("ACK")).tags["label"] == "L1"


@on_modern_servers
async def test_many_lines_to_one_label_come_in_a_batch(meeting: Meeting) -> None:
    alice = await meeting.arrive("alice", "labeled-response", "batch")

    alice.send("@label=L1 MOTD")

    opening = await alice.wait_for(lambda line: line.command == "BATCH" and line.target.startswith("+"))
    name = opening.target[1:]
    await alice.wait_for(lambda line: line.command == "BATCH" and line.target == f"-{name}")
    inside = [line.command for line in alice.lines if line.tags.get("batch") == name]
    assert (opening.tags["label"], opening.params[1]) == ("L1", "labeled-response")
    assert (inside[0], inside[-1]) == ("375", "376")


@on_modern_servers
async def test_names_shows_all_ranks_and_hosts_on_wish(meeting: Meeting) -> None:
    alice = await meeting.join("alice", "multi-prefix", "userhost-in-names")
    alice.send(f"MODE {meeting.channel} +v {alice.nick}")
    since = alice.mark()

    alice.send(f"NAMES {meeting.channel}")

    assert (await alice.wait_for("353", since=since)).text.startswith(f"@+{alice.nick}!")


@on_modern_servers
async def test_joins_say_account_and_real_name_on_wish(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice", "extended-join"), await meeting.join("bob")

    line = await alice.wait_for(lambda line: line.command == "JOIN" and line.source == bob.nick)
    assert line.params == [meeting.channel, "*", bob.nick]


@on_modern_servers
async def test_being_away_is_told_on_wish(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice", "away-notify"), await meeting.join("bob")

    bob.send("AWAY :at lunch")
    gone = await alice.wait_for("AWAY")
    since = alice.mark()
    bob.send("AWAY")
    back = await alice.wait_for("AWAY", since=since)

    assert (gone.source, gone.text) == (bob.nick, "at lunch")
    assert back.params == []


@on_modern_servers
async def test_a_new_real_name_is_told_on_wish(meeting: Meeting) -> None:
    """InspIRCd 3.15 also tells each client its own first name: that one is passed over."""
    alice, bob = await meeting.join("alice", "setname"), await meeting.join("bob", "setname")
    alice_since, bob_since = alice.mark(), bob.mark()

    bob.send("SETNAME :Robert the Bruce")

    told = await alice.wait_for("SETNAME", since=alice_since)
    await bob.wait_for("SETNAME", since=bob_since)
    assert (told.source, told.text) == (bob.nick, "Robert the Bruce")


@on_modern_servers
async def test_operators_see_invitations_on_wish(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice", "invite-notify"), await meeting.join("bob")
    carol = await meeting.arrive("carol")
    alice.send(f"MODE {meeting.channel} +o {bob.nick}")
    await bob.wait_for("MODE")

    bob.send(f"INVITE {carol.nick} {meeting.channel}")

    seen = await alice.wait_for("INVITE")
    assert (seen.source, seen.params) == (bob.nick, [carol.nick, meeting.channel])


@on_modern_servers
async def test_whox_gives_the_fields_in_their_order(meeting: Meeting) -> None:
    alice = await meeting.join("alice")

    alice.send(f"WHO {meeting.channel} %tcnfa,42")

    row = await alice.wait_for("354")
    assert row.params[1:] == ["42", meeting.channel, alice.nick, "H@", "0"]


@on_modern_servers
async def test_a_message_for_operators_is_not_heard_by_others(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.join("bob")
    carol = await meeting.join("carol")

    bob.say(f"@{meeting.channel}", "help")
    bob.say(meeting.channel, "never mind")

    heard = await alice.wait_for_text("help")
    await carol.wait_for_text("never mind")
    assert heard.target == f"@{meeting.channel}"
    assert "help" not in [line.text for line in carol.lines]


@on_modern_servers
async def test_a_long_line_is_cut_and_the_connection_stays(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.join("bob")

    alice.say(meeting.channel, "x" * 600)

    heard = await bob.wait_for_text("xxx")
    await alice.sync()
    assert len(heard.raw.encode()) <= 510
    assert set(heard.text) == {"x"}
    assert len(heard.text) > 400


@on_modern_servers
async def test_talking_to_oneself_is_heard(meeting: Meeting) -> None:
    alice = await meeting.arrive("alice")

    alice.say(alice.nick, "note to self")
    await alice.sync()

    assert alice.messages(alice.nick) == ["note to self"]


@on_modern_servers
async def test_talking_to_oneself_with_echoes(meeting: Meeting) -> None:
    alice = await meeting.arrive("alice", "echo-message")

    alice.say(alice.nick, "note to self")
    await alice.sync()

    assert alice.messages(alice.nick) == ["note to self", "note to self"]
