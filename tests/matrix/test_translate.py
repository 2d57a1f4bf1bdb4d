"""Events as clients and servers write them, and as nobody should."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.matrix.content import MessageEvent, action_of
from bridge.matrix.reader import EventReader
from bridge.matrix.translate import translate
from bridge.model.errors import Unreadable
from bridge.model.ids import EventID, MxcURI, RoomID, UserID
from bridge.model.markup import Document, Mention, Paragraph, Style, Styled, Text
from bridge.model.matrix_events import (
    MatrixEdit,
    MatrixEncryptionOn,
    MatrixMembership,
    MatrixMessage,
    MatrixOther,
    MatrixReaction,
    MatrixRedaction,
    MatrixTombstone,
    MatrixTopic,
    MatrixUnreadable,
    Membership,
)
from bridge.model.messages import LocationBody, MediaBody, MediaKind, TextBody, Tone
from bridge.model.namespace import Namespace
from bridge.model.outgoing import Post

BASE: dict[str, Any] = {
    "event_id": EventID("$1"),
    "room_id": RoomID("!r"),
    "sender": UserID("@ann:example.org"),
    "sent_at": datetime(2026, 1, 1, tzinfo=UTC),
}


def raw(event_type: str, content: object, **fields: object) -> bytes:
    event = {
        "type": event_type,
        "event_id": "$1",
        "room_id": "!r",
        "sender": "@ann:example.org",
        "origin_server_ts": 1_767_225_600_000,
        "content": content,
        **fields,
    }
    return json.dumps(event).encode()


def message(**content: object) -> bytes:
    return raw("m.room.message", {"msgtype": "m.text", "body": "hi", **content})


def said(body: bytes) -> MatrixMessage:
    event = translate(body)
    assert isinstance(event, MatrixMessage)
    return event


def text_of(body: bytes) -> TextBody:
    found = said(body).body
    assert isinstance(found, TextBody)
    return found


HI = TextBody(Document.of("hi"))

# ---------------------------------------------------------------------------------------- messages


def test_plain_text() -> None:
    assert translate(message()) == MatrixMessage(**BASE, body=HI)


@pytest.mark.parametrize(("msgtype", "tone"), [("m.notice", Tone.NOTICE), ("m.emote", Tone.EMOTE)])
def test_notices_and_emotes_keep_their_tone(msgtype: str, tone: Tone) -> None:
    assert text_of(message(msgtype=msgtype)) == TextBody(Document.of("hi"), tone)


def test_html_wins_over_the_plain_body() -> None:
    body = message(format="org.matrix.custom.html", formatted_body="<b>hi</b>")

    bold = Styled(Style.BOLD, (Text("hi"),))
    assert text_of(body).text == Document((Paragraph((bold,)),))


@pytest.mark.parametrize(
    "html", [{"formatted_body": "<b>x</b>"}, {"format": "org.matrix.custom.html", "formatted_body": 5}]
)
def test_html_in_an_unknown_form_is_left_aside(html: dict[str, object]) -> None:
    assert text_of(message(**html)) == HI


def test_an_unknown_kind_of_message_is_read_by_its_body() -> None:
    assert text_of(message(msgtype="org.example.dice")) == HI


def test_a_verification_request_is_nothing_to_say() -> None:
    assert isinstance(translate(message(msgtype="m.key.verification.request")), MatrixOther)


def test_a_reply_loses_its_fallback() -> None:
    event = said(
        message(
            body="> <@bob:example.org> first\n> second\n\nindeed\n> not this",
            **{"m.relates_to": {"m.in_reply_to": {"event_id": "$0"}}},
        )
    )

    assert event.reply_to == "$0"
    assert event.body == TextBody(Document.of("indeed\n> not this"))


def test_a_reply_in_html_loses_its_fallback() -> None:
    html = "<mx-reply><blockquote>old</blockquote></mx-reply>indeed"
    event = said(
        message(
            format="org.matrix.custom.html",
            formatted_body=html,
            **{"m.relates_to": {"m.in_reply_to": {"event_id": "$0"}}},
        )
    )

    assert event.body == TextBody(Document.of("indeed"))


def test_a_quotation_that_is_no_reply_stays() -> None:
    assert text_of(message(body="> <b> quoted\n\nx")).text == Document.of("> <b> quoted\n\nx")


def test_a_thread_names_its_root_and_a_true_reply_in_it() -> None:
    relation = {"rel_type": "m.thread", "event_id": "$root", "m.in_reply_to": {"event_id": "$0"}}

    event = said(message(**{"m.relates_to": relation}))
    falling_back = said(message(**{"m.relates_to": {**relation, "is_falling_back": True}}))

    assert (event.thread_root, event.reply_to) == ("$root", "$0")
    assert (falling_back.thread_root, falling_back.reply_to) == ("$root", None)


def test_mentions_are_read_as_far_as_they_are_names() -> None:
    event = said(message(**{"m.mentions": {"user_ids": ["@bob:b", 5, "@cid:c"], "room": True}}))

    assert event.mentions == ("@bob:b", "@cid:c")
    assert event.mentions_room


def test_an_edit_says_the_new_content() -> None:
    body = message(
        body="* hi",
        **{
            "m.new_content": {"msgtype": "m.text", "body": "hi"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": "$0"},
        },
    )

    assert translate(body) == MatrixEdit(**BASE, target=EventID("$0"), body=HI)


@pytest.mark.parametrize("new", [None, 5, {}, {"msgtype": "m.text"}])
def test_an_edit_without_new_content_says_its_fallback(new: object) -> None:
    relation = {"rel_type": "m.replace", "event_id": "$0"}
    event = translate(message(body="* hi", **{"m.new_content": new, "m.relates_to": relation}))

    assert event == MatrixEdit(**BASE, target=EventID("$0"), body=HI)


# ------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize("kind", [MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO, MediaKind.FILE])
def test_a_file_has_its_name_type_and_size(kind: MediaKind) -> None:
    info = {"mimetype": "image/png", "size": 1024, "w": 1}
    event = said(message(msgtype=f"m.{kind.value}", body="cat.png", url="mxc://example.org/abc", info=info))

    assert event.body == MediaBody(kind, "cat.png", MxcURI("mxc://example.org/abc"), None, "image/png", 1024)


def test_a_file_with_a_caption() -> None:
    event = said(message(msgtype="m.image", body="my cat", filename="cat.png", url="mxc://e.org/abc"))

    assert event.body == MediaBody(
        MediaKind.IMAGE, "cat.png", MxcURI("mxc://e.org/abc"), caption=Document.of("my cat")
    )


def test_a_body_that_is_the_file_name_is_no_caption() -> None:
    event = said(message(msgtype="m.image", body="cat.png", filename="cat.png", url="mxc://e.org/abc"))

    assert event.body == MediaBody(MediaKind.IMAGE, "cat.png", MxcURI("mxc://e.org/abc"))


def test_a_sticker() -> None:
    event = said(raw("m.sticker", {"body": "wave", "url": "mxc://e.org/abc", "info": {}}))

    assert event.body == MediaBody(MediaKind.STICKER, "wave", MxcURI("mxc://e.org/abc"))


@pytest.mark.parametrize("url", [None, 5, "http://evil.example/x", "mxc://e.org/../x", "mxc://e.org"])
def test_a_file_without_a_true_address_crosses_by_name(url: object) -> None:
    event = said(message(msgtype="m.file", body="cat.png", url=url))

    assert event.body == TextBody(Document.of("cat.png"))


@pytest.mark.parametrize("info", [5, {"size": "1", "mimetype": "a b/c"}, {"size": -1}, {"size": 1.5}])
def test_odd_information_about_a_file_is_left_aside(info: object) -> None:
    event = said(message(msgtype="m.file", body="f", url="mxc://e.org/abc", info=info))

    assert event.body == MediaBody(MediaKind.FILE, "f", MxcURI("mxc://e.org/abc"))


def test_a_place() -> None:
    event = said(message(msgtype="m.location", body="here", geo_uri="geo:1,2;u=3"))

    assert event.body == LocationBody("here", "geo:1,2;u=3")


# ------------------------------------------------------------------------------------ other events


def test_a_reaction() -> None:
    relation = {"rel_type": "m.annotation", "event_id": "$0", "key": "👍"}

    event = translate(raw("m.reaction", {"m.relates_to": relation}))

    assert event == MatrixReaction(**BASE, target=EventID("$0"), key="👍")


@pytest.mark.parametrize(
    ("content", "fields"),
    [({"redacts": "$0", "reason": "r"}, {}), ({"reason": "r"}, {"redacts": "$0"})],
)
def test_a_redaction_names_its_target_in_either_place(
    content: dict[str, str], fields: dict[str, str]
) -> None:
    event = translate(raw("m.room.redaction", content, **fields))

    assert event == MatrixRedaction(**BASE, target=EventID("$0"), reason="r")


def test_a_membership_with_what_it_was_before() -> None:
    event = translate(
        raw(
            "m.room.member",
            {"membership": "invite", "displayname": "Bob", "is_direct": True},
            state_key="@bob:b",
            unsigned={"prev_content": {"membership": "leave"}},
        )
    )

    assert event == MatrixMembership(
        **BASE,
        user_id=UserID("@bob:b"),
        membership=Membership.INVITE,
        previous=Membership.LEAVE,
        display_name="Bob",
        is_direct=True,
    )


def test_topic_tombstone_and_encryption() -> None:
    topic = translate(raw("m.room.topic", {"topic": "t"}, state_key=""))
    stone = translate(raw("m.room.tombstone", {"body": "b", "replacement_room": "!n"}, state_key=""))
    locked = translate(raw("m.room.encryption", {"algorithm": "m.megolm"}, state_key=""))

    assert topic == MatrixTopic(**BASE, topic="t")
    assert stone == MatrixTombstone(**BASE, replacement=RoomID("!n"), message="b")
    assert locked == MatrixEncryptionOn(**BASE)


def test_an_encrypted_event_cannot_be_read_here() -> None:
    assert translate(raw("m.room.encrypted", {"ciphertext": "x"})) == MatrixUnreadable(**BASE)


@pytest.mark.parametrize(
    "body",
    [
        raw("org.example.poll", {}),
        raw("m.room.topic", {"topic": "no state"}),
        raw("m.room.message", {"msgtype": "m.text", "body": "x"}, state_key=""),
        raw("m.room.message", {}, unsigned={"redacted_because": {}}),
    ],
)
def test_what_has_no_meaning_for_us_is_noted(body: bytes) -> None:
    assert isinstance(translate(body), MatrixOther)


# ------------------------------------------------------------------------------------------- marks


def test_our_mark_counts_only_from_our_own_users() -> None:
    reader = EventReader(Namespace("example.org"))
    marked = {"dev.trunkline.mark": "m1"}

    assert reader.read(message(**marked)).mark is None
    own = raw(
        "m.room.message", {"msgtype": "m.text", "body": "x", **marked}, sender="@_trunkline_a:example.org"
    )
    assert reader.read(own).mark == "m1"
    bot = raw("m.reaction", {"m.relates_to": {}, **marked}, sender="@trunkline:example.org")
    with pytest.raises(Unreadable):
        reader.read(bot)


@pytest.mark.parametrize(
    ("key", "foreign"),
    [
        ("fi.mau.double_puppet_source", True),
        ("com.beeper.per_message_profile", True),
        ("net.maunium.telegram.puppet", True),
        ("com.beeper.linkpreviews", False),
        ("org.matrix.msc1767.text", False),
        ("org.matrix.msc3245.voice", False),
    ],
)
def test_another_bridges_mark_is_known_and_a_clients_own_key_is_not_one(key: str, foreign: bool) -> None:
    assert said(message(**{key: {}})).foreign_bridge is foreign


# ----------------------------------------------------------------------------------------- hostile


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        raw("m.room.message", None),
        raw("m.room.message", {"msgtype": "m.text"}),
        raw("m.room.message", {"msgtype": 5, "body": "x"}),
        raw("m.room.message", {"msgtype": "m.text", "body": {"deep": []}}),
        raw("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$0"}}),
        raw("m.room.redaction", {}),
        raw("m.room.member", {"membership": "emperor"}, state_key="@bob:b"),
        raw("m.room.member", {"membership": ["join"]}, state_key="@bob:b"),
        raw("m.room.tombstone", {}, state_key=""),
        raw("m.room.message", {"msgtype": "m.text", "body": "x"}, sender=5),
        raw("m.room.message", {"msgtype": "m.text", "body": "x"}, sender="@a\n:b"),
        raw("m.room.message", {"msgtype": "m.text", "body": "x"}, event_id=""),
        raw("m.room.message", {"msgtype": "m.text", "body": "x"}, room_id="!" * 300),
        raw(["m.room.message"], {}),  # type: ignore[arg-type]
    ],
)
def test_what_breaks_its_own_form_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        translate(body)


@pytest.mark.parametrize("time", [None, "x", -1, 1e300, 2**70, True, {}, []])
def test_a_time_that_is_none_is_1970(time: object) -> None:
    event = translate(raw("m.room.message", {"msgtype": "m.text", "body": "x"}, origin_server_ts=time))

    assert event.sent_at == datetime.fromtimestamp(0, UTC)


def test_half_characters_and_nul_do_not_travel() -> None:
    body = message(body="a\0b \ud83d c")

    assert text_of(body).text == Document.of("ab \ufffd c")


def test_a_body_of_64_kib_is_read_whole() -> None:
    assert text_of(message(body="x" * 65_000)).text == Document.of("x" * 65_000)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
known_keys = st.sampled_from(
    [
        "body",
        "msgtype",
        "format",
        "formatted_body",
        "url",
        "info",
        "filename",
        "geo_uri",
        "m.relates_to",
        "rel_type",
        "event_id",
        "m.in_reply_to",
        "m.new_content",
        "m.mentions",
        "user_ids",
        "membership",
        "displayname",
        "redacts",
        "reason",
        "topic",
        "replacement_room",
        "key",
        "dev.trunkline.mark",
        "size",
        "mimetype",
    ]
)
known_texts = st.sampled_from(
    [
        "m.text",
        "m.image",
        "m.location",
        "m.replace",
        "m.thread",
        "m.annotation",
        "$0",
        "@a:b",
        "mxc://a/b",
        "geo:1,2",
        "join",
        "leave",
        "org.matrix.custom.html",
    ]
)
contents = st.recursive(
    json_values | known_texts,
    lambda inner: st.dictionaries(known_keys, inner, max_size=6),
    max_leaves=20,
)
types = st.sampled_from(
    [
        "m.room.message",
        "m.sticker",
        "m.reaction",
        "m.room.redaction",
        "m.room.encrypted",
        "m.room.member",
        "m.room.topic",
        "m.room.tombstone",
        "m.room.encryption",
        "m.other",
    ]
)


@given(types, contents, st.none() | st.just("") | st.just("@b:c") | json_values, json_values)
@settings(deadline=None)
def test_any_content_is_an_event_or_unreadable(
    event_type: str, content: object, state_key: object, unsigned: object
) -> None:
    fields = {} if state_key is None else {"state_key": state_key}
    with contextlib.suppress(Unreadable):
        translate(raw(event_type, content, unsigned=unsigned, **fields))


@given(json_values | st.dictionaries(st.sampled_from(["type", "event_id", "room_id", "sender"]), json_values))
@settings(deadline=None)
def test_any_json_is_an_event_or_unreadable(value: object) -> None:
    with contextlib.suppress(Unreadable):
        translate(json.dumps(value).encode())


@given(st.binary())
def test_any_bytes_are_an_event_or_unreadable(value: bytes) -> None:
    with contextlib.suppress(Unreadable):
        translate(value)


# -------------------------------------------------------------------------------------- round trip

BOB = UserID("@bob:example.org")


@pytest.mark.parametrize(
    "post",
    [
        Post(body=HI),
        Post(body=TextBody(Document.of("two\nlines"), Tone.NOTICE)),
        Post(body=TextBody(Document.of("waves"), Tone.EMOTE), mentions=(BOB,), mark="m1"),
        Post(body=TextBody(Document((Paragraph((Styled(Style.BOLD, (Text("b"),)), Text(" c"))),)))),
        Post(body=TextBody(Document((Paragraph((Mention(BOB, (Text("Bob"),)), Text(": hi"))),)))),
        Post(body=HI, reply_to=EventID("$0")),
        Post(body=MediaBody(MediaKind.IMAGE, "a.png", MxcURI("mxc://e.org/a"), None, "image/png", 5)),
        Post(body=MediaBody(MediaKind.STICKER, "wave", MxcURI("mxc://e.org/a"))),
        Post(body=MediaBody(MediaKind.FILE, "a.txt", MxcURI("mxc://e.org/a"), caption=Document.of("look"))),
        Post(body=LocationBody("here", "geo:1,2")),
    ],
)
def test_what_we_write_we_read_the_same(post: Post) -> None:
    action = action_of(post)
    assert isinstance(action, MessageEvent)

    event = translate(raw(action.type, action.content))

    assert event == MatrixMessage(
        **BASE, body=post.body, reply_to=post.reply_to, mentions=post.mentions, mark=post.mark
    )


@pytest.mark.parametrize(
    "body",
    [
        HI,
        TextBody(Document((Paragraph((Styled(Style.ITALIC, (Text("b"),)),)),))),
        MediaBody(MediaKind.IMAGE, "a.png", MxcURI("mxc://e.org/a")),
    ],
)
def test_an_edit_we_write_we_read_the_same(body: TextBody | MediaBody) -> None:
    action = action_of(Post(body=body, edit_of=EventID("$0"), mark="m"))
    assert isinstance(action, MessageEvent)

    event = translate(orjson.dumps(orjson.loads(raw(action.type, action.content))))

    assert event == evolve(MatrixEdit(**BASE, target=EventID("$0"), body=body), mark="m")
    assert action.content["body"].startswith("* ")
