"""Where a message is, and what becomes of one that failed, in chat and in a shell."""

import asyncio

import pytest

from bridge.app.control_wire import Wish
from bridge.cli.ask import ask_bridge
from tests.e2e.talkers import Talkers, answer_to, ask, read_receipt

networks = pytest.mark.parametrize("network", ["insp", "ng"])


@networks
async def test_a_reply_asks_where_a_message_is(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    event_id = await here.alice.say(here.room, "hello")
    await read_receipt(here.alice, here.room, event_id)

    question = await here.alice.reply(here.room, event_id, "!trunkline trace")

    answer = (await answer_to(here.alice, question)).body
    assert event_id in answer
    assert f"planned as 1 part for {here.channel} on {network}." in answer
    assert f"part 1 arrived; {network} confirmed it." in answer


async def test_a_line_from_irc_is_found_by_the_event_it_became(talk: Talkers) -> None:
    here = await talk.meet("insp")
    here.ann.say(here.channel, "hello")
    event = await here.alice.wait_for_message("hello")
    wish = Wish(action="trace", words=(event.event_id,))

    reply = await asyncio.to_thread(ask_bridge, talk.stack.place.folder, wish)

    keys = [phrase.key for phrase in reply.phrases]
    assert keys[:3] == ["trace.arrived", "trace.arrival.confirmed", "trace.event"]
    (pair,) = [phrase for phrase in reply.phrases if phrase.key == "trace.pair"]
    assert pair.values["remote"] == reply.phrases[0].values["remote"] != "-"


async def test_the_id_of_a_line_on_irc_finds_it_as_well(talk: Talkers) -> None:
    here = await talk.meet("insp")
    event_id = await here.alice.say(here.room, "hello")
    await read_receipt(here.alice, here.room, event_id)
    folder = talk.stack.place.folder
    seen = await asyncio.to_thread(ask_bridge, folder, Wish(action="trace", words=(event_id,)))
    (remote_id,) = [str(phrase.values["remote"]) for phrase in seen.phrases if phrase.key == "trace.pair"]

    found = await asyncio.to_thread(ask_bridge, folder, Wish(action="trace", words=(remote_id,)))

    assert found == seen


@networks
async def test_a_reaction_sends_an_own_failed_message_again(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    here.ann.send(f"MODE {here.channel} +m")
    here.ann.say(here.channel, "silence now")
    await here.alice.wait_for_message("silence now")
    event_id = await here.alice.say(here.room, "may I speak?")
    await answer_to(here.alice, event_id)
    listed = await ask(here.alice, here.room, "!trunkline dead")
    here.ann.send(f"MODE {here.channel} -m")

    await here.alice.react(here.room, event_id, "🔁")

    assert f"refused, {here.alice.user_id} to {here.channel} on {network}" in listed.body
    line = await here.ann.wait_for_text("may I speak?")
    assert line.text == f"<{here.alice_name}> may I speak?"
