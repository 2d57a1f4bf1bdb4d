"""The page of what crosses to and from IRC, made by sending examples through the translators."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from bridge.model.ids import (
    ChatID,
    EventID,
    LoginID,
    MxcURI,
    NetworkName,
    RemoteMessageID,
    RemoteUserID,
    UserID,
)
from bridge.model.markup import Document, Inline, Paragraph, Style, Styled, Text
from bridge.model.messages import LocationBody, MediaBody, MediaKind, TextBody, Tone
from bridge.model.outgoing import (
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
from bridge.networks.irc.from_matrix import Room, plan_say
from bridge.networks.irc.parts import Write, WriteKind, read_part
from bridge.networks.irc.protocol.capabilities import WANTED
from bridge.networks.irc.protocol.events import (
    Event,
    Joined,
    Kicked,
    Message,
    MessageKind,
    NickChanged,
    Parted,
    Quit,
    TopicChanged,
)
from bridge.networks.irc.protocol.formatting import write_codes
from bridge.networks.irc.protocol.line import Source
from bridge.networks.irc.to_matrix import REACT_TAG, REPLY_TAG, View, to_matrix
from tests.docs.reference.markdown import code, page, table

_CHAT: Final = ChatID("#python")
_ALICE: Final = Speaker(UserID("@alice:example.org"), "alice", "alice")
_BOB: Final = Target((RemoteMessageID("42"),), "bob", RemoteUserID("bob"), "what bob said")
_OWN: Final = Target((), "alice", None, "I like red foxes")
_EVENT: Final = EventID("$event")
_PHOTO: Final = MediaBody(MediaKind.IMAGE, "photo.jpg", MxcURI("mxc://example.org/abc"), size_bytes=34_000)
_ROOM: Final = Room(max_lines=200, tags=True)

_INTRODUCTION: Final = """
The relay, one connection, speaks for everybody in a room. The names of those it speaks for stand in front of
each line, in a form that nobody can forge: [the relay form](../decisions/relay-form.md).

## From Matrix to IRC
Control codes are shown as `\\x02` and so on.
"""
_EACH_LINE: Final = """
A reaction that is taken back says nothing on IRC. A line cannot be unsaid there, and a second one about a
slip of the finger would cost the channel more than it tells; a deleted message is told, because it asks
people to look away.

A text is cut at line ends, at spaces, and between characters, so that every piece arrives whole; a message
that takes more than `max_lines` lines is refused with a sentence instead of sent in part. Lines go out at the
pace of `flood_burst` and `flood_rate`.

### Formatting
"""
_STYLES: Final = {
    Style.BOLD: "bold",
    Style.ITALIC: "italic",
    Style.UNDERLINE: "underline",
    Style.STRIKE: "struck through",
    Style.CODE: "code",
    Style.SPOILER: "spoiler: black on black",
}
_BACK: Final = """
## From IRC to Matrix
One line is one event. Bold, italic, underline, strikethrough, monospace and colours are read.
"""
_LAZY: Final = """
A person comes into the room with their first word. Everybody else comes, goes and is renamed in quiet moments
(`bridge.quiet_s`), at most `bridge.background_members` of them, and never ahead of what was said. Private
messages to the bridge's nick are not bridged.

## Whether a line arrived
| The server has | Evidence |
|---|---|
| `labeled-response` and `echo-message` | the echo with the line's label; an error with it is a refusal |
| `echo-message` | the echo of the same text to the same target |
| neither | a PING behind the line: no error before its PONG means delivery |

A notice is never answered with an error, so without `echo-message` it is *sent* and not *confirmed*. What
gets no answer in time, or is under way when the connection ends, is *uncertain*. See [a PING as a
barrier](../decisions/ping-barrier.md).

