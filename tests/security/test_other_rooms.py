"""What was said in one room is neither quoted nor changed through another."""

from bridge.networks.demo.ids import parse_chat_text
from bridge.networks.demo.protocol.place import Edited, Reacted, Removed, Said
from tests.core.world import ALICE, LOBBY, STRANGER, make_world

KITCHEN = parse_chat_text("kitchen")


async def test_a_reply_to_an_event_of_another_room_quotes_nothing_of_it() -> None:
    """CVE-2023-38700 and CVE-2024-32000: a reply showed words that its sender could not see."""
    world = await make_world()
    lobby, kitchen = await world.portal(LOBBY), await world.portal(KITCHEN)
    secret = await world.say(lobby.room_id, ALICE, "the secret recipe")

    relation = {"m.in_reply_to": {"event_id": secret}}
    await world.say(kitchen.room_id, STRANGER, "what was it?", **{"m.relates_to": relation})

    [line] = world.lines(KITCHEN)
    assert line.reply_to is None
    assert not any("secret" in text for text in world.said(KITCHEN))
    await world.stop()


async def test_a_reaction_to_an_event_of_another_room_says_nothing() -> None:
    """CVE-2024-32000, by another kind of event: readable reactions quote what they are about."""
    world = await make_world()
    lobby, kitchen = await world.portal(LOBBY), await world.portal(KITCHEN)
    secret = await world.say(lobby.room_id, ALICE, "the secret recipe")

    relation = {"rel_type": "m.annotation", "event_id": secret, "key": "👍"}
    await world.happen(kitchen.room_id, STRANGER, "m.reaction", {"m.relates_to": relation})

    assert not any(isinstance(each, Reacted | Said) for each in world.place.said_in(KITCHEN))
    await world.stop()


async def test_an_event_of_another_room_cannot_be_edited_or_deleted() -> None:
    world = await make_world()
    lobby, kitchen = await world.portal(LOBBY), await world.portal(KITCHEN)
    target = await world.say(lobby.room_id, ALICE, "mine")

    new = {"msgtype": "m.text", "body": "yours"}
    relation = {"rel_type": "m.replace", "event_id": target}
    await world.say(kitchen.room_id, STRANGER, "* yours", **{"m.new_content": new, "m.relates_to": relation})
    await world.happen(kitchen.room_id, STRANGER, "m.room.redaction", {"redacts": target}, redacts=target)

    assert not any(isinstance(each, Edited | Removed) for each in world.place.said_in(LOBBY))
    assert world.said(LOBBY) == ["mine"]
    await world.stop()


async def test_a_forged_time_brings_nothing_from_before_and_hides_nothing() -> None:
    """CVE-2024-39691: the sender's server chose by ``origin_server_ts`` what could be seen."""
    world = await make_world()
    lobby = await world.portal(LOBBY)

    for year_ms in (0, 253_402_300_799_000):
        await world.happen(
            lobby.room_id,
            ALICE,
            "m.room.message",
            {"msgtype": "m.text", "body": f"at {year_ms}"},
            origin_server_ts=year_ms,
        )

    assert world.said() == ["at 0", "at 253402300799000"]
    await world.stop()
