"""What people on IRC read when somebody in a room says something."""

from datetime import UTC, datetime

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.errors import NotDelivered
from bridge.model.ids import ChatID, EventID, RemoteMessageID, RemoteUserID, UserID
from bridge.model.markup import (
    CodeBlock,
    Coloured,
    Document,
    Items,
    Link,
    Mention,
    Paragraph,
    Quote,
    Style,
    Styled,
    Text,
)
from bridge.model.messages import LocationBody, MediaBody, MediaKind, TextBody, Tone
from bridge.model.outgoing import (
    Part,
    Say,
    SayEdit,
    SayKick,
    SayMessage,
    SayReaction,
    SayRedaction,
    SayTopic,
    Speaker,
    Target,
)
from bridge.networks.irc.describe import size_words
from bridge.networks.irc.from_matrix import Room, plan_say
from bridge.networks.irc.parts import WriteKind, read_part
from bridge.networks.irc.protocol.formatting import read_codes
from bridge.networks.irc.protocol.formatting_codes import strip_codes
from bridge.networks.irc.protocol.line import Line, Source, encode_line
from bridge.networks.irc.voice import voice_of
from bridge.testing.documents import documents
from bridge.testing.network_kit import a_message

CHAT = ChatID("#python")
ROOM = Room(max_lines=200)
ALICE = Speaker(UserID("@alice:example.org"), "Alice", "alice")
EVENT = EventID("$event")
BOB = Target((RemoteMessageID("id1"),), "bob", RemoteUserID("bob"), "what bob said")
OWN = Speaker(UserID("@alice:example.org"), "Alice")


def lines(say: Say, room: Room = ROOM) -> list[str]:
    return [read_part(part).text for part in plan_say(CHAT, say, room)]


def edit(text: str, excerpt: str | None) -> SayEdit:
    target = Target((), "alice", None, excerpt)
    return SayEdit(speaker=ALICE, event_id=EVENT, target=target, body=TextBody(Document.of(text)))


def test_a_relayed_line_begins_with_its_speaker() -> None:
    [part] = plan_say(CHAT, a_message("hello"), ROOM)
    assert part.payload == {"kind": "text", "target": "#python", "text": "<alice> hello"}


def test_every_line_carries_the_name_and_blank_ones_are_dropped() -> None:
    assert lines(a_message("one\n\n  \ntwo")) == ["<alice> one", "<alice> two"]


def test_a_deed_and_a_notice_have_forms_of_their_own() -> None:
    assert lines(a_message("waves", tone=Tone.EMOTE)) == ["* alice waves"]
    [notice] = plan_say(CHAT, a_message("done", tone=Tone.NOTICE), ROOM)
    assert (read_part(notice).kind, read_part(notice).text) == (WriteKind.NOTICE, "<alice> done")


def test_an_own_login_speaks_without_a_name() -> None:
    [text] = plan_say(CHAT, a_message("hello", relayed=None), ROOM)
    [deed] = plan_say(CHAT, a_message("waves", relayed=None, tone=Tone.EMOTE), ROOM)
    assert (read_part(text).kind, read_part(text).text) == (WriteKind.TEXT, "hello")
    assert (read_part(deed).kind, read_part(deed).text) == (WriteKind.ACTION, "waves")


def test_formatting_is_written_in_codes() -> None:
    document = Document(
        (
            Paragraph(
                (
                    Styled(Style.BOLD, (Text("b"),)),
                    Text(" "),
                    Coloured("#ff0000", None, (Text("red"),)),
                    Text(" "),
                    Link("https://example.org/", (Text("site"),)),
                    Text(" "),
                    Mention(UserID("@carol:example.org"), (Text("Carol"),)),
                )
            ),
        )
    )
    [line] = lines(a_message(document))
    assert strip_codes(line) == "<alice> b red site (https://example.org/) Carol"
    [paragraph] = read_codes(line).blocks
    assert isinstance(paragraph, Paragraph)
    assert paragraph.children[1] == Styled(Style.BOLD, (Text("b"),))
    assert paragraph.children[3] == Coloured("#ff0000", None, (Text("red"),))


