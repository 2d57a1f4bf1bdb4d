"""The session between two peers over a pretend wire."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bridge.networks.irc.protocol.batches import MAX_AGE_S
from bridge.networks.irc.protocol.events import (
    ChannelsListed,
    HistoryReceived,
    Invited,
    Joined,
    JoinForwarded,
    JoinRefused,
    Kicked,
    ListedChannel,
    Member,
    MemberUpdated,
    Message,
    MessageKind,
    ModeChange,
    ModeChanged,
    NamesReceived,
    NickChanged,
    Nonsense,
    OtherLine,
    Parted,
    Pong,
    Quit,
    TimedOut,
    TopicChanged,
)
from bridge.networks.irc.protocol.flood import FloodLimits
from bridge.networks.irc.protocol.line import Line, Source
from bridge.networks.irc.tests.wire import ALL_CAPS, in_channel, registered

BOB = Source("bob", "b", "h")


# --- life ---


def test_ping_is_answered_before_everything_else() -> None:
    wire = in_channel(flood=FloodLimits(burst=20, per_second=1))
    for number in range(40):
        wire.session.say("#a", "x", token=f"{number}")
    wire.flush()
    wire.session.receive(b"PING :are you there\r\n", wire.now)
    assert wire.flush() == [Line("PONG", ("are you there",))]


def test_a_strange_ping_is_answered_all_the_same() -> None:
    wire = registered()
    wire.hear("PING", "PING :" + "é" * 1000)
    assert [len(line.param(0).encode()) for line in wire.written("PONG")] == [0, 400]


def test_a_silent_server_is_asked_and_then_given_up() -> None:
    wire = registered()
    assert wire.turn(61) == []
    assert wire.sent[-1].command == "PING"
    assert wire.turn(60) == [TimedOut("the server did not answer our PING")]


def test_an_answer_to_our_ping_keeps_the_connection_and_tells_the_round_trip() -> None:
    wire = registered()
    wire.turn(60)
    wire.turn(0.25)
    mark = wire.sent[-1].param(0)
    assert wire.hear(f":s PONG s {mark}") == [Pong(0.25, mark)]
    assert wire.turn(59) == []


def test_lines_keep_to_the_flood_limit() -> None:
    wire = registered("echo-message", flood=FloodLimits(burst=10, per_second=1))
    used = len(wire.sent)
    for number in range(12):
        wire.session.say("#a", f"{number}", token=f"{number}")
    assert len(wire.flush()) == 10 - used
    wire.turn(3)
    assert len(wire.written("PRIVMSG")) == 10 - used + 3


def test_one_long_paste_does_not_hold_up_another_conversation() -> None:
    wire = registered("echo-message", flood=FloodLimits(burst=8, per_second=1))
    for number in range(5):
        wire.session.say("#a", f"{number}", token=f"a{number}")
    wire.session.say("#b", "short", token="b")
    wire.turn(3)
    said = [(line.param(0), line.param(1)) for line in wire.written("PRIVMSG")]
    assert said[:3] == [("#a", "0"), ("#b", "short"), ("#a", "1")]


def test_nonsense_is_counted_and_survived() -> None:
    wire = registered()
    assert wire.hear("!!!", "@x", ":only") == [Nonsense(1), Nonsense(2), Nonsense(3)]
    assert wire.hear("FOO bar") == [OtherLine(Line("FOO", ("bar",)))]


@given(st.lists(st.binary(max_size=80), max_size=20))
def test_no_bytes_break_a_session(chunks: list[bytes]) -> None:
    wire = in_channel(ALL_CAPS)
    for chunk in chunks:
        wire.session.receive(chunk + b"\r\n", wire.now)
        wire.flush()


VERBS = st.from_regex(
    r"JOIN|PART|KICK|QUIT|NICK|TOPIC|MODE|PRIVMSG|NOTICE|TAGMSG|BATCH|CAP|PONG|PING|ERROR|INVITE|FAIL|ACK"
    r"|ACCOUNT|AWAY|CHGHOST|SETNAME|AUTHENTICATE|00[15]|32[234]|33[123]|353|366|[39][79]6|40[134]|411|4[37]3"
    r"|437|47[01]|482|90[0-8]",
    fullmatch=True,
)
PARAMS = st.sampled_from(
    [
        "tl",
        "#a",
        "bob",
        "@bob +x",
        "+1",
        "-1",
        "*",
        "+o-k",
        "labeled-response",
        "chathistory",
        "t1",
        "9" * 30,
        "",
    ]
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "@label=t1 ", "@batch=1 ", "@time=x;batch=1 ", "@label=t1;batch=2 "]),
            st.sampled_from(["", ":s ", ":tl!u@h ", ":bob!b@h ", ":x "]),
            VERBS,
            st.lists(PARAMS, max_size=5),
        ),
        max_size=30,
    ),
    st.sampled_from(["", ALL_CAPS, "echo-message"]),
)
def test_no_lines_break_a_session_and_every_token_has_one_fate(
    lines: list[tuple[str, str, str, list[str]]], caps: str
) -> None:
    wire = in_channel(caps)
    wire.session.say("#a", "one", token="x")
    wire.flush()
    wire.session.say("bob", "two", token="y")
    for tags, source, command, params in lines:
        middle = [param.replace(" ", "_") or "*" for param in params[:-1]]
        wire.hear(f"{tags}{source}{' '.join([command, *middle])} :{params[-1] if params else ''}")
    wire.turn(200)
    wire.events += wire.session.lost(wire.now)
    ended = [
        event.token for event in wire.events if hasattr(event, "token") and not isinstance(event, Message)
    ]
    assert sorted(ended) == ["x", "y"]


# --- speech ---


def test_speech_of_all_kinds_is_told_apart() -> None:
    wire = in_channel(ALL_CAPS)
    events = wire.hear(
        "@msgid=m1;account=bobby;time=2026-11-23T10:00:00.000Z :bob!b@h PRIVMSG #a :hello",
        ":bob!b@h NOTICE #a :psst",
        ":bob!b@h PRIVMSG #a :\x01ACTION waves\x01",
        ":bob!b@h PRIVMSG tl :\x01VERSION\x01",
        ":bob!b@h NOTICE tl :\x01VERSION mine\x01",
        "@+draft/react=👍 :bob!b@h TAGMSG #a",
    )
    assert [(event.kind, event.text) for event in events if isinstance(event, Message)] == [
        (MessageKind.PRIVMSG, "hello"),
        (MessageKind.NOTICE, "psst"),
        (MessageKind.ACTION, "waves"),
        (MessageKind.CTCP, "VERSION"),
        (MessageKind.CTCP_REPLY, "VERSION mine"),
        (MessageKind.TAGMSG, ""),
    ]
    first = events[0]
    assert isinstance(first, Message)
    assert (first.source, first.msgid, first.account) == (BOB, "m1", "bobby")
    assert first.server_time == datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_a_version_request_is_answered_but_not_from_a_channel() -> None:
    wire = in_channel()
    wire.hear(":bob!b@h PRIVMSG #a :\x01VERSION\x01", ":bob!b@h PRIVMSG tl :\x01VERSION\x01")
    assert wire.written("NOTICE") == [Line("NOTICE", ("bob", "\x01VERSION Trunkline\x01"))]


def test_many_ctcp_requests_do_not_flood_us_out() -> None:
    wire = in_channel(flood=FloodLimits(burst=5, per_second=0.001))
    wire.hear(*[":bob!b@h PRIVMSG tl :\x01VERSION\x01"] * 100)
    wire.turn(10_000)
    assert len(wire.written("NOTICE")) <= 8


def test_rank_symbols_are_taken_off_the_target() -> None:
    wire = in_channel(isupport="STATUSMSG=@+ CASEMAPPING=ascii")
    (message,) = wire.hear(":bob!b@h PRIVMSG @#a :ops only")
    assert isinstance(message, Message)
    assert (message.status, message.target) == ("@", "#a")


def test_history_is_told_as_history() -> None:
    wire = in_channel(ALL_CAPS)
    wire.hear(":s BATCH +h chathistory #a", "@batch=h :bob!b@h PRIVMSG #a :old")
    assert wire.events == []
    (history,) = wire.hear(":s BATCH -h")
    assert isinstance(history, HistoryReceived)
    assert history.target == "#a"
    assert [(message.text, message.is_historical) for message in history.messages] == [("old", True)]


def test_who_joined_long_ago_is_no_member_now() -> None:
    """The JOINs and NICKs of a history were taken for news."""
    wire = in_channel(ALL_CAPS)
    before = set(wire.session.channels["#a"].members)
    wire.hear(":s BATCH +h chathistory #a", "@batch=h :eve!e@h JOIN #a", ":s BATCH -h")
    assert set(wire.session.channels["#a"].members) == before


def test_a_batch_that_never_ends_is_given_out_in_time() -> None:
    wire = in_channel(ALL_CAPS)
    wire.hear(":s BATCH +h chathistory #a", "@batch=h :bob!b@h PRIVMSG #a :old")
    assert [type(event) for event in wire.turn(MAX_AGE_S + 1)] == [HistoryReceived]


def test_what_an_open_batch_holds_is_told_when_the_connection_ends() -> None:
    wire = in_channel(ALL_CAPS)
    wire.hear(":s BATCH +o x", "@batch=o :s BATCH +i chathistory #a", "@batch=i :bob!b@h PRIVMSG #a :old")
    assert [type(event) for event in wire.session.lost(wire.now)] == [HistoryReceived]


def test_a_net_split_is_told_with_its_quits() -> None:
    wire = in_channel(ALL_CAPS)
    events = wire.hear(":s BATCH +1 netsplit a.b c.d", "@batch=1 :bob!b@h QUIT :a.b c.d", ":s BATCH -1")
    assert events == [Quit(BOB, "a.b c.d", ("#a",), is_netsplit=True)]


# --- channels ---


def test_members_are_known_after_joining() -> None:
    wire = in_channel("multi-prefix userhost-in-names")
    events = wire.hear(":s 353 tl = #a :tl!~u@host.test @+bob!b@h", ":s 366 tl #A :End")
    members = (Member("tl", "", "~u", "host.test"), Member("bob", "@+", "b", "h"))
    assert events == [NamesReceived("#a", members)]
    assert tuple(wire.session.channels["#A"].members.values()) == members


def test_people_come_rename_and_go() -> None:
    wire = in_channel("extended-join")
    assert wire.hear(":dan!d@h JOIN #a acc :Dan D") == [
        Joined("#a", Source("dan", "d", "h"), False, "acc", "Dan D")
    ]
    assert wire.hear(":dan!d@h NICK Daniel") == [
        NickChanged(Source("dan", "d", "h"), "dan", "Daniel", False, ("#a",))
    ]
    assert "daniel" in wire.session.channels["#a"].members
    assert wire.hear(":Daniel!d@h PART #a :bye") == [
        Parted("#a", Source("Daniel", "d", "h"), "bye", is_self=False)
    ]
    assert wire.hear(":s KICK #a carol :out") == [Kicked("#a", Source("s"), "carol", "out", is_self=False)]
    assert wire.hear(":bob!b@h QUIT :gone") == [Quit(BOB, "gone", ("#a",))]
    assert list(wire.session.channels["#a"].members) == ["tl"]


def test_being_kicked_forgets_the_channel() -> None:
    wire = in_channel()
    (kicked,) = wire.hear(":bob!b@h KICK #A TL :out")
    assert isinstance(kicked, Kicked)
    assert kicked.is_self
    assert "#a" not in wire.session.channels


def test_our_own_nick_is_followed() -> None:
    wire = in_channel()
    wire.hear(":tl!~u@host.test NICK other")
    assert wire.session.nick == "other"
    (echo,) = wire.hear(":other!~u@host.test PRIVMSG #a :hi")
    assert isinstance(echo, Message)
    assert echo.is_echo


def test_a_new_host_of_ours_changes_the_room_for_text() -> None:
    wire = in_channel()
    before = wire.session.text_bytes("#a")
    wire.hear(":s 396 tl cloak.of.some.length :is now your hidden host")
    assert wire.session.text_bytes("#a") == before - len("cloak.of.some.length") + len("host.test")
    wire.hear(":tl!~u@x CHGHOST u2 h2")
    assert wire.session.text_bytes("#a") == 512 - len(":tl!u2@h2 PRIVMSG #a :\r\n")


def test_ranks_follow_modes() -> None:
    wire = in_channel(isupport="PREFIX=(qov)~@+ CHANMODES=be,k,l,imnst CASEMAPPING=ascii")
    events = wire.hear(":bob!b@h MODE #a +ovkl-b carol bob key 5 *!*@x")
    assert events == [
        ModeChanged(
            "#a",
            BOB,
            (
                ModeChange(True, "o", "carol"),
                ModeChange(True, "v", "bob"),
                ModeChange(True, "k", "key"),
                ModeChange(True, "l", "5"),
                ModeChange(False, "b", "*!*@x"),
            ),
        )
    ]
    channel = wire.session.channels["#a"]
    assert (channel.members["carol"].symbols, channel.members["bob"].symbols) == ("@+", "@+")
    assert channel.modes == {"k": "key", "l": "5"}
    wire.hear(":bob!b@h MODE #a -lo carol")
    assert channel.modes == {"k": "key"}
    assert channel.members["carol"].symbols == "+"


def test_topics_are_told_and_kept() -> None:
    wire = in_channel()
    wire.hear(":s 332 tl #a :old", ":s 333 tl #a bob!b@h 1700000000")
    channel = wire.session.channels["#a"]
    assert (channel.topic, channel.topic_setter) == ("old", "bob")
    assert channel.topic_set_at == datetime.fromtimestamp(1700000000, UTC)
    assert wire.hear(":bob!b@h TOPIC #a :new") == [TopicChanged("#a", "new", "bob", None, is_new=True)]


def test_accounts_and_away_states_are_followed() -> None:
    wire = in_channel("account-notify away-notify")
    (event,) = wire.hear(":bob!b@h ACCOUNT bobby")
    assert isinstance(event, MemberUpdated)
    assert (event.member.account, event.channels) == ("bobby", ("#a",))
    wire.hear(":bob!b@h AWAY :gone", ":bob!b@h ACCOUNT *")
    member = wire.session.channels["#a"].members["bob"]
    assert (member.is_away, member.account) == (True, None)


def test_joins_are_refused_or_forwarded_in_the_servers_words() -> None:
    wire = registered()
    for channel in ("#full", "#from"):
        wire.session.join(channel)
    assert wire.hear(":s 471 tl #full :Cannot join (+l)", ":s 470 tl #from #to :Forwarding") == [
        JoinRefused("#full", "471", "Cannot join (+l)"),
        JoinForwarded("#from", "#to", "Forwarding"),
    ]


def test_many_joins_take_few_lines_and_keep_their_keys() -> None:
    wire = registered()
    wire.session.join_many({"#a": None, "#b": "key", **{f"#c{number}": None for number in range(15)}})
    lines = wire.flush()
    assert [len(line.param(0).split(",")) for line in lines] == [10, 7]
    assert (lines[0].param(0).split(",")[0], lines[0].param(1)) == ("#b", "key")


def test_invitations_and_the_channel_list_are_told() -> None:
    wire = registered()
    assert wire.hear(":bob!b@h INVITE tl #b") == [Invited("#b", BOB, "tl", is_self=True)]
    wire.session.list_channels()
    assert wire.hear(":s 321 tl Channel :Users Name", ":s 322 tl #a 7 :[+nt] topic", ":s 323 tl :End") == [
        ChannelsListed((ListedChannel("#a", 7, "[+nt] topic"),), is_cut=False)
    ]
