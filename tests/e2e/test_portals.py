"""Rooms made for channels: by alias, by lookup, by command and by configuration; and channels without."""

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from bridge.testing.matrix_client import MatrixRefusedError
from tests.e2e.stack import BOT
from tests.e2e.talkers import Talkers, ask, membership

networks = pytest.mark.parametrize("network", ["insp", "ng"])


@networks
async def test_a_portal_says_what_it_is_joined_to(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    channel = here.channel.removeprefix("#")
    key = quote(f"dev.trunkline://irc/{network}/{channel}", safe="")

    for event_type in ("m.bridge", "uk.half-shot.bridge"):
        content = await here.alice.api(
            "GET", f"/_matrix/client/v3/rooms/{quote(here.room)}/state/{event_type}/{key}"
        )
        assert content["bridgebot"] == BOT
        assert content["protocol"] == {"id": "irc", "displayname": "IRC"}
        assert content["network"]["id"] == network
        assert content["channel"] == {"id": channel, "displayname": here.channel}


@networks
@pytest.mark.parametrize("mode", ["+s", "+k sesame"])
async def test_a_secret_or_keyed_channel_gets_no_public_room(talk: Talkers, network: str, mode: str) -> None:
    ann = await talk.joined("ann", network)
    ann.send(f"MODE {talk.channel} {mode}")
    await ann.wait_for("MODE")
    alice = await talk.user("alice")

    with pytest.raises(MatrixRefusedError) as refused:
        await talk.portal(alice, network)

    assert refused.value.status in (403, 404)


@networks
async def test_an_invite_only_channel_gets_no_room(talk: Talkers, network: str) -> None:
    ann = await talk.joined("ann", network)
    ann.send(f"MODE {talk.channel} +i")
    await ann.wait_for("MODE")
    alice = await talk.user("alice")

    with pytest.raises(MatrixRefusedError) as refused:
        await talk.portal(alice, network)

    assert refused.value.status == 404


@pytest.mark.parametrize(
    "slug", ["insp_a=20b", "insp_=2c", "insp_a=0d=0aquit", "insp_a=00", "nowhere_x", "x"]
)
async def test_an_alias_that_is_no_channel_makes_no_room(talk: Talkers, slug: str) -> None:
    alice = await talk.user("alice")

    with pytest.raises(MatrixRefusedError) as refused:
        await alice.join(f"#_trunkline_{slug}:localhost")

    assert refused.value.status == 404


@networks
async def test_a_channel_is_found_through_the_directory_of_networks(talk: Talkers, network: str) -> None:
    alice = await talk.user("alice")
    channel = quote(talk.channel)

    protocol = await alice.api("GET", "/_matrix/client/v3/thirdparty/protocol/irc")
    path = f"/_matrix/client/v3/thirdparty/location/irc?network={network}&channel={channel}"
    found: Any = await alice.api("GET", path)

    [place] = found
    assert network in [instance["network_id"] for instance in protocol["instances"]]
    assert place["alias"] == talk.alias(network)
    assert place["fields"] == {"network": network, "channel": talk.channel}
    room = await alice.join(place["alias"])
    assert (await alice.state(room, "m.room.name"))["name"] == talk.channel


@networks
async def test_two_people_who_ask_at_once_meet_in_one_room(talk: Talkers, network: str) -> None:
    alice, bob = await talk.user("alice"), await talk.user("bob")

    first, second = await asyncio.gather(talk.portal(alice, network), talk.portal(bob, network))

    assert first == second


@networks
async def test_join_invites_to_the_channels_room(talk: Talkers, network: str) -> None:
    ann = await talk.joined("ann", network)
    alice = await talk.user("alice")
    desk = await talk.management_room(alice)

    answer = await ask(alice, desk, f"join {network} {talk.channel}")
    room = await alice.wait_for_invite()
    await alice.join(room)
    await alice.say(room, "hello")

    assert talk.alias(network) in answer.body
    await ann.wait_for_text("hello")


@networks
async def test_join_of_a_secret_channel_makes_a_room_for_the_invited_only(
    talk: Talkers, network: str
) -> None:
    ann = await talk.joined("ann", network)
    ann.send(f"MODE {talk.channel} +s")
    await ann.wait_for("MODE")
    alice, bob = await talk.user("alice"), await talk.user("bob")
    desk = await talk.management_room(alice)

    await ask(alice, desk, f"join {network} {talk.channel}")
    room = await alice.join(await alice.wait_for_invite())

    assert (await alice.state(room, "m.room.join_rules"))["join_rule"] == "invite"
    with pytest.raises(MatrixRefusedError):
        await talk.portal(bob, network)


async def test_leave_takes_the_last_one_out_and_ends_the_portal(talk: Talkers) -> None:
    here = await talk.meet("insp")
    desk = await talk.management_room(here.alice)

    answer = await ask(here.alice, desk, f"leave insp {here.channel}")

    assert "You have left" in answer.body
    await membership(here.alice, here.room, here.alice.user_id, "leave")
    await here.ann.wait_for("PART")


async def test_a_channel_that_was_left_can_be_joined_again(talk: Talkers) -> None:
    here = await talk.meet("insp")
    await here.alice.leave(here.room)
    await here.ann.wait_for("PART")

    room = await talk.portal(here.alice, "insp")
    await here.alice.say(room, "back again")

    await here.ann.wait_for_text("back again")
    here.ann.say(here.channel, "welcome")
    await here.alice.wait_for_message("welcome", room_id=room)
