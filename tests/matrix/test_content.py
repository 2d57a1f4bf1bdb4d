"""What we say, as content."""

from attrs import evolve

from bridge.matrix.bridge_info import content_of, state_key_of
from bridge.matrix.content import LATE_KEY, MessageEvent, Redaction, StateChange, action_of
from bridge.model.ids import EventID, UserID
from bridge.model.markup import Document
from bridge.model.messages import MediaBody, MediaKind, TextBody
from bridge.model.outgoing import BridgeInfo, Post, PostReaction, PostRedaction, PostStatus, PostTopic

TARGET = EventID("$0")


def test_mentions_are_always_said() -> None:
    action = action_of(Post(body=TextBody(Document.of("x"))))

    assert action == MessageEvent("m.room.message", {"msgtype": "m.text", "body": "x", "m.mentions": {}})


def test_what_comes_late_says_so() -> None:
    action = action_of(Post(body=TextBody(Document.of("x")), late=True))

    assert isinstance(action, MessageEvent)
    assert action.content[LATE_KEY] is True


def test_an_edit_calls_nobody_again() -> None:
    bob = UserID("@bob:b")
    action = action_of(Post(body=TextBody(Document.of("x")), edit_of=TARGET, mentions=(bob,)))

    assert isinstance(action, MessageEvent)
    assert action.content["m.mentions"] == {}
    assert action.content["m.new_content"]["m.mentions"] == {"user_ids": [bob]}


def test_a_file_elsewhere_on_the_web_is_a_link() -> None:
    body = MediaBody(MediaKind.IMAGE, "cat.png", url="https://example.org/cat.png")
    action = action_of(Post(body=body))

    assert isinstance(action, MessageEvent)
    assert action.content["msgtype"] == "m.text"
    assert "https://example.org/cat.png" in action.content["body"]


def test_a_failure_says_whether_trying_again_helps() -> None:
    failed = PostStatus(target=TARGET, arrived=False, network="irc", sentence="No.", can_retry=True)
    final = PostStatus(target=TARGET, arrived=False, network="irc", reason_code="com.example", sentence="No.")

    assert action_of(failed) == MessageEvent(
        "com.beeper.message_send_status",
        {
            "m.relates_to": {"rel_type": "m.reference", "event_id": "$0"},
            "network": "irc",
            "status": "FAIL_RETRIABLE",
            "reason": "m.bridge_unavailable",
            "message": "No.",
        },
    )
    action = action_of(final)
    assert isinstance(action, MessageEvent)
    assert (action.content["status"], action.content["reason"]) == ("FAIL_PERMANENT", "com.example")


def test_half_characters_do_not_go_out() -> None:
    assert action_of(PostTopic(topic="a\ud83d")) == StateChange("m.room.topic", {"topic": "a\ufffd"})
    assert action_of(PostRedaction(target=TARGET, reason="\0b")) == Redaction(TARGET, "b")
    reaction = action_of(PostReaction(target=TARGET, key="\ud83d"))
    assert isinstance(reaction, MessageEvent)
    assert reaction.content["m.relates_to"]["key"] == "\ufffd"


INFO = BridgeInfo(
    creator=None,
    protocol_id="irc",
    protocol_name="IRC",
    network_id="libera",
    network_name="Libera.Chat",
    channel_id="#a/b",
    channel_name="#a/b",
)


def test_bridge_information_names_protocol_and_channel() -> None:
    content = content_of(INFO, UserID("@trunkline:example.org"))

    assert content["protocol"]["id"] == "irc"
    assert content["channel"]["id"] == "#a/b"
    assert state_key_of(INFO) == "dev.trunkline://irc/libera/%23a%2Fb"


def test_a_long_channel_name_still_makes_a_key() -> None:
    key = state_key_of(evolve(INFO, channel_id="#" * 300))

    assert len(key) <= 255
    assert key != state_key_of(evolve(INFO, channel_id="#" * 301))
