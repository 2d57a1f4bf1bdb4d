"""The kinds of messages, and what is bold, coloured or a list in them."""

import pytest

from tests.e2e.talkers import Talkers

networks = pytest.mark.parametrize("network", ["insp", "ng"])


@networks
async def test_an_action_crosses_both_ways(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)

    await here.alice.act(here.room, "waves")
    here.ann.act(here.channel, "waves back")

    assert (await here.ann.wait_for_text("waves")).text == f"* {here.alice_name} waves"
    event = await here.alice.wait_for_message("waves back")
    assert (event.msgtype, event.body) == ("m.emote", "waves back")


@networks
async def test_a_notice_crosses_both_ways_as_a_notice(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)

    await here.alice.notice(here.room, "a program says")
    here.ann.notice(here.channel, "another one answers")

    line = await here.ann.wait_for_text("a program says", command="NOTICE")
    assert line.text == f"<{here.alice_name}> a program says"
    event = await here.alice.wait_for_message("another one answers")
    assert event.msgtype == "m.notice"


@networks
async def test_bold_italic_and_code_of_matrix_are_codes_on_irc(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)

    html = "one <strong>bold</strong> <em>slanted</em> <u>lined</u> <del>gone</del> <code>x = 1</code>"
    await here.alice.say_html(here.room, "one bold", html)

    line = await here.ann.wait_for_text("one")
    said = line.text.removeprefix(f"<{here.alice_name}> ")
    assert said == "one \x02bold\x02 \x1dslanted\x1d \x1flined\x1f \x1egone\x1e \x11x = 1\x11"


@networks
async def test_colours_links_and_lists_of_matrix_are_readable_on_irc(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)

    html = (
        '<span data-mx-color="#ff0000">red</span> <a href="https://example.org/x">there</a>'
        "<ul><li>first</li><li>second</li></ul><ol><li>uno</li></ol><blockquote>said</blockquote>"
    )
    await here.alice.say_html(here.room, "red", html)

    await here.ann.wait_for_text("said")
    lines = [line.split("> ", 1)[1] for line in here.ann.messages(here.channel)]
    assert lines[0].startswith("\x0304")
    assert lines[0].endswith("red\x0f there (https://example.org/x)")
    assert lines[1:] == ["• first", "• second", "1. uno", "> said"]


@networks
async def test_codes_of_irc_are_html_on_matrix(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)

    here.ann.say(here.channel, "so \x02bold\x02 \x1dslanted\x1d \x1flined\x1f \x0304,01red\x03 end")

    event = await here.alice.wait_for_message("bold")
    html = event.content["formatted_body"]
    assert "<strong>bold</strong> <em>slanted</em> <u>lined</u>" in html
    assert 'data-mx-color="#' in html
    assert "\x02" not in event.body


@networks
async def test_markup_that_irc_people_write_is_shown_as_written(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)

    here.ann.say(here.channel, "<b>not bold</b> & <script>alert(1)</script>")

    event = await here.alice.wait_for_message("not bold")
    assert event.body == "<b>not bold</b> & <script>alert(1)</script>"
    assert "formatted_body" not in event.content


@networks
async def test_several_lines_are_several_lines_in_their_order(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)

    await here.alice.say(here.room, "first\n\nsecond\r\nthird")

    await here.ann.wait_for_text("third")
    name = here.alice_name
    assert here.ann.messages(here.channel) == [f"<{name}> first", f"<{name}> second", f"<{name}> third"]


@networks
async def test_a_location_is_read_with_its_place(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)

    content = {"msgtype": "m.location", "body": "the tower", "geo_uri": "geo:48.85,2.29"}
    await here.alice.send_event(here.room, "m.room.message", content)

    line = await here.ann.wait_for_text("the tower")
    assert line.text.endswith("the tower geo:48.85,2.29")


@networks
async def test_somebody_addressed_on_irc_is_mentioned_on_matrix(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    ben = await talk.irc("ben", network)
    await ben.join(here.channel)
    ben.say(here.channel, "hello")
    await here.alice.wait_for_message("hello")

    here.ann.say(here.channel, f"{ben.nick}: look")

    event = await here.alice.wait_for_message("look")
    assert event.content["m.mentions"] == {"user_ids": [here.ghost(ben)]}


@networks
async def test_what_no_one_addressed_mentions_nobody(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)

    here.ann.say(here.channel, "@room everybody")

    assert (await here.alice.wait_for_message("everybody")).content["m.mentions"] == {}
