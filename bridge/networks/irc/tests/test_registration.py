"""From an open connection to the welcome."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.networks.irc.protocol.casemap import CaseMapping
from bridge.networks.irc.protocol.events import (
    CapabilitiesChanged,
    FailureReason,
    NickTaken,
    Registered,
    RegistrationFailed,
    ServerError,
    TimedOut,
)
from bridge.networks.irc.protocol.line import Line
from bridge.networks.irc.protocol.nicks import nick_candidates
from bridge.networks.irc.protocol.registration import Identity
from bridge.networks.irc.protocol.sasl import Plain, chunk_response
from bridge.networks.irc.protocol.session import SessionConfig
from bridge.networks.irc.tests.wire import UNLIMITED, Wire, registered

WELCOME = (":s 001 tl :Welcome", ":s 005 tl NICKLEN=20 :are supported", ":s 376 tl :End of MOTD")


def wire_with(identity: Identity) -> Wire:
    wire = Wire(SessionConfig(identity, flood=UNLIMITED))
    wire.connect()
    return wire


def wire_with_sasl(*, required: bool = True) -> Wire:
    return wire_with(Identity("tl", sasl=(lambda: Plain("acc", "pw"),), sasl_required=required))


def test_password_capabilities_nick_and_user_open_the_talk() -> None:
    wire = wire_with(Identity("tl", "usr", "Real Name", password="secret"))
    assert [str(line.params) for line in wire.sent] == [
        "('secret',)",
        "('LS', '302')",
        "('tl',)",
        "('usr', '0', '*', 'Real Name')",
    ]


def test_a_server_without_capabilities_is_taken_as_it_is() -> None:
    wire = wire_with(Identity("tl"))
    wire.hear(":s 421 tl CAP :Unknown command", *WELCOME)
    registered_event = wire.events[-1]
    assert isinstance(registered_event, Registered)
    assert registered_event.capabilities == frozenset()
    assert registered_event.isupport.nick_length == 20


def test_a_server_that_ignores_cap_is_taken_as_it_is() -> None:
    wire = wire_with(Identity("tl"))
    assert isinstance(wire.hear(*WELCOME)[-1], Registered)


def test_a_list_of_several_lines_is_waited_for() -> None:
    wire = wire_with(Identity("tl"))
    wire.hear(":s CAP * LS * :server-time unknown/cap=1")
    assert len(wire.written("CAP")) == 1
    wire.hear(":s CAP * LS :batch message-tags=x")
    assert wire.sent[-1] == Line("CAP", ("REQ", "batch message-tags server-time"))
    wire.hear(":s CAP tl ACK :batch message-tags server-time")
    assert wire.sent[-1] == Line("CAP", ("END",))


def test_a_refused_request_is_repeated_name_by_name() -> None:
    wire = wire_with(Identity("tl"))
    wire.hear(":s CAP * LS :batch server-time", ":s CAP tl NAK :batch server-time")
    assert [line.param(1) for line in wire.sent[-2:]] == ["batch", "server-time"]
    wire.hear(":s CAP tl NAK batch", ":s CAP tl ACK server-time", *WELCOME)
    assert wire.session.capabilities == {"server-time"}


def test_capabilities_come_and_go_later() -> None:
    wire = registered("cap-notify")
    wire.hear(":s CAP tl NEW :echo-message sasl=PLAIN")
    assert wire.sent[-1] == Line("CAP", ("REQ", "echo-message"))
    assert wire.hear(":s CAP tl ACK :echo-message") == [
        CapabilitiesChanged(frozenset({"cap-notify", "echo-message"}))
    ]
    assert wire.hear(":s CAP tl DEL :echo-message") == [CapabilitiesChanged(frozenset({"cap-notify"}))]


def test_sasl_logs_in_before_the_welcome() -> None:
    wire = wire_with_sasl()
    wire.hear(":s CAP * LS :sasl=EXTERNAL,PLAIN", ":s CAP tl ACK sasl")
    assert wire.sent[-1] == Line("AUTHENTICATE", ("PLAIN",))
    wire.hear("AUTHENTICATE +")
    assert wire.sent[-1] == Line("AUTHENTICATE", ("AGFjYwBwdw==",))
    wire.hear(":s 900 tl tl!u@h acc :You are now logged in", ":s 903 tl :SASL successful")
    assert wire.sent[-1] == Line("CAP", ("END",))
    wire.hear(*WELCOME)
    assert wire.session.account == "acc"


def test_refused_sasl_ends_the_registration_for_good() -> None:
    wire = wire_with_sasl()
    wire.hear(":s CAP * LS :sasl", ":s CAP tl ACK sasl", "AUTHENTICATE +")
    events = wire.hear(":s 904 tl :SASL authentication failed")
    assert events == [RegistrationFailed(FailureReason.SASL_REFUSED, "904", "SASL authentication failed")]
    assert FailureReason.SASL_REFUSED.is_permanent
    assert wire.sent[-1].command == "QUIT"


def test_a_server_without_sasl_is_refused_where_an_account_is_required() -> None:
    wire = wire_with_sasl()
    (event,) = wire.hear(":s CAP * LS :batch", ":s CAP tl ACK batch")
    assert isinstance(event, RegistrationFailed)
    assert event.reason is FailureReason.SASL_UNAVAILABLE


def test_an_account_that_is_not_required_is_done_without() -> None:
    wire = wire_with_sasl(required=False)
    wire.hear(":s CAP * LS :sasl", ":s CAP tl ACK sasl", "AUTHENTICATE +", ":s 904 tl :no")
    assert isinstance(wire.hear(*WELCOME)[-1], Registered)


def test_a_response_of_the_chunk_size_is_ended_by_a_plus() -> None:
    lines = chunk_response(b"x" * 600)
    assert [len(line.param(0)) for line in lines] == [400, 400, 1]
    assert chunk_response(b"") == [Line("AUTHENTICATE", ("+",))]


def test_a_nick_in_use_leads_to_the_next_candidate() -> None:
    wire = wire_with(Identity("tl", alternatives=("other",)))
    wire.hear(":s CAP * LS :")
    events = wire.hear(":s 433 * tl :Nickname is already in use")
    assert events == [NickTaken("tl", "433", "Nickname is already in use", "other")]
    wire.hear(":s 433 * other :in use")
    assert wire.sent[-1] == Line("NICK", ("tl_",))
    wire.hear(":s 001 tl_ :Welcome", ":s 422 tl_ :no motd")
    assert wire.session.nick == "tl_"


def test_the_wanted_nick_is_asked_for_when_its_holder_leaves() -> None:
    wire = wire_with(Identity("tl"))
    wire.hear(":s CAP * LS :", ":s 433 * tl :in use", ":s 001 tl_ :Welcome", ":s 422 tl_ :no motd")
    wire.hear(":tl!u@h QUIT :bye")
    assert wire.sent[-1] == Line("NICK", ("tl",))


def test_a_nick_the_server_does_not_like_is_made_plain_and_short() -> None:
    names = list(nick_candidates("7ünïcödé-verylong", (), is_bad=True, max_bytes=30))
    assert names[0] == "m7ncd-ver"
    assert all(name.isascii() and len(name) <= 9 for name in names)


def test_a_server_that_refuses_every_nick_is_given_up() -> None:
    wire = wire_with(Identity("tl"))
    wire.hear(":s CAP * LS :", *[":s 433 * x :in use"] * 20)
    assert [event for event in wire.events if isinstance(event, RegistrationFailed)] == [
        RegistrationFailed(FailureReason.NO_NICK, "433", "in use")
    ]


def test_a_ban_and_a_wrong_password_are_permanent() -> None:
    banned = wire_with(Identity("tl")).hear(":s 465 tl :You are banned")
    refused = wire_with(Identity("tl")).hear(":s 464 tl :Password incorrect")
    assert banned == [RegistrationFailed(FailureReason.BANNED, "465", "You are banned")]
    assert refused == [RegistrationFailed(FailureReason.PASSWORD_REFUSED, "464", "Password incorrect")]


def test_an_error_line_is_told_with_our_reading_of_it() -> None:
    wire = wire_with(Identity("tl"))
    assert wire.hear("ERROR :Closing link: K-lined") == [ServerError("Closing link: K-lined", is_ban=True)]


def test_a_server_that_never_answers_is_given_up_after_a_minute() -> None:
    wire = wire_with(Identity("tl"))
    assert wire.turn(59) == []
    assert wire.turn(2) == [TimedOut("the server did not welcome us in time")]


@given(st.lists(st.text("[]\\{}|~^Aaz", max_size=5), min_size=2, max_size=2), st.sampled_from(CaseMapping))
def test_folding_twice_is_folding_once(names: list[str], mapping: CaseMapping) -> None:
    assert mapping.fold(mapping.fold(names[0])) == mapping.fold(names[0])
    assert mapping.same(names[0], names[1]) == mapping.same(names[1], names[0])
