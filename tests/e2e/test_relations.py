"""Replies, edits, deletions and reactions: in a readable form, and as such where the network knows them."""

import pytest

from tests.e2e.talkers import Meeting, Talkers, read_receipt

networks = pytest.mark.parametrize("network", ["insp", "ng"])

TAGS = ("message-tags",)


@networks
async def test_a_reply_names_whom_it_answers(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    here.ann.say(here.channel, "who is there?")
    question = await here.alice.wait_for_message("who is there?")

    await here.alice.reply(here.room, question.event_id, "it is me")

    line = await here.ann.wait_for_text("it is me")
    assert line.text == f"<{here.alice_name}> {here.ann.nick}: it is me"


@networks
async def test_a_reply_to_a_person_on_matrix_names_them(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    bob = await talk.user("bob")
    await talk.portal(bob, network)
    first = await bob.say(here.room, "who is there?")
    await here.ann.wait_for_text("who is there?")

    await here.alice.reply(here.room, first, "it is me")

    line = await here.ann.wait_for_text("it is me")
    assert line.text == f"<{here.alice_name}> bob-{talk.ending}: it is me"


async def test_a_reply_carries_the_tag_where_the_network_knows_it(talk: Talkers) -> None:
    here = await talk.meet("insp", caps=(*TAGS, "echo-message"))
    here.ann.say(here.channel, "who is there?")
    question = await here.alice.wait_for_message("who is there?")
    own = await here.ann.wait_for_text("who is there?")

    await here.alice.reply(here.room, question.event_id, "it is me")

    line = await here.ann.wait_for_text("it is me")
    assert line.tags["+draft/reply"] == own.tags["msgid"]


async def test_a_reply_tag_of_irc_is_a_reply_on_matrix(talk: Talkers) -> None:
    here = await talk.meet("insp", caps=TAGS)
    event_id, msgid = await _said_by_alice(here, "who is there?")

    here.ann.send(f"@+draft/reply={msgid} PRIVMSG {here.channel} :it is me")

    answer = await here.alice.wait_for_message("it is me")
    assert answer.relates_to == {"m.in_reply_to": {"event_id": event_id}}


async def test_a_reaction_of_irc_is_a_reaction_on_matrix(talk: Talkers) -> None:
    here = await talk.meet("insp", caps=TAGS)
    event_id, msgid = await _said_by_alice(here, "shall we?")

    here.ann.send(f"@+draft/reply={msgid};+draft/react=👍 TAGMSG {here.channel}")

    reaction = await here.alice.wait_for(lambda event: event.type == "m.reaction", what="a reaction")
    assert reaction.sender == here.ghost(here.ann)
    assert reaction.relates_to == {"rel_type": "m.annotation", "event_id": event_id, "key": "👍"}


async def test_a_reaction_of_irc_that_is_taken_back_is_taken_back_on_matrix(talk: Talkers) -> None:
    here = await talk.meet("insp", caps=TAGS)
    _, msgid = await _said_by_alice(here, "shall we?")
    here.ann.send(f"@+draft/reply={msgid};+draft/react=👍 TAGMSG {here.channel}")
    reaction = await here.alice.wait_for(lambda event: event.type == "m.reaction", what="a reaction")

    here.ann.send(f"@+draft/reply={msgid};+draft/unreact=👍 TAGMSG {here.channel}")

    gone = await here.alice.wait_for(lambda event: event.type == "m.room.redaction", what="a redaction")
    assert reaction.event_id in (gone.content.get("redacts"), gone.source.get("redacts"))
    assert gone.sender == here.ghost(here.ann)


async def test_a_reaction_to_a_line_of_irc_finds_its_event(talk: Talkers) -> None:
    here = await talk.meet("insp", caps=(*TAGS, "echo-message"))
    here.ann.say(here.channel, "my own words")
    event = await here.alice.wait_for_message("my own words")
    own = await here.ann.wait_for_text("my own words")

    here.ann.send(f"@+draft/reply={own.tags['msgid']};+draft/react=❤ TAGMSG {here.channel}")

    reaction = await here.alice.wait_for(lambda event: event.type == "m.reaction", what="a reaction")
    assert reaction.relates_to["event_id"] == event.event_id


@networks
async def test_a_reaction_of_matrix_is_readable_on_irc(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    here.ann.say(here.channel, "shall we?")
    question = await here.alice.wait_for_message("shall we?")

    await here.alice.react(here.room, question.event_id, "👍")

    line = await here.ann.wait_for_text("reacted")
    assert line.text == f"* {here.alice_name} reacted with 👍 to {here.ann.nick}: “shall we?”"


@networks
async def test_an_edit_is_the_new_text_behind_a_star(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    event_id = await here.alice.say(here.room, "the quick red fox")
    await here.ann.wait_for_text("red fox")

    await here.alice.edit(here.room, event_id, "the quick brown fox")

    line = await here.ann.wait_for_text("brown fox")
    assert line.text == f"<{here.alice_name}> * the quick brown fox (red → brown)"


@networks
async def test_a_deletion_is_told_without_the_words(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    event_id = await here.alice.say(here.room, "my password is hunter2")
    await here.ann.wait_for_text("hunter2")
    since = here.ann.mark()

    await here.alice.redact(here.room, event_id, "oops")

    line = await here.ann.wait_for_text("deleted", since=since)
    assert line.text == f"* {here.alice_name} has deleted a message: oops"


@networks
async def test_an_edit_right_behind_its_message_comes_after_it(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)

    event_id = await here.alice.say(here.room, "helo")
    await here.alice.edit(here.room, event_id, "hello")
    await here.alice.react(here.room, event_id, "👍")

    await here.ann.wait_for_text("reacted")
    first, second, third = here.ann.messages(here.channel)
    assert first.endswith("helo")
    assert second.endswith("* hello")
    assert third.startswith(f"* {here.alice_name} reacted with 👍")


async def _said_by_alice(here: Meeting, text: str) -> tuple[str, str]:
    """The event ID and the network's ID of something that Alice says."""
    event_id = await here.alice.say(here.room, text)
    line = await here.ann.wait_for_text(text)
    await read_receipt(here.alice, here.room, event_id)
    return event_id, line.tags["msgid"]