## Capabilities
Asked for where the server offers them; nothing is needed beyond RFC 1459. `sasl` is asked for when an account
is configured (SCRAM-SHA-256 where offered, else PLAIN).
"""


def irc_page() -> str:
    wanted = ", ".join(code(name) for name in sorted(WANTED))
    return page(
        "IRC: what crosses, and how",
        _INTRODUCTION,
        table(["On Matrix", "On IRC"], [[what, "<br>".join(_lines(say))] for what, say in _said()]),
        _EACH_LINE,
        table(["On Matrix", "On IRC"], [[words, _codes(style)] for style, words in _styles()]),
        _BACK,
        table(["On IRC", "In the room"], [[line, _seen(event, words)] for line, event, words in _heard()]),
        _LAZY,
        wanted + ".",
        "All options: [configuration](configuration.md#networks-type-irc).",
    )


def _said() -> Iterator[tuple[str, Say]]:
    text, notice, emote = _text("hello"), _text("done", Tone.NOTICE), _text("waves", Tone.EMOTE)
    yield "a text", _message(text)
    yield "a notice", _message(notice)
    yield "`/me waves`", _message(emote)
    yield "a reply to bob", SayMessage(speaker=_ALICE, event_id=_EVENT, body=_text("yes"), reply_to=_BOB)
    said_at = datetime(2026, 11, 23, 17, 5, tzinfo=UTC)
    yield (
        "a text that comes five minutes late or more",
        SayMessage(speaker=_ALICE, event_id=_EVENT, body=text, said_at=said_at),
    )
    edited = _text("I like brown foxes")
    yield "an edit of a few words", SayEdit(speaker=_ALICE, event_id=_EVENT, target=_OWN, body=edited)
    other = _text("no, cats")
    yield "any other edit", SayEdit(speaker=_ALICE, event_id=_EVENT, target=_OWN, body=other)
    yield "a reaction to bob", SayReaction(speaker=_ALICE, event_id=_EVENT, target=_BOB, key="👍")
    yield "a deleted message", SayRedaction(speaker=_ALICE, event_id=_EVENT, target=_OWN)
    bobs = SayRedaction(speaker=_ALICE, event_id=_EVENT, target=_BOB, reason="spam")
    yield "a deleted message of bob's", bobs
    linked = SayMessage(
        speaker=_ALICE, event_id=_EVENT, body=_PHOTO, media_url="https://bridge.example.org/media/v1/…"
    )
    yield "a photo", linked
    yield "a photo, without `public.url`", _message(_PHOTO)
    yield (
        "a location",
        SayMessage(speaker=_ALICE, event_id=_EVENT, body=LocationBody("the zoo", "geo:48.2,16.3")),
    )
    yield "a new topic", SayTopic(speaker=_ALICE, event_id=_EVENT, topic="all about foxes")
    yield "a kick of bob", SayKick(speaker=_ALICE, event_id=_EVENT, user=RemoteUserID("bob"), reason="spam")


def _message(body: TextBody | MediaBody) -> SayMessage:
    return SayMessage(speaker=_ALICE, event_id=_EVENT, body=body)


def _text(words: str, tone: Tone = Tone.TEXT) -> TextBody:
    return TextBody(Document((Paragraph((Text(words),)),)), tone)


def _lines(say: Say) -> Sequence[str]:
    return [code(_line(read_part(part))) for part in plan_say(_CHAT, say, _ROOM)]


def _line(write: Write) -> str:
    tags = ";".join(f"{name}={value}" for name, value in write.tags.items())
    head = f"@{tags} " if tags else ""
    match write.kind:
        case WriteKind.KICK:
            return f"{head}KICK {write.target} {write.user} :{write.text}"
        case WriteKind.TOPIC:
            return f"{head}TOPIC {write.target} :{write.text}"
        case WriteKind.NOTICE:
            return f"{head}NOTICE {write.target} :{write.text}"
        case WriteKind.ACTION:
            return f"{head}PRIVMSG {write.target} :\\x01ACTION {write.text}\\x01"
        case WriteKind.TEXT:
            return f"{head}PRIVMSG {write.target} :{write.text}"


def _styles() -> Iterator[tuple[Style, str]]:
    assert set(_STYLES) == set(Style), "every style is explained"
    yield from _STYLES.items()


def _codes(style: Style) -> str:
    nodes: tuple[Inline, ...] = (Styled(style, (Text("fox"),)),)
    return code(write_codes(nodes).encode("unicode_escape").decode())


def _heard() -> Iterator[tuple[str, Event, str]]:
    bob, amy = Source("bob", "bob", "example.net"), Source("amy", "amy", "example.net")
    say = {kind: Message(kind, bob, str(_CHAT), "hello") for kind in MessageKind}
    yield "`hello`", say[MessageKind.PRIVMSG], "a text by bob's ghost"
    addressed = Message(MessageKind.PRIVMSG, bob, str(_CHAT), "amy: hello")
    yield "`amy: hello`", addressed, "the same; it mentions the ghost of that nick"
    yield "a NOTICE", say[MessageKind.NOTICE], "a notice"
    yield "`/me waves`", say[MessageKind.ACTION], "an emote"
    tags = {REPLY_TAG: "42", REACT_TAG: "👍"}
    reply = Message(MessageKind.PRIVMSG, bob, str(_CHAT), "yes", tags={REPLY_TAG: "42"}, msgid="43")
    yield f"a line with the tag `{REPLY_TAG}`", reply, "a reply"
    react = Message(MessageKind.TAGMSG, bob, str(_CHAT), "", tags=tags, msgid="44")
    yield f"a TAGMSG with `{REACT_TAG}`", react, "a reaction"
    topic = TopicChanged(str(_CHAT), "foxes", "bob", None, is_new=True)
    yield "a new topic", topic, "the topic, set by the bridge bot"
    kick = Kicked(str(_CHAT), bob, "amy", "spam", is_self=False)
    yield "a kick", kick, "the ghost leaves with the reason"
    yield "a JOIN", Joined(str(_CHAT), amy, is_self=False), "the ghost joins, in a quiet moment"
    yield "a PART", Parted(str(_CHAT), amy, "bye", is_self=False), "the ghost leaves, in a quiet moment"
    yield "a QUIT", Quit(amy, "bye", (str(_CHAT),)), "the ghost leaves all its rooms, in a quiet moment"
    nick = NickChanged(amy, "amy", "amelia", is_self=False, channels=(str(_CHAT),))
    yield "a new nick", nick, "the ghost is renamed"
    yield "a CTCP request", say[MessageKind.CTCP], ""
    whisper = Message(MessageKind.PRIVMSG, bob, str(_CHAT), "psst", status="@")
    yield "a line to operators alone (`@#python`)", whisper, ""


def _seen(event: Event, words: str) -> str:
    view = View(
        NetworkName("libera"), LoginID("libera:relay"), lambda nick: False, lambda chat: ("bob", "amy")
    )
    crosses = bool(to_matrix(event, view))
    assert crosses == bool(words), f"the page and the translator agree about {event}"
    return words or "stays on IRC"
