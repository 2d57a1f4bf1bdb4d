"""The name of a relayed person: nobody can be shown as somebody else."""

from urllib.parse import quote

import pytest

from tests.e2e.talkers import Talkers

networks = pytest.mark.parametrize("network", ["insp", "ng"])


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        ("Évil\r\nQUIT :bye", "Évil QUIT :bye"),
        ("bob> <carol", "bob carol"),
        ("\u202enna\u202c", "nna"),
        ("\x02bold\x0304,01red\x0f", "boldred"),
        ("@op", "op"),
        ("nul\x00led", "nulled"),
        ("\u200b\u2060", None),
        ("@ann:example.org", None),
    ],
)
async def test_a_display_name_is_shown_without_tricks(talk: Talkers, chosen: str, shown: str | None) -> None:
    ann, alice = await talk.joined("ann", "ng"), await talk.user("alice")
    path = f"/_matrix/client/v3/profile/{quote(alice.user_id)}/displayname"
    await alice.api("PUT", path, {"displayname": chosen})
    room = await talk.portal(alice, "ng")

    await alice.say(room, "hello")

    line = await ann.wait_for_text("hello")
    assert line.text == f"<{shown or alice.user_id}> hello"


@networks
async def test_somebody_with_a_name_from_irc_is_shown_with_their_matrix_id(
    talk: Talkers, network: str
) -> None:
    ann, alice = await talk.joined("ann", network), await talk.user("alice")
    path = f"/_matrix/client/v3/profile/{quote(alice.user_id)}/displayname"
    await alice.api("PUT", path, {"displayname": ann.nick.upper()})
    room = await talk.portal(alice, network)

    await alice.say(room, "hello")

    line = await ann.wait_for_text("hello")
    assert line.text == f"<{ann.nick.upper()} ({alice.user_id})> hello"


async def test_two_of_one_name_are_told_apart(talk: Talkers) -> None:
    ann, alice, bob = await talk.joined("ann", "insp"), await talk.user("alice"), await talk.user("bob")
    for user in (alice, bob):
        path = f"/_matrix/client/v3/profile/{quote(user.user_id)}/displayname"
        await user.api("PUT", path, {"displayname": "Sam"})
    room = await talk.portal(alice, "insp")
    await alice.say(room, "first")
    await ann.wait_for_text("first")
    await talk.portal(bob, "insp")

    await bob.say(room, "second")

    assert (await ann.wait_for_text("second")).text == f"<Sam ({bob.user_id})> second"


@networks
async def test_what_is_said_cannot_look_like_another_line(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)

    await here.alice.say(here.room, "\x01ACTION waves\x01")
    await here.alice.say(here.room, "!op me")
    await here.alice.say(here.room, "the end")

    await here.ann.wait_for_text("the end")
    name = here.alice_name
    said = here.ann.messages(here.channel)
    assert said == [f"<{name}> ACTION waves", f"<{name}> !op me", f"<{name}> the end"]
