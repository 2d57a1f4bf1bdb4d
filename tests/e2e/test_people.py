"""Topics, kicks, nicks, and people who come and go."""

import asyncio

import pytest

from tests.e2e.stack import BOT, RELAY_NICK
from tests.e2e.talkers import Talkers, ghost_id, membership

networks = pytest.mark.parametrize("network", ["insp", "ng"])


@networks
async def test_a_topic_of_irc_is_the_rooms_topic(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)

    here.ann.send(f"TOPIC {here.channel} :all about \x02cats\x02")

    event = await here.alice.wait_for(
        lambda event: event.type == "m.room.topic" and event.content.get("topic") == "all about cats",
        what="the topic",
    )
    assert event.sender == BOT


@networks
async def test_a_room_begins_with_the_channels_topic(talk: Talkers, network: str) -> None:
    ann = await talk.irc("ann", network)
    await ann.join(talk.channel)
    ann.send(f"TOPIC {talk.channel} :from the start")
    await ann.wait_for("TOPIC")
    alice = await talk.user("alice")

    room = await talk.portal(alice, network)

    assert (await alice.state(room, "m.room.topic"))["topic"] == "from the start"
    assert (await alice.state(room, "m.room.name"))["name"] == talk.channel


@networks
async def test_a_topic_of_matrix_is_the_channels_topic(talk: Talkers, network: str) -> None:
    here = await talk.plumbed(network)

    await here.alice.set_topic(here.room, "all about\ndogs")

    line = await here.ann.wait_for("TOPIC")
    assert (line.source, line.text) == (RELAY_NICK, "all about dogs")


@networks
async def test_a_topic_that_crossed_does_not_come_back(talk: Talkers, network: str) -> None:
    here = await talk.plumbed(network)

    await here.alice.set_topic(here.room, "once")
    await here.ann.wait_for("TOPIC")
    here.ann.say(here.channel, "the end")
    await here.alice.wait_for_message("the end")

    topics = {e.sender for e in here.alice.events if e.type == "m.room.topic" and e.room_id == here.room}
    assert topics == {here.alice.user_id}


@networks
async def test_a_ghost_kicked_on_matrix_is_kicked_on_irc(talk: Talkers, network: str) -> None:
    here = await talk.plumbed(network)
    ben = await talk.irc("ben", network)
    await ben.join(here.channel)
    ben.say(here.channel, "hello")
    await here.alice.wait_for_message("hello")

    await here.alice.kick(here.room, here.ghost(ben), "too loud")

    line = await ben.wait_for("KICK")
    assert line.params[:2] == [here.channel, ben.nick]
    assert line.text == f"by {here.alice_name}: too loud"


@networks
async def test_somebody_kicked_on_irc_leaves_the_room_with_the_reason(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    ben = await talk.irc("ben", network)
    await ben.join(here.channel)
    ben.say(here.channel, "hello")
    await here.alice.wait_for_message("hello")

    here.ann.send(f"KICK {here.channel} {ben.nick} :too loud")

    event = await membership(here.alice, here.room, here.ghost(ben), "leave")
    assert "too loud" in event.content["reason"]


@networks
async def test_a_new_nick_renames_the_ghost_without_leaving(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    here.ann.say(here.channel, "before")
    await here.alice.wait_for_message("before")
    ghost, since, new = here.ghost(here.ann), here.alice.mark(), f"anna{talk.ending}"

    here.ann.send(f"NICK {new}")
    here.ann.say(here.channel, "after")

    event = await here.alice.wait_for_message("after")
    assert event.sender == ghost
    await here.alice.wait_for(
        lambda e: e.type == "m.room.member" and e.state_key == ghost and e.content["displayname"] == new,
        since=since,
        what="the new name",
    )
    changes = [e for e in here.alice.events[since:] if e.type == "m.room.member" and e.state_key == ghost]
    assert {e.content["membership"] for e in changes} == {"join"}


@networks
async def test_who_takes_a_name_that_was_given_up_is_somebody_else(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    here.ann.say(here.channel, "before")
    await here.alice.wait_for_message("before")
    old, since = here.ann.nick, here.ann.mark()
    here.ann.send(f"NICK anna{talk.ending}")
    await here.ann.wait_for("NICK", since=since)
    other = await talk.irc("ann", network)
    await other.join(here.channel)

    other.say(here.channel, "I am new")

    event = await here.alice.wait_for_message("I am new")
    assert event.sender != ghost_id(network, old)
    assert (await here.alice.joined_members(here.room))[event.sender] == old


@networks
async def test_people_come_into_the_room_in_quiet_moments_and_go_again(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    ben = await talk.irc("ben", network)

    await ben.join(here.channel)

    await membership(here.alice, here.room, here.ghost(ben), "join")
    since = here.alice.mark()
    await ben.quit("good night")
    event = await membership(here.alice, here.room, here.ghost(ben), "leave", since=since)
    assert "good night" in event.content["reason"]


@networks
async def test_who_parts_leaves_the_room(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    ben = await talk.irc("ben", network)
    await ben.join(here.channel)
    await membership(here.alice, here.room, here.ghost(ben), "join")
    since = here.alice.mark()

    ben.send(f"PART {here.channel} :see you")

    await membership(here.alice, here.room, here.ghost(ben), "leave", since=since)


async def test_thirty_people_who_come_do_not_hold_up_what_is_said(talk: Talkers) -> None:
    here = await talk.meet("insp")
    here.ann.say(here.channel, "warm")
    await here.alice.wait_for_message("warm")
    crowd = await asyncio.gather(*(talk.irc(f"c{number}x", "insp") for number in range(30)))
    since = here.alice.mark()

    for one in crowd:
        one.send(f"JOIN {here.channel}")
    for number in range(10):
        here.ann.say(here.channel, f"line {number}")
    await here.alice.wait_for_message("line 9")

    seen = [e for e in here.alice.events[since:] if e.room_id == here.room and e.where == "timeline"]
    last_line = max(i for i, e in enumerate(seen) if e.body.startswith("line"))
    joined_before = [e for e in seen[:last_line] if e.type == "m.room.member"]
    assert len(joined_before) <= 2


@networks
async def test_own_lines_never_come_back(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)

    for number in range(5):
        await here.alice.say(here.room, f"mine {number}")
    await here.ann.wait_for_text("mine 4")
    here.ann.say(here.channel, "the end")
    await here.alice.wait_for_message("the end")

    senders = {event.sender for event in here.alice.events if event.body.startswith("mine")}
    assert senders == {here.alice.user_id}
    ghosts = await here.alice.joined_members(here.room)
    assert ghost_id(network, RELAY_NICK) not in ghosts


async def test_two_networks_do_not_hear_one_another(talk: Talkers) -> None:
    one, two = await asyncio.gather(talk.joined("ann", "insp"), talk.joined("ann", "ng"))
    alice = await talk.user("alice")
    room_one, room_two = await talk.portal(alice, "insp"), await talk.portal(alice, "ng")

    await alice.say(room_one, "to the first")
    await alice.say(room_two, "to the second")
    await one.wait_for_text("to the first")
    await two.wait_for_text("to the second")
    one.say(talk.channel, "from the first")
    two.say(talk.channel, "from the second")
    await alice.wait_for_message("from the first", room_id=room_one)
    await alice.wait_for_message("from the second", room_id=room_two)

    assert len(one.messages(talk.channel)) == 1
    assert len(two.messages(talk.channel)) == 1
    assert room_one != room_two