def test_code_lists_and_quotes_go_line_by_line() -> None:
    document = Document(
        (
            CodeBlock("if x:\n\ty()"),
            Items(((Paragraph((Text("one"),)),), (Paragraph((Text("two"),)),)), first=1),
            Quote((Paragraph((Text("said"),)),)),
        )
    )
    assert lines(a_message(document)) == [
        "<alice> \x11if x:\x11",
        "<alice> \x11    y()\x11",
        "<alice> 1. one",
        "<alice> 2. two",
        "<alice> > said",
    ]


def test_a_spoiler_hides_until_it_is_selected() -> None:
    document = Document((Paragraph((Styled(Style.SPOILER, (Text("he dies"),)),)),))
    [line] = lines(a_message(document))
    hidden = Coloured("#000000", "#000000", (Text("he dies"),))
    assert read_codes(line) == Document((Paragraph((Text("<alice> "), hidden)),))


def test_a_reply_names_whom_it_answers_on_its_first_line() -> None:
    assert lines(a_message("yes\nno", reply_to=BOB)) == ["<alice> bob: yes", "<alice> no"]
    assert lines(a_message("Bob: yes", reply_to=BOB)) == ["<alice> Bob: yes"]


def test_what_comes_late_begins_with_the_time_at_which_it_was_said() -> None:
    said_at = datetime(2026, 11, 23, 17, 5, 59, tzinfo=UTC)
    late = evolve(a_message("hello\nagain"), said_at=said_at)

    assert lines(late) == ["<alice> [2026-11-23 17:05 UTC] hello", "<alice> again"]
    assert lines(evolve(late, reply_to=BOB))[0] == "<alice> [2026-11-23 17:05 UTC] bob: hello"


def test_a_reply_carries_its_tag_where_the_server_takes_tags() -> None:
    first, second = plan_say(CHAT, a_message("a\nb", reply_to=BOB), Room(max_lines=9, tags=True))
    assert read_part(first).tags == {"+draft/reply": "id1"}
    assert read_part(second).tags == {}


def test_an_edit_is_the_whole_text_with_a_mark() -> None:
    assert lines(edit("a\nb", "x")) == ["<alice> * a", "<alice> b"]


def test_a_short_change_is_named() -> None:
    assert lines(edit("I like brown foxes", "I like red foxes")) == [
        "<alice> * I like brown foxes (red → brown)"
    ]


@pytest.mark.parametrize(
    "before", [None, "all new words", "I like red…", "I really do like brown foxes a lot"]
)
def test_any_other_change_is_not_guessed(before: str | None) -> None:
    assert lines(edit("I like brown foxes", before)) == ["<alice> * I like brown foxes"]


def test_a_redaction_never_repeats_what_was_said() -> None:
    own = Target((), "alice", None, "a secret")
    said = lines(SayRedaction(speaker=ALICE, event_id=EVENT, target=own))
    assert said == ["* alice has deleted a message"]
    moderated = SayRedaction(speaker=ALICE, event_id=EVENT, target=BOB, reason="spam")
    assert lines(moderated) == ["* alice has deleted a message of bob: spam"]


def test_a_reaction_says_to_what() -> None:
    assert lines(SayReaction(speaker=ALICE, event_id=EVENT, target=BOB, key="👍")) == [
        "* alice reacted with 👍 to bob: “what bob said”"
    ]
    assert lines(SayReaction(speaker=ALICE, event_id=EVENT, target=Target(), key="mxc://a/b")) == [
        "* alice reacted with a picture"
    ]


def test_the_bridges_words_have_a_language() -> None:
    say = SayReaction(speaker=ALICE, event_id=EVENT, target=BOB, key="👍")
    assert "回应" in lines(say, Room(max_lines=5, language="zh-Hans"))[0]


