"""What becomes of each chat line: the promise that every one gets exactly one fate."""

from datetime import UTC, datetime

import pytest

from bridge.networks.irc.protocol.events import (
    CannotSend,
    CommandRefused,
    Delivered,
    Fate,
    Message,
    MessageKind,
    NotSent,
    Refused,
    Unknown,
)
from bridge.networks.irc.protocol.flood import FloodLimits
from bridge.networks.irc.protocol.line import InvalidLine, Line, LineTooLong
from bridge.networks.irc.protocol.registration import Identity
from bridge.networks.irc.protocol.session import NotRegistered, Session, SessionConfig
from bridge.networks.irc.tests.wire import ALL_CAPS, ECHO_CAPS, Wire, in_channel, registered

OUR = ":tl!~u@host.test"


def say(wire: Wire, *tokens: str, target: str = "#a", kind: MessageKind = MessageKind.PRIVMSG) -> None:
    for token in tokens:
        wire.session.say(target, f"text of {token}", token=token, kind=kind)
    wire.flush()


def fates(wire: Wire) -> list[Fate]:
    return [event for event in wire.events if isinstance(event, Delivered | Refused | Unknown | NotSent)]


# --- labels ---


def test_a_labelled_echo_is_delivery_with_its_id_and_time() -> None:
    wire = in_channel(ALL_CAPS)
    say(wire, "x")
    label = wire.sent[-1].tags["label"]
    message, fate = wire.hear(
        f"@label={label};msgid=abc;time=2026-11-23T14:13:39.492Z {OUR} PRIVMSG #a :text of x"
    )
    assert fate == Delivered("x", "abc", datetime(2026, 11, 23, 14, 13, 39, 492000, UTC))
    assert isinstance(message, Message)
    assert (message.is_echo, message.token, message.msgid) == (True, "x", "abc")


def test_a_labelled_error_is_refusal() -> None:
    wire = in_channel(ALL_CAPS)
    say(wire, "x", "y")
    label = wire.sent[-2].tags["label"]
    assert wire.hear(f"@label={label} :s 404 tl #a :Cannot send") == [Refused("x", "404", "Cannot send")]


def test_a_failure_in_words_is_refusal() -> None:
    wire = in_channel(ALL_CAPS)
    say(wire, "x")
    label = wire.sent[-1].tags["label"]
    assert wire.hear(f"@label={label} FAIL PRIVMSG SPAM #a :No") == [Refused("x", "SPAM", "No")]


def test_an_echo_in_a_batch_of_answers_is_delivery() -> None:
    wire = in_channel(ALL_CAPS)
    say(wire, "x", target="bob")
    label = wire.sent[-1].tags["label"]
    wire.hear(
        f"@label={label} :s BATCH +1 labeled-response",
        "@batch=1 :s 301 tl bob :gone",
        f"@batch=1;msgid=m {OUR} PRIVMSG bob :text of x",
        ":s BATCH -1",
    )
    assert fates(wire) == [Delivered("x", "m")]


def test_a_bare_acknowledgement_without_an_echo_proves_nothing() -> None:
    wire = in_channel(ALL_CAPS)
    say(wire, "x")
    wire.hear(f"@label={wire.sent[-1].tags['label']} :s ACK")
    assert fates(wire) == [Unknown("x", "the server took the line but did not echo it")]


def test_a_bare_acknowledgement_is_delivery_where_nothing_is_echoed() -> None:
    wire = in_channel("batch labeled-response message-tags")
    say(wire, "x")
    wire.hear(f"@label={wire.sent[-1].tags['label']} :s ACK")
    assert fates(wire) == [Delivered("x")]


def test_an_error_without_a_label_belongs_to_no_labelled_line() -> None:
    wire = in_channel(ALL_CAPS)
    say(wire, "x")
    assert wire.hear(":s 404 tl #a :Cannot send") == [CannotSend("#a", "404", "Cannot send")]


# --- echoes ---


def test_echoes_settle_lines_of_the_same_text_in_order() -> None:
    wire = in_channel(ECHO_CAPS)
    wire.session.say("#a", "same", token="x")
    wire.session.say("#A", "same", token="y")
    wire.flush()
    wire.hear(f"@msgid=1 {OUR} PRIVMSG #a :same", f"@msgid=2 {OUR} PRIVMSG #a :same")
    assert fates(wire) == [Delivered("x", "1"), Delivered("y", "2")]


def test_an_echo_without_its_colours_still_counts() -> None:
    wire = in_channel(ECHO_CAPS)
    wire.session.say("#a", "\x02bold\x02 text", token="x")
    wire.flush()
    wire.hear(f"{OUR} PRIVMSG #a :bold text")
    assert fates(wire) == [Delivered("x")]


