"""Line ends and NUL from Matrix never become lines of IRC, whatever field they come in."""

from urllib.parse import quote

import pytest

from tests.e2e.stack import RELAY_NICK
from tests.e2e.talkers import Meeting, Talkers, ask

networks = pytest.mark.parametrize("network", ["insp", "ng"])

EVIL = "x\r\nJOIN #evil{ending}\nQUIT :gone\r\x00\u2028JOIN #evil{ending}\x85"


async def _nothing_happened(here: Meeting, evil: str) -> None:
    """The relay is here and not there, and chat goes on."""
    await here.alice.say(here.room, "the end")
    await here.ann.wait_for_text("the end")
    since = here.ann.mark()
    here.ann.send(f"NAMES {evil}")
    await here.ann.sync()
    names = [line.text for line in here.ann.lines[since:] if line.command == "353"]
    assert [text for text in names if RELAY_NICK in text] == []
    assert [line for line in here.ann.lines if line.command == "QUIT" and line.source == RELAY_NICK] == []


@networks
async def test_line_ends_in_words_are_lines_of_the_same_speaker(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    evil = EVIL.format(ending=talk.ending)

    await here.alice.say(here.room, evil)
    await here.alice.say_html(here.room, evil, f"<b>{evil}</b><pre>{evil}</pre>")
    await _nothing_happened(here, f"#evil{talk.ending}")

    name = here.alice_name
    assert {line.partition("> ")[0] for line in here.ann.messages(here.channel)} == {f"<{name}"}


@networks
async def test_line_ends_in_a_topic_or_a_kick_stay_in_them(talk: Talkers, network: str) -> None:
    here = await talk.plumbed(network)
    evil = EVIL.format(ending=talk.ending)
    ben = await talk.joined("ben", network)
    ben.say(here.channel, "hello")
    await here.alice.wait_for_message("hello")

    await here.alice.set_topic(here.room, evil)
    await here.alice.kick(here.room, here.ghost(ben), evil)

    assert "JOIN #evil" in (await here.ann.wait_for("TOPIC")).text
    assert "JOIN #evil" in (await here.ann.wait_for("KICK")).text
    await _nothing_happened(here, f"#evil{talk.ending}")


@networks
async def test_line_ends_in_names_files_and_reactions_stay_in_them(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    evil = EVIL.format(ending=talk.ending)
    path = f"/_matrix/client/v3/profile/{quote(here.alice.user_id)}/displayname"
    await here.alice.api("PUT", path, {"displayname": evil})
    first = await here.alice.say(here.room, evil)

    await here.alice.reply(here.room, first, evil)
    await here.alice.react(here.room, first, evil)
    await here.alice.redact(here.room, first, evil)
    content = {"msgtype": "m.file", "body": evil, "filename": evil, "url": "mxc://localhost/x", "info": {}}
    await here.alice.send_event(here.room, "m.room.message", content)
    place = {"msgtype": "m.location", "body": evil, "geo_uri": evil}
    await here.alice.send_event(here.room, "m.room.message", place)

    await _nothing_happened(here, f"#evil{talk.ending}")


BAD_CHANNELS = {
    "line ends": "#a\r\nQUIT",
    "two": "#a,#b",
    "a separator": "#a\u2028b",
    "a line end": "# \rQUIT",
    "too long": "#" + 300 * "x",
}


@pytest.mark.parametrize("name", BAD_CHANNELS)
async def test_a_channel_that_is_none_is_refused_before_the_wire(talk: Talkers, name: str) -> None:
    alice = await talk.user("alice")
    desk = await talk.management_room(alice)

    answer = await ask(alice, desk, f"join ng {BAD_CHANNELS[name]}")

    assert "is no IRC channel" in answer.body
    status = await ask(alice, desk, "status")
    assert "ng: connected" in status.body