def test_a_file_is_a_link_or_at_least_a_name() -> None:
    body = MediaBody(MediaKind.IMAGE, "photo.jpg", size_bytes=34_000, caption=Document.of("my cat"))
    linked = SayMessage(speaker=ALICE, event_id=EVENT, body=body, media_url="https://m.example.org/x")
    assert lines(linked) == ["<alice> photo.jpg (34 kB) https://m.example.org/x", "<alice> my cat"]
    alone = SayMessage(speaker=ALICE, event_id=EVENT, body=body)
    assert lines(alone) == ["<alice> sent photo.jpg (34 kB)", "<alice> my cat"]


def test_a_place_is_its_name_and_address() -> None:
    body = LocationBody("the office", "geo:52.5,13.4")
    assert lines(SayMessage(speaker=ALICE, event_id=EVENT, body=body)) == ["<alice> the office geo:52.5,13.4"]


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1500, "1.5 kB"),
        (34_000, "34 kB"),
        (999_600, "1.0 MB"),
        (2_000_000_000, "2.0 GB"),
    ],
)
def test_sizes_are_short(size: int, words: str) -> None:
    assert size_words(size) == words


def test_a_topic_is_one_line_that_fits() -> None:
    [part] = plan_say(CHAT, SayTopic(speaker=ALICE, event_id=EVENT, topic="a\r\nb " + "x" * 600), ROOM)
    write = read_part(part)
    assert write.kind is WriteKind.TOPIC
    assert write.text.startswith("a b")
    assert write.text.endswith("…")
    assert len(write.text.encode()) <= 300


@pytest.mark.parametrize(("announced", "longest"), [(80, 80), (None, 300), (390, 382), (10_000, 382)])
def test_a_topic_is_as_long_as_the_server_and_a_line_allow(announced: int | None, longest: int) -> None:
    room = evolve(ROOM, topic_bytes=announced)
    [part] = plan_say(CHAT, SayTopic(speaker=ALICE, event_id=EVENT, topic="x" * 600), room)
    assert len(read_part(part).text.encode()) == longest


def test_the_reason_of_a_kick_is_cut_where_the_server_would_cut_it() -> None:
    say = SayKick(speaker=ALICE, event_id=EVENT, user=RemoteUserID("bob"), reason="很" * 300)
    text = read_part(plan_say(CHAT, say, evolve(ROOM, kick_bytes=50))[0]).text
    assert text.endswith("很…")
    assert 46 < len(text.encode()) <= 50


def test_a_kick_says_by_whom() -> None:
    say = SayKick(speaker=ALICE, event_id=EVENT, user=RemoteUserID("bob"), reason="spam")
    write = read_part(plan_say(CHAT, say, ROOM)[0])
    assert (write.kind, write.user, write.text) == (WriteKind.KICK, "bob", "by alice: spam")


def test_four_thousand_chinese_characters_arrive_whole() -> None:
    text = "".join(chr(0x4E00 + number) for number in range(4000))
    said = lines(a_message(text))
    assert "".join(line.removeprefix("<alice> ") for line in said) == text
    assert all(_arrives(line) for line in said)


def test_families_and_flags_are_not_cut_apart() -> None:
    said = lines(a_message("👨‍👩‍👧‍👦🇩🇪" * 60))
    assert all(line.removeprefix("<alice> ").replace("👨‍👩‍👧‍👦", "").replace("🇩🇪", "") == "" for line in said)


def test_too_long_a_message_is_refused_whole() -> None:
    with pytest.raises(NotDelivered) as caught:
        plan_say(CHAT, a_message("line\n" * 201), ROOM)
    assert caught.value.reason.values == {"lines": 201, "limit": 200}
    assert caught.value.retry_at is None


@pytest.mark.parametrize(
    "name",
    [
        "a\r\nQUIT :",
        "a> hi <op",
        "a\x00b",
        "a\x03,1b",
        "x" * 500,
        "\u202eevil",
        "\u2066a",
        "👨‍👩‍👧‍👦" * 40,
        "",
        "\n",
        "中" * 90,
    ],
)
def test_a_name_cannot_make_another_line(name: str) -> None:
    [line] = lines(a_message("hello", relayed=name))
    assert line.startswith("<")
    assert line.endswith("> hello")
    assert line.count("<") == 1
    assert line.count(">") == 1
    assert not set(line) & set("\r\n\0\x01\x02\x03\u202e\u2066")
    assert _arrives(line)


