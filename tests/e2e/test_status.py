"""Every sender learns what became of a message: a receipt when it arrived, one sentence when it did not."""

import pytest

from tests.e2e.stack import BOT, RELAY_NICK
from tests.e2e.talkers import Talkers, answer_to, ask, read_receipt, status_of

networks = pytest.mark.parametrize("network", ["insp", "ng"])


@networks
async def test_the_bot_reads_what_arrived(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)

    event_id = await here.alice.say(here.room, "hello")

    await read_receipt(here.alice, here.room, event_id)
    assert here.ann.messages(here.channel) == [f"<{here.alice_name}> hello"]


@networks
async def test_a_channel_that_does_not_take_it_is_told_to_the_sender(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    here.ann.send(f"MODE {here.channel} +m")
    here.ann.say(here.channel, "silence now")
    await here.alice.wait_for_message("silence now")

    event_id = await here.alice.say(here.room, "may I speak?")

    sentence = await answer_to(here.alice, event_id)
    assert "takes messages only from people with voice" in sentence.body
    assert sentence.msgtype == "m.notice"
    status = (await status_of(here.alice, event_id)).content
    assert (status["status"], status["network"]) == ("FAIL_PERMANENT", network)
    assert status["message"] in sentence.body


@networks
async def test_what_did_not_arrive_can_be_retried(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    here.ann.send(f"MODE {here.channel} +m")
    here.ann.say(here.channel, "silence now")
    await here.alice.wait_for_message("silence now")
    event_id = await here.alice.say(here.room, "may I speak?")
    await answer_to(here.alice, event_id)
    here.ann.send(f"MODE {here.channel} -m")

    answer = await ask(here.alice, here.room, "!trunkline retry")

    assert "1 message is on the way again" in answer.body
    line = await here.ann.wait_for_text("may I speak?")
    assert line.text == f"<{here.alice_name}> may I speak?"


@networks
async def test_a_relay_that_was_kicked_comes_back_with_the_next_message(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    here.ann.send(f"KICK {here.channel} {RELAY_NICK} :out")
    await here.ann.wait_for("KICK")

    await here.alice.say(here.room, "still here?")

    await here.ann.wait_for_text("still here?")
    here.ann.say(here.channel, "you are back")
    await here.alice.wait_for_message("you are back")


@networks
async def test_a_message_too_long_for_irc_is_refused_whole(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)

    event_id = await here.alice.say(here.room, "\n".join(f"line {number}" for number in range(201)))

    sentence = await answer_to(here.alice, event_id)
    assert "would take 201 lines" in sentence.body
    assert here.ann.messages(here.channel) == []


@networks
async def test_a_topic_that_the_channel_does_not_take_is_told(talk: Talkers, network: str) -> None:
    here = await talk.plumbed(network)
    here.ann.send(f"MODE {here.channel} -o {RELAY_NICK}")
    here.ann.send(f"MODE {here.channel} +t")
    here.ann.say(here.channel, "taken back")
    await here.alice.wait_for_message("taken back")

    event_id = await here.alice.set_topic(here.room, "mine")

    sentence = await answer_to(here.alice, event_id)
    assert "may not do that" in sentence.body


async def test_the_status_is_told_by_the_bot_alone(talk: Talkers) -> None:
    here = await talk.meet("insp")
    here.ann.send(f"MODE {here.channel} +m")
    here.ann.say(here.channel, "silence now")
    await here.alice.wait_for_message("silence now")

    event_id = await here.alice.say(here.room, "may I speak?")

    assert (await status_of(here.alice, event_id)).sender == BOT
    here.ann.say(here.channel, "the end")
    await here.alice.wait_for_message("the end")
    assert here.ann.messages(here.channel) == []
