"""Two sessions and a server that passes their lines on: what one says, the other hears, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.networks.irc.protocol.events import Delivered, Message, MessageKind
from bridge.networks.irc.protocol.line import MAX_BODY_BYTES, Line, Source, encode_line
from bridge.networks.irc.protocol.split import split_text
from bridge.networks.irc.tests.wire import ALL_CAPS, Wire, in_channel

KINDS = st.sampled_from([MessageKind.PRIVMSG, MessageKind.NOTICE, MessageKind.ACTION])
every_server = pytest.mark.parametrize("caps", ["", ALL_CAPS], ids=["plain", "modern"])


class Pair:
    """Ann and Bob in ``#a``. The server cuts what does not fit a line, as real ones do."""

    def __init__(self, caps: str) -> None:
        self.ann, self.bob = in_channel(caps, nick="ann"), in_channel(caps, nick="bob")
        self._echoes = "echo-message" in caps

    def say(self, speaker: Wire, text: str, kind: MessageKind) -> list[str]:
        """Say it in as many lines as it takes; returns these, each of them its own token."""
        pieces = split_text(text, speaker.session.text_bytes("#a", kind))
        for number, piece in enumerate(pieces):
            assert speaker.session.say("#a", piece, token=f"{number}", kind=kind) == []
            self._carry(speaker)
        return pieces

    def _carry(self, speaker: Wire) -> None:
        listener = self.bob if speaker is self.ann else self.ann
        for line in speaker.flush():
            if line.command == "PING":
                speaker.hear(f":irc.test PONG irc.test :{line.param(0)}")
                continue
            source = Source("ann" if speaker is self.ann else "bob", "~u", "host.test")
            _hand(listener, Line(line.command, line.params, source))
            if self._echoes:
                tags = {name: line.tags[name] for name in ("label",) if name in line.tags}
                _hand(speaker, Line(line.command, line.params, source, tags))


def _hand(wire: Wire, line: Line) -> None:
    raw = encode_line(line, max_body_bytes=None)
    head, tail = (raw.split(b" ", 1)[0] + b" ", raw.split(b" ", 1)[1]) if line.tags else (b"", raw)
    cut = tail if len(tail) <= MAX_BODY_BYTES else tail[: MAX_BODY_BYTES - 2] + b"\r\n"
    wire.events += wire.session.receive(head + cut, wire.now)
    wire.flush()


def _heard(wire: Wire) -> list[tuple[MessageKind, str, str]]:
    messages = [event for event in wire.events if isinstance(event, Message) and not event.is_echo]
    return [(message.kind, message.source.nick, message.text) for message in messages]


@every_server
@given(st.text(st.characters(exclude_characters="\r\0\x01", exclude_categories=["Cs"])), KINDS)
def test_whatever_is_said_is_heard_whole_and_in_order(caps: str, text: str, kind: MessageKind) -> None:
    pair = Pair(caps)

    pieces = pair.say(pair.ann, text, kind)

    assert _heard(pair.bob) == [(kind, "ann", piece) for piece in pieces]
    delivered = [event.token for event in pair.ann.events if isinstance(event, Delivered)]
    assert delivered == [f"{number}" for number in range(len(pieces))]


@every_server
def test_four_thousand_chinese_characters_are_heard_whole(caps: str) -> None:
    pair = Pair(caps)
    text = "".join(chr(0x4E00 + number) for number in range(4000))

    pair.say(pair.ann, text, MessageKind.PRIVMSG)

    assert "".join(said for _, _, said in _heard(pair.bob)) == text


@every_server
def test_both_may_speak_at_once(caps: str) -> None:
    pair = Pair(caps)

    for number in range(10):
        pair.say(pair.ann, f"ann {number}", MessageKind.PRIVMSG)
        pair.say(pair.bob, f"bob {number}", MessageKind.ACTION)

    assert _heard(pair.bob) == [(MessageKind.PRIVMSG, "ann", f"ann {number}") for number in range(10)]
    assert _heard(pair.ann) == [(MessageKind.ACTION, "bob", f"bob {number}") for number in range(10)]