@pytest.mark.parametrize("text", ["!op me", "/quit", "\x01VERSION\x01", ".kick", "bob\r\nQUIT :x", "a\0b"])
def test_commands_in_a_relayed_text_are_harmless(text: str) -> None:
    said = lines(a_message(text))
    assert all(line.startswith("<alice> ") for line in said)
    assert not set("".join(said)) & set("\r\n\0\x01")


@pytest.mark.parametrize("evil", ["x\r\nQUIT :bye", "x\nQUIT", "x\0y", "x\rQUIT"])
def test_no_field_brings_a_line_end_to_the_wire(evil: str) -> None:
    target = Target((RemoteMessageID(evil),), evil, RemoteUserID(evil), evil)
    speaker = Speaker(UserID(evil), evil, evil)
    media = MediaBody(MediaKind.FILE, evil, url=evil, caption=Document.of(evil))
    body = TextBody(
        Document((Paragraph((Link(evil, (Text(evil),)), Mention(UserID(evil), ()))), CodeBlock(evil, evil)))
    )
    says: list[Say] = [
        SayMessage(speaker=speaker, event_id=EVENT, body=body, reply_to=target),
        SayMessage(speaker=speaker, event_id=EVENT, body=media, media_url=evil),
        SayMessage(speaker=speaker, event_id=EVENT, body=LocationBody(evil, evil)),
        SayEdit(speaker=speaker, event_id=EVENT, target=target, body=body),
        SayReaction(speaker=speaker, event_id=EVENT, target=target, key=evil),
        SayRedaction(speaker=speaker, event_id=EVENT, target=target, reason=evil),
        SayTopic(speaker=speaker, event_id=EVENT, topic=evil),
        SayKick(speaker=speaker, event_id=EVENT, user=RemoteUserID(evil), reason=evil),
    ]
    parts = [part for say in says for part in plan_say(CHAT, say, ROOM)]
    assert len(parts) >= len(says)
    written = "".join(read_part(part).text + read_part(part).user for part in parts)
    assert not set(written) & set("\r\n\0")


@given(documents, st.sampled_from(Tone), st.sampled_from([None, "alice", "中文名"]))
def test_whatever_is_said_fits_a_line_as_others_receive_it(
    document: Document, tone: Tone, relayed: str | None
) -> None:
    parts = plan_say(CHAT, a_message(document, tone=tone, relayed=relayed), Room(max_lines=2000))
    assert all(_arrives(_wire(part)) for part in parts)


def test_a_server_that_leaves_little_room_gets_shorter_lines() -> None:
    said = lines(a_message("word " * 100), Room(max_lines=200, text_bytes=100))
    assert max(len(line) for line in said) <= 100


def test_no_room_at_all_is_told() -> None:
    with pytest.raises(NotDelivered):
        plan_say(CHAT, a_message("hi"), Room(max_lines=200, text_bytes=30))


def _wire(part: Part) -> str:
    write = read_part(part)
    return f"\x01ACTION {write.text}\x01" if write.kind is WriteKind.ACTION else write.text


def _arrives(text: str) -> bool:
    """Whether a line is whole when the longest usual source stands before it; raises if not writable."""
    source = Source("n" * 30, "u" * 13, "h" * 64)
    return bool(encode_line(Line("PRIVMSG", (CHAT, text), source)))


def test_a_form_that_ends_in_a_matrix_id_is_said_whole() -> None:
    """Cut at its end, one person's ID once passed for that of another whose name begins alike."""
    form = "a name of many words as people like (@alice-with-a-long-name:matrix.example.org)"
    speaker = Speaker(UserID("@alice-with-a-long-name:matrix.example.org"), "a name", form)
    assert voice_of(speaker, Tone.TEXT).prefix == f"<{form}> "