def test_an_echo_of_another_text_settles_nothing() -> None:
    wire = in_channel(ECHO_CAPS)
    say(wire, "x")
    wire.hear(f"{OUR} PRIVMSG #a :something else", ":bob!b@h PRIVMSG #a :text of x")
    assert fates(wire) == []


def test_an_error_refuses_the_oldest_line_to_its_target() -> None:
    wire = in_channel(ECHO_CAPS)
    say(wire, "other", target="bob")
    say(wire, "x", "y")
    wire.hear(":s 404 tl #a :Cannot send")
    assert fates(wire) == [Refused("x", "404", "Cannot send")]


# --- barriers ---


def test_a_pong_behind_a_line_is_its_delivery() -> None:
    wire = in_channel()
    say(wire, "x")
    assert [line.command for line in wire.sent[-2:]] == ["PRIVMSG", "PING"]
    wire.hear(f":s PONG s {wire.sent[-1].param(0)}")
    assert fates(wire) == [Delivered("x")]


def test_two_lines_share_a_barrier_and_a_third_waits_for_its_answer() -> None:
    wire = in_channel()
    for token in "xyz":
        wire.session.say("#a", token, token=token)
    assert [line.command for line in wire.flush()] == ["PRIVMSG", "PRIVMSG", "PING"]
    assert wire.session.next_wakeup(wire.now) != wire.now
    wire.hear(f":s PONG s {wire.sent[-1].param(0)}")
    assert fates(wire) == [Delivered("x"), Delivered("y")]
    assert [line.command for line in wire.sent[-2:]] == ["PRIVMSG", "PING"]


def test_a_line_behind_a_barrier_gets_one_of_its_own() -> None:
    wire = in_channel()
    say(wire, "x")
    first = wire.sent[-1].param(0)
    say(wire, "y")
    second = wire.sent[-1].param(0)
    wire.hear(f":s PONG s {first}")
    assert fates(wire) == [Delivered("x")]
    wire.hear(f":s PONG s {second}")
    assert fates(wire) == [Delivered("x"), Delivered("y")]


def test_barriers_cost_no_turn_of_a_line() -> None:
    wire = in_channel(flood=FloodLimits(burst=10, per_second=1))
    wire.turn(60)
    for token in "abcdefgh":
        say(wire, token)
        wire.hear(f":s PONG s {wire.sent[-1].param(0)}")
    assert len(fates(wire)) == 8


def test_barriers_cost_a_turn_where_the_server_called_us_a_flood() -> None:
    wire = in_channel(flood=FloodLimits(burst=16, per_second=2).slowed())
    wire.turn(50)
    for token in "abcd":
        say(wire, token)
        wire.hear(f":s PONG s {wire.sent[-1].param(0)}")
    say(wire, "e")
    assert len(wire.written("PRIVMSG")) == 4
    wire.turn(1)
    assert len(wire.written("PRIVMSG")) == 5


def test_a_server_that_echoes_late_is_not_heaped_with_lines() -> None:
    wire = in_channel(ECHO_CAPS, flood=FloodLimits(burst=10, per_second=100))
    for number in range(20):
        wire.session.say("#a", f"{number}", token=f"t{number}")
    wire.turn(5)
    assert len(wire.written("PRIVMSG")) == 10
    wire.hear(f"{OUR} PRIVMSG #a :0", f"{OUR} PRIVMSG #a :1")
    wire.turn(5)
    assert len(wire.written("PRIVMSG")) == 12


def test_an_error_before_the_pong_refuses_the_only_line_to_its_target() -> None:
    wire = in_channel()
    wire.session.say("bob", "1", token="x")
    wire.session.say("#a", "2", token="y")
    wire.flush()
    wire.hear(":s 401 tl bob :No such nick", f":s PONG s {wire.sent[-1].param(0)}")
    assert fates(wire) == [Refused("x", "401", "No such nick"), Delivered("y")]


def test_as_many_errors_as_lines_refuse_them_all() -> None:
    wire = in_channel()
    wire.session.say("#a", "1", token="x")
    wire.session.say("#a", "2", token="y")
    wire.flush()
    wire.hear(*[":s 404 tl #a :No"] * 2, f":s PONG s {wire.sent[-1].param(0)}")
    assert fates(wire) == [Refused("x", "404", "No"), Refused("y", "404", "No")]


def test_fewer_errors_than_lines_leave_them_unknown() -> None:
    wire = in_channel()
    wire.session.say("#a", "1", token="x")
    wire.session.say("#a", "2", token="y")
    wire.flush()
    wire.hear(":s 404 tl #a :No", f":s PONG s {wire.sent[-1].param(0)}")
    assert [type(fate) for fate in fates(wire)] == [Unknown, Unknown]


