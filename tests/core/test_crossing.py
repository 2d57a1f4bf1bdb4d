"""What is said on one side is heard on the other, once and in order."""

from bridge.matrix.content import MARK_KEY
from bridge.model.markup import Document
from bridge.model.messages import Tone
from bridge.model.statuses import PartState
from bridge.networks.demo.protocol.place import Edited, Fault, Reacted, Removed, TopicSet, Went
from bridge.testing.clock import settle
from bridge.text.plain import to_plain
from tests.core.world import ALICE, BOB, LOBBY, World


async def test_a_message_crosses_and_is_confirmed_by_the_network(world: World) -> None:
    portal = await world.portal()
    event_id = await world.say(portal.room_id, ALICE, "hello there")
    rows = await world.store.ledger.parts_of(event_id)
    assert world.said() == ["hello there"]
    assert [row.state for row in rows] == [PartState.CONFIRMED]


async def test_the_relay_says_for_whom_it_speaks(world: World) -> None:
    portal = await world.portal()
    await world.say(portal.room_id, ALICE, "hello there")
    assert [line.on_behalf_of for line in world.lines()] == ["alice"]


async def test_the_relay_lets_nobody_pass_for_somebody_else(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    names = world.homeserver.rooms[portal.room_id].names
    names.update({ALICE: "Sam", BOB: "Sam"})
    await world.say(portal.room_id, ALICE, "first")
    names[BOB] = "Carol"
    await world.say(portal.room_id, BOB, "second")
    names[BOB] = "Bridge"
    await world.say(portal.room_id, BOB, "third")
    shown = [line.on_behalf_of for line in world.lines()]
    assert shown == [f"Sam ({ALICE})", f"Carol ({BOB})", f"Bridge ({BOB})"]


async def test_a_sender_sees_by_a_receipt_that_it_arrived(world: World) -> None:
    portal = await world.portal()
    event_id = await world.say(portal.room_id, ALICE, "hello there")
    assert world.homeserver.rooms[portal.room_id].read_up_to == event_id
    assert world.homeserver.sent == []


async def test_notices_and_emotes_keep_their_tone(world: World) -> None:
    portal = await world.portal()
    await world.say(portal.room_id, ALICE, "built", msgtype="m.notice")
    await world.say(portal.room_id, ALICE, "waves", msgtype="m.emote")
    assert [line.tone for line in world.lines()] == [Tone.NOTICE, Tone.EMOTE]


async def test_a_remote_line_is_said_by_its_ghost(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    await world.hear("carol", "hi all")
    event = world.homeserver.rooms[portal.room_id].timeline[-1]
    assert event["sender"] == "@_trunkline_demo_carol:example.org"
    assert event["content"]["body"] == "hi all"
    assert event["content"][MARK_KEY].startswith("a")
    assert world.homeserver.profiles[event["sender"]].display_name == "carol"


async def test_remote_notices_and_emotes_keep_their_tone(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    await world.hear("carol", "built", tone=Tone.NOTICE)
    await world.hear("carol", "waves", tone=Tone.EMOTE)
    timeline = world.homeserver.rooms[portal.room_id].timeline
    assert [event["content"]["msgtype"] for event in timeline] == ["m.notice", "m.emote"]


async def test_what_a_ghost_said_does_not_come_back(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    await world.hear("carol", "hi all")
    ghost = world.homeserver.sent[0].sender
    await world.say(portal.room_id, ghost, "hi all")
    assert world.said() == []


async def test_a_reply_points_at_the_line_on_the_network(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    number = await world.hear("carol", "who is there?")
    answered = world.homeserver.sent[-1].event_id
    relation = {"m.in_reply_to": {"event_id": answered}}
    await world.say(portal.room_id, ALICE, "me", **{"m.relates_to": relation})
    assert [line.reply_to for line in world.lines()] == [number]


async def test_a_reply_to_something_never_bridged_is_said_plainly(world: World) -> None:
    portal = await world.portal()
    relation = {"m.in_reply_to": {"event_id": "$older"}}
    await world.say(portal.room_id, ALICE, "me", **{"m.relates_to": relation})
    assert [(to_plain(line.text), line.reply_to) for line in world.lines()] == [("me", None)]


async def test_a_remote_reply_points_at_the_event(world: World) -> None:
    portal = await world.portal()
    asked = await world.say(portal.room_id, ALICE, "who is there?")
    await world.come("carol")
    await world.hear("carol", "me", reply_to=world.lines()[0].number)
    content = world.homeserver.rooms[portal.room_id].timeline[-1]["content"]
    assert content["m.relates_to"] == {"m.in_reply_to": {"event_id": asked}}


async def test_an_edit_changes_the_line_on_the_network(world: World) -> None:
    portal = await world.portal()
    said = await world.say(portal.room_id, ALICE, "helo")
    relation = {"rel_type": "m.replace", "event_id": said}
    new = {"msgtype": "m.text", "body": "hello"}
    await world.say(portal.room_id, ALICE, "* hello", **{"m.relates_to": relation, "m.new_content": new})
    *_, edited = world.place.said_in(LOBBY)
    assert isinstance(edited, Edited)
    assert (edited.target, to_plain(edited.text)) == (world.lines()[0].number, "hello")


async def test_a_remote_edit_changes_the_event(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    target = await world.hear("carol", "helo")
    said = world.homeserver.sent[-1].event_id
    text = Document.of("hello")
    world.do(lambda number: Edited(number=number, chat=LOBBY, nick="carol", target=target, text=text))
    await settle()
    content = world.homeserver.rooms[portal.room_id].timeline[-1]["content"]
    assert content["m.relates_to"] == {"rel_type": "m.replace", "event_id": said}
    assert content["m.new_content"]["body"] == "hello"


async def test_reactions_cross_both_ways(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    number = await world.hear("carol", "cake?")
    asked = world.homeserver.sent[-1].event_id
    relation = {"rel_type": "m.annotation", "event_id": asked, "key": "👍"}
    await world.happen(portal.room_id, ALICE, "m.reaction", {"m.relates_to": relation})
    *_, reacted = world.place.said_in(LOBBY)
    assert isinstance(reacted, Reacted)
    assert (reacted.target, reacted.key) == (number, "👍")
    world.do(lambda each: Reacted(number=each, chat=LOBBY, nick="carol", target=number, key="🎂"))
    await settle()
    content = world.homeserver.rooms[portal.room_id].timeline[-1]["content"]
    assert content["m.relates_to"] == {"rel_type": "m.annotation", "event_id": asked, "key": "🎂"}


async def test_a_reaction_taken_back_is_not_told_to_the_network(world: World) -> None:
    """A decision, and no accident: it would be one more line about what nobody wanted to say."""
    portal = await world.portal()
    await world.come("carol")
    await world.hear("carol", "cake?")
    relation = {"rel_type": "m.annotation", "event_id": world.homeserver.sent[-1].event_id, "key": "👍"}
    reaction = await world.happen(portal.room_id, ALICE, "m.reaction", {"m.relates_to": relation})
    before = list(world.place.said_in(LOBBY))
    await world.happen(portal.room_id, ALICE, "m.room.redaction", {"redacts": reaction})
    assert list(world.place.said_in(LOBBY)) == before
    assert world.statuses() == []


async def test_redactions_cross_both_ways(world: World) -> None:
    portal = await world.portal()
    said = await world.say(portal.room_id, ALICE, "oops")
    await world.happen(portal.room_id, ALICE, "m.room.redaction", {"redacts": said})
    *_, removed = world.place.said_in(LOBBY)
    assert isinstance(removed, Removed)
    assert removed.target == world.lines()[0].number
    await world.come("carol")
    number = await world.hear("carol", "oops too")
    event_id = world.homeserver.sent[-1].event_id
    world.do(lambda each: Removed(number=each, chat=LOBBY, nick="carol", target=number))
    await settle()
    event = world.homeserver.rooms[portal.room_id].timeline[-1]
    assert (event["type"], event["content"]["redacts"]) == ("m.room.redaction", event_id)
    assert event["sender"] == "@_trunkline_demo_carol:example.org"


async def test_a_remote_moderator_redacts_through_the_bot(world: World) -> None:
    portal = await world.portal()
    said = await world.say(portal.room_id, ALICE, "rude")
    await world.come("carol")
    target = world.lines()[0].number
    world.do(lambda each: Removed(number=each, chat=LOBBY, nick="carol", target=target))
    await settle()
    event = world.homeserver.rooms[portal.room_id].timeline[-1]
    assert (event["sender"], event["content"]["redacts"]) == (world.homeserver.bot, said)


async def test_topics_cross_both_ways(world: World) -> None:
    portal = await world.portal()
    await world.happen(portal.room_id, ALICE, "m.room.topic", {"topic": "cake"}, state_key="")
    assert world.place.chats[LOBBY].topic == "cake"
    await world.come("carol")
    world.do(lambda number: TopicSet(number=number, chat=LOBBY, nick="carol", topic="tea"))
    await settle()
    assert world.homeserver.rooms[portal.room_id].state["m.room.topic", ""] == {"topic": "tea"}


async def test_media_crosses_as_a_link(world: World) -> None:
    portal = await world.portal()
    await world.say(portal.room_id, ALICE, "cat.jpg", msgtype="m.image", url="mxc://example.org/abc", info={})
    assert world.said() == ["cat.jpg https://bridge.example/cat.jpg"]


async def test_a_ghost_kicked_on_matrix_is_kicked_on_the_network(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    await world.hear("carol", "spam")
    ghost = world.homeserver.sent[-1].sender
    await world.happen(
        portal.room_id,
        ALICE,
        "m.room.member",
        {"membership": "leave", "reason": "spam"},
        state_key=ghost,
        unsigned={"prev_content": {"membership": "join"}},
    )
    *_, went = world.place.said_in(LOBBY)
    assert isinstance(went, Went)
    assert (went.nick, went.by, went.reason) == ("carol", "bridge", "spam")


async def test_an_invite_of_a_ghost_taken_back_kicks_nobody(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    await world.hear("carol", "hi")
    ghost = world.homeserver.sent[-1].sender
    await world.happen(
        portal.room_id,
        ALICE,
        "m.room.member",
        {"membership": "leave"},
        state_key=ghost,
        unsigned={"prev_content": {"membership": "invite"}},
    )
    assert "carol" in world.place.chats[LOBBY].nicks


async def test_a_kick_of_a_renamed_ghost_hits_its_new_name(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    await world.hear("carol", "hi")
    ghost = world.homeserver.sent[-1].sender
    world.place.rename("carol", "caroline")
    await settle()
    await world.happen(portal.room_id, ALICE, "m.room.member", {"membership": "leave"}, state_key=ghost)
    assert "caroline" not in world.place.chats[LOBBY].nicks


async def test_a_kick_that_the_network_forbids_is_told(world: World) -> None:
    await world.come("owner")
    portal = await world.portal()
    await world.come("carol")
    await world.hear("carol", "hi")
    ghost = world.homeserver.sent[-1].sender
    await world.happen(portal.room_id, ALICE, "m.room.member", {"membership": "leave"}, state_key=ghost)
    assert world.texts(portal)[-1] == "The bridge may not remove this person from ~lobby."


async def test_a_kicked_remote_person_leaves_with_the_reason(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    await world.hear("carol", "spam")
    ghost = world.homeserver.sent[-1].sender
    world.place.go(LOBBY, "carol", by="owner", reason="spam")
    await settle()
    assert world.homeserver.rooms[portal.room_id].members[ghost] == "leave"
    assert world.homeserver.leaves == [(ghost, portal.room_id, "spam")]


async def test_each_senders_lines_arrive_in_order(world: World) -> None:
    portal = await world.portal()
    events = [world.homeserver.say(portal.room_id, ALICE, f"a{number}") for number in range(5)]
    events += [world.homeserver.say(portal.room_id, BOB, f"b{number}") for number in range(5)]
    await world.push(*events)
    said = world.said()
    assert [text for text in said if text[0] == "a"] == ["a0", "a1", "a2", "a3", "a4"]
    assert [text for text in said if text[0] == "b"] == ["b0", "b1", "b2", "b3", "b4"]


async def test_remote_lines_arrive_in_order(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    await world.come("dave")
    for number in range(5):
        await world.hear("carol", f"c{number}")
        await world.hear("dave", f"d{number}")
    assert world.texts(portal) == [f"{nick}{number}" for number in range(5) for nick in "cd"]


async def test_a_remote_answer_waits_for_the_line_that_is_being_written(world: World) -> None:
    """The network's reaction came between the write and the commit of its ID, and was dropped."""
    portal = await world.portal()
    await world.come("carol")
    world.store.switch.down = False
    said = world.homeserver.say(portal.room_id, ALICE, "cake?")
    world.fail_advance()
    await world.push(said)
    number = world.lines()[0].number
    world.do(lambda each: Reacted(number=each, chat=LOBBY, nick="carol", target=number, key="🎂"))
    await world.turn(2.0)
    event = world.homeserver.rooms[portal.room_id].timeline[-1]
    assert event["type"] == "m.reaction"
    assert event["content"]["m.relates_to"]["event_id"] == said.event_id


async def test_the_same_push_twice_is_said_once(world: World) -> None:
    portal = await world.portal()
    event = world.homeserver.say(portal.room_id, ALICE, "once")
    await world.push(event)
    await world.push(event)
    assert world.said() == ["once"]


async def test_a_network_that_is_busy_for_now_gets_it_later(world: World) -> None:
    portal = await world.portal()
    world.place.faults.append(Fault.BUSY)
    await world.say(portal.room_id, ALICE, "one")
    await world.say(portal.room_id, ALICE, "two")
    assert world.said() == []
    await world.turn(5.0)
    assert world.said() == ["one", "two"]
