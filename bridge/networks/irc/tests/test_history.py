"""How servers tell their history, and what of it is known to be whole."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from bridge.networks.irc.past import is_ours
from bridge.networks.irc.protocol.casemap import CaseMapping
from bridge.networks.irc.protocol.events import HistoryReceived, Message, MessageKind
from bridge.networks.irc.protocol.history import (
    Keeping,
    ask_before,
    ask_playback,
    older_of,
    page_size,
    parse_keeping,
    pushed_since,
    pushes_history,
)
from bridge.networks.irc.protocol.isupport import ISupport
from bridge.networks.irc.protocol.line import Source, parse_source
from bridge.networks.irc.tests.wire import Wire, registered

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BY_ID = ISupport({"MSGREFTYPES": "msgid,timestamp"})
BY_TIME = ISupport({"MSGREFTYPES": "timestamp"})
NICKS, USERS = ("trunkline", "trunkline_"), ("trunkline",)


def said(seconds: float, text: str = "yes", msgid: str | None = None) -> Message:
    at = NOON + timedelta(seconds=seconds)
    return Message(MessageKind.PRIVMSG, Source("bob"), "#a", text, msgid=msgid, server_time=at)


@pytest.mark.parametrize(
    ("argument", "keeping"),
    [
        ("50:1h", Keeping(50, timedelta(hours=1))),
        ("5:1d12h", Keeping(5, timedelta(hours=36))),
        ("20:1w2d3h4m5s", Keeping(20, timedelta(weeks=1, days=2, hours=3, minutes=4, seconds=5))),
        ("20:90", Keeping(20, timedelta(seconds=90))),
        ("20:0", Keeping(20, timedelta(0))),
        ("20:1440m", Keeping(20, timedelta(days=1))),
        ("20", None),
        ("x:1h", None),
        ("20:h", None),
        ("20:", None),
        ("", None),
        (None, None),
    ],
)
def test_the_mode_tells_how_much_is_kept(argument: str | None, keeping: Keeping | None) -> None:
    assert parse_keeping(argument) == keeping


def test_less_than_the_server_keeps_is_all_of_its_time() -> None:
    keeping = Keeping(3, timedelta(hours=1))
    assert pushed_since([said(0), said(1)], keeping, NOON) == NOON - timedelta(hours=1)


def test_as_many_lines_as_the_server_keeps_may_not_be_all() -> None:
    keeping = Keeping(2, timedelta(hours=1))
    assert pushed_since([said(5), said(6)], keeping, NOON) == NOON + timedelta(seconds=5)


def test_without_the_mode_only_what_was_told_is_known() -> None:
    assert pushed_since([said(5)], None, NOON) == NOON + timedelta(seconds=5)
    assert pushed_since([], None, NOON) is None


def test_history_without_an_end_in_time_reaches_back_for_ever() -> None:
    whole = pushed_since([said(5)], Keeping(9, timedelta(0)), NOON)
    assert whole is not None
    assert whole.year == 1


@pytest.mark.parametrize(
    ("modes", "offered", "pushes"),
    [
        ("b,k,Hl,imnpst", (), True),
        ("b,k,l,imnpst", ("batch",), False),
        ("b,k,l,imnpst", ("znc.in/self-message",), True),
        ("b,k,l,Himnpst", (), False),
    ],
)
def test_who_pushes_history_is_known_by_its_mode_or_name(
    modes: str, offered: Sequence[str], pushes: bool
) -> None:
    assert pushes_history(ISupport({"CHANMODES": modes}), offered) is pushes


def test_the_page_is_no_larger_than_the_server_allows() -> None:
    sizes = [page_size(ISupport({"CHATHISTORY": size})) for size in ("50", "1000", "0", "", "x")]
    assert sizes == [50, 100, 100, 100, 100]


def test_the_next_page_is_asked_for_by_id_where_the_server_takes_one() -> None:
    line = ask_before("#a", said(1, msgid="m1"), 50, BY_ID)
    assert line is not None
    assert line.params == ("BEFORE", "#a", "msgid=m1", "50")


def test_by_time_the_lines_of_the_same_moment_are_asked_for_again() -> None:
    line = ask_before("#a", said(1.5, msgid="m1"), 50, BY_TIME)
    assert line is not None
    assert line.params == ("BEFORE", "#a", "timestamp=2026-01-01T12:00:01.501Z", "50")


def test_a_line_without_time_or_id_has_no_page_before_it() -> None:
    assert ask_before("#a", Message(MessageKind.PRIVMSG, Source("bob"), "#a", "x"), 50, BY_ID) is None


def test_what_a_page_repeats_is_taken_once() -> None:
    """Two of three identical lines of one moment were known; the third one was taken for them."""
    page, known = [said(0, "a"), said(1), said(1), said(1)], [said(1), said(1), said(2, "b")]
    assert older_of(page, known) == [said(0, "a"), said(1)]


def test_a_page_that_brings_nothing_new_is_the_last() -> None:
    assert older_of([said(1)], [said(1), said(2)]) == []


def test_a_znc_is_asked_from_a_moment_on() -> None:
    assert ask_playback("#a", NOON).params == ("*playback", "PLAY #a 1767268800")


@pytest.mark.parametrize(
    ("mask", "ours"),
    [
        ("trunkline!trunkline@host", True),
        ("Trunkline_!~trunkline@elsewhere", True),
        ("trunkline", True),
        ("trunkline!mallory@host", False),
        ("bob!trunkline@host", False),
    ],
)
def test_our_lines_of_the_past_are_known_by_nick_and_user(mask: str, ours: bool) -> None:
    assert is_ours(parse_source(mask), NICKS, USERS, CaseMapping.RFC1459) is ours


# Without batches, history is known by its time.


def arrive(*lines: str) -> Wire:
    wire = registered("server-time message-tags")
    wire.hear("@time=2026-01-01T12:00:00.000Z :tl!u@h JOIN #a", *lines)
    return wire


OLD = "@time=2026-01-01T11:59:00.000Z :bob!b@h PRIVMSG #a :old"
NEW = "@time=2026-01-01T12:00:01.000Z :bob!b@h PRIVMSG #a :new"


def test_what_was_said_before_our_join_is_history() -> None:
    wire = arrive(OLD, NEW)
    kinds = [type(event) for event in wire.events if isinstance(event, Message | HistoryReceived)]
    assert kinds == [HistoryReceived, Message]


def test_after_the_answer_to_our_next_question_nothing_is_history() -> None:
    """A server whose clock runs behind that of another one would be dumb to us for ever."""
    wire = arrive(":s 324 tl #a +nt", OLD)
    assert [event.text for event in wire.events if isinstance(event, Message)] == ["old"]