def test_silence_about_a_notice_is_no_confirmation() -> None:
    wire = in_channel()
    say(wire, "x", kind=MessageKind.NOTICE)
    wire.hear(f":s PONG s {wire.sent[-1].param(0)}")
    assert fates(wire) == [Delivered("x", confirmed=False)]


def test_an_error_about_a_topic_is_not_taken_for_one_about_a_line() -> None:
    wire = in_channel()
    wire.session.set_topic("#a", "new")
    say(wire, "x")
    wire.hear(":s 482 tl #a :Not an operator", f":s PONG s {wire.sent[-1].param(0)}")
    assert wire.events[0] == CommandRefused("482", "#a", "Not an operator")
    assert fates(wire) == [Delivered("x")]


# --- ends ---


@pytest.mark.parametrize("caps", [ALL_CAPS, ECHO_CAPS, ""])
def test_lines_in_flight_are_unknown_when_the_connection_ends(caps: str) -> None:
    wire = in_channel(caps)
    say(wire, "x")
    wire.session.say("#a", "never left", token="y")
    assert wire.session.lost(wire.now, "gone") == [Unknown("x", "gone"), NotSent("y", "gone")]
    assert wire.session.lost(wire.now, "gone") == []


@pytest.mark.parametrize("caps", [ALL_CAPS, ECHO_CAPS, ""])
def test_a_line_without_an_answer_is_unknown_after_a_minute(caps: str) -> None:
    wire = in_channel(caps)
    say(wire, "x")
    wire.turn(59)
    wire.hear(":s NOTICE tl :still here")
    wire.turn(2)
    assert fates(wire) == [Unknown("x", "the server did not answer in time")]


def test_a_line_that_waits_for_its_turn_can_be_taken_back() -> None:
    wire = in_channel(flood=FloodLimits(burst=1, per_second=0.001))
    wire.session.say("#a", "1", token="x")
    assert wire.session.cancel("x")
    assert not wire.session.cancel("x")
    wire.turn(5000)
    assert wire.written("PRIVMSG") == []


def test_a_line_that_was_handed_over_cannot_be_taken_back() -> None:
    wire = in_channel()
    say(wire, "x")
    assert not wire.session.cancel("x")


# --- what is not taken at all ---


def test_nothing_is_said_before_the_welcome() -> None:
    session = Session(SessionConfig(Identity("tl")))
    with pytest.raises(NotRegistered):
        session.say("#a", "x", token="t")


@pytest.mark.parametrize("bad", ["a\rb", "a\nQUIT", "a\0b", "\ud800"])
def test_text_that_is_no_line_is_refused(bad: str) -> None:
    session = in_channel().session
    with pytest.raises(InvalidLine):
        session.say("#a", bad, token="t")
    with pytest.raises(InvalidLine):
        session.say(bad, "x", token="t")
    with pytest.raises(InvalidLine):
        session.join(bad)
    with pytest.raises(InvalidLine):
        session.join("#a", bad)
    with pytest.raises(InvalidLine):
        session.part("#a", bad)
    with pytest.raises(InvalidLine):
        session.set_topic("#a", bad)
    with pytest.raises(InvalidLine):
        session.kick("#a", "bob", bad)
    with pytest.raises(InvalidLine):
        session.kick("#a", bad)
    with pytest.raises(InvalidLine):
        session.change_nick(bad)
    with pytest.raises(InvalidLine):
        session.quit(bad)
    with pytest.raises(InvalidLine):
        session.send(Line("RAW", (bad,)))


def test_several_targets_in_one_are_refused() -> None:
    with pytest.raises(InvalidLine):
        in_channel().session.say("#a,#b", "x", token="t")


def test_text_may_fill_a_line_as_others_see_it_and_no_more() -> None:
    wire = in_channel()
    room = wire.session.text_bytes("#a")
    assert room == 512 - len(f"{OUR} PRIVMSG #a :\r\n")
    assert wire.session.text_bytes("#a", MessageKind.ACTION) == room - len("\x01ACTION \x01")
    wire.session.say("#a", "x" * room, token="t")
    with pytest.raises(LineTooLong):
        wire.session.say("#a", "x" * (room + 1), token="u")


def test_before_our_host_is_known_the_longest_is_reckoned_with() -> None:
    wire = registered(isupport="USERLEN=10 HOSTLEN=64")
    assert wire.session.text_bytes("#a") == 512 - len(f":tl!{'u' * 11}@{'h' * 64} PRIVMSG #a :\r\n")


def test_tags_are_left_out_where_the_server_takes_none() -> None:
    wire = in_channel()
    wire.session.say("#a", "x", token="t", tags={"+draft/reply": "abc"})
    wire.flush()
    assert wire.written("PRIVMSG")[0].tags == {}
    with pytest.raises(InvalidLine):
        wire.session.say("#a", "", token="u", kind=MessageKind.TAGMSG)
