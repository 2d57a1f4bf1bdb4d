"""The questions that every network must answer in the same way (``bridge/api/network.py``)."""

from collections.abc import AsyncIterator, Mapping
from importlib import import_module
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

import bridge.networks
from bridge.api.network import ConfiguresChats, Connector, Login
from bridge.config.declare import section_info
from bridge.model.capabilities import Support
from bridge.model.codec import decode_part, decode_remote_event, encode_part, encode_remote_event
from bridge.model.errors import InvalidInput, NotDelivered
from bridge.model.ids import ChatID, NetworkName, RemoteUserID
from bridge.model.markup import Document, Paragraph, Style, Styled, Text
from bridge.model.messages import TextBody
from bridge.model.outgoing import Part, Say, SayEdit, SayReaction, SayRedaction, SayTopic, Target
from bridge.model.remote_events import RemoteMessage
from bridge.model.statuses import LoginHealth, Settlement
from bridge.testing.documents import documents
from bridge.testing.network_kit import Driver, DriverFactory, RealClock, a_message, planned
from bridge.text.catalogue import LANGUAGES
from bridge.text.catalogue.templates import placeholders
from bridge.text.plain import to_plain

FOLDERS = sorted(
    path.parent.name for path in Path(next(iter(bridge.networks.__path__))).glob("*/connector.py")
)


def _drivers(name: str) -> list[object]:
    """The drivers of one network; those named after a real server are marked as integration tests."""
    drivers: Mapping[str, DriverFactory] = import_module(f"bridge.networks.{name}.tests.driver").DRIVERS
    return [
        pytest.param(factory, id=which, marks=[pytest.mark.integration] if "real" in which else [])
        for which, factory in drivers.items()
    ]


@pytest.fixture(params=[driver for name in FOLDERS for driver in _drivers(name)])
async def driver(request: pytest.FixtureRequest) -> AsyncIterator[Driver]:
    async with request.param() as made:
        yield made


@pytest.fixture(params=FOLDERS)
def connector(request: pytest.FixtureRequest) -> Connector:
    """A connector that was never started."""
    module = import_module(f"bridge.networks.{request.param}.connector")
    example = import_module(f"bridge.networks.{request.param}.tests.driver").EXAMPLE
    made: Connector = module.make_connector(NetworkName("net"), example, clock=RealClock(), random=Random(1))
    return made


def _relay(connector: Connector) -> Login:
    relay = connector.relay()
    assert relay is not None
    return relay


async def _joined(driver: Driver) -> tuple[Login, ChatID]:
    """The relay, in the chat."""
    relay = _relay(driver.connector)
    await driver.host.until_health(relay.id, LoginHealth.CONNECTED)
    chat = driver.connector.parse_chat(driver.chat_text)
    await relay.join(chat)
    return relay, chat


# ---------------------------------------------------------------------------- names, without a connection


def test_a_chat_that_is_configured_has_name_and_slug_that_lead_back(connector: Connector) -> None:
    assert isinstance(connector, ConfiguresChats)
    chats = connector.configured_chats()
    assert chats
    assert [connector.parse_chat(connector.chat_name(chat)) for chat in chats] == list(chats)
    assert [connector.parse_slug(connector.chat_slug(chat)) for chat in chats] == list(chats)


@pytest.mark.parametrize("text", ["", "\0", "a\r\nb", "a b c", "\ud800", "x" * 5000])
def test_what_is_no_chat_is_refused_with_a_phrase(connector: Connector, text: str) -> None:
    with pytest.raises(InvalidInput):
        connector.parse_chat(text)


@pytest.mark.parametrize("slug", ["", "=", "=zz", "a\r\nb", "a b", "x" * 5000])
def test_what_is_no_slug_is_refused_with_a_phrase(connector: Connector, slug: str) -> None:
    with pytest.raises(InvalidInput):
        connector.parse_slug(slug)


def test_ghosts_of_different_people_differ(connector: Connector) -> None:
    people = ["bob", "bob_", "bob=5f", "bob|", "b/b", "b+b", "bøb", "鲍勃", "[bob]", "{bob}", "-", "=", "."]
    slugs = {connector.ghost_slug(RemoteUserID(person)) for person in people}
    assert len(slugs) == len(people)
    assert set("".join(slugs)) <= set("abcdefghijklmnopqrstuvwxyz0123456789._=/+-")


@pytest.mark.parametrize("name", FOLDERS)
def test_the_entry_point_names_its_section_and_sentences(name: str) -> None:
    module = import_module(f"bridge.networks.{name}.connector")
    assert section_info(module.SECTION).name == name
    assert set(module.SENTENCES) == set(LANGUAGES)


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_exists_in_each_language_with_the_same_values(name: str, language: str) -> None:
    sentences = import_module(f"bridge.networks.{name}.connector").SENTENCES
    english = {key: placeholders(text) for key, text in sentences["en"].items()}
    assert {key: placeholders(text) for key, text in sentences[language].items()} == english


# --------------------------------------------------------------------------- plans, without a connection


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents)
def test_any_document_is_planned_or_refused_with_a_phrase(connector: Connector, document: Document) -> None:
    parts = _plan(connector, a_message(document))
    assert all(decode_part(encode_part(part)) == part for part in parts)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents)
def test_any_edit_is_planned_or_refused_with_a_phrase(connector: Connector, document: Document) -> None:
    message = a_message(document)
    target = Target(author="bob", excerpt="what was said")
    parts = _plan(
        connector,
        SayEdit(speaker=message.speaker, event_id=message.event_id, target=target, body=message.body),
    )
    assert all(decode_part(encode_part(part)) == part for part in parts)


def _plan(connector: Connector, say: Say) -> tuple[Part, ...]:
    chat = connector.configured_chats()[0] if isinstance(connector, ConfiguresChats) else ChatID("")
    try:
        return _relay(connector).plan(chat, say)
    except NotDelivered:
        return ()


def test_a_plan_is_the_same_each_time(connector: Connector) -> None:
    say = a_message("word " * 400)
    assert _plan(connector, say) == _plan(connector, say)


# -------------------------------------------------------------------------------- life without connection


async def test_without_connection_a_send_is_refused_for_now(connector: Connector) -> None:
    assert isinstance(connector, ConfiguresChats)
    chat = connector.configured_chats()[0]
    [part] = planned(_plan(connector, a_message("hello")))
    with pytest.raises(NotDelivered) as caught:
        await _relay(connector).send(chat, part)
    assert caught.value.retry_at is not None


async def test_without_connection_nothing_is_known_of_a_send(connector: Connector) -> None:
    assert isinstance(connector, ConfiguresChats)
    [part] = planned(_plan(connector, a_message("hello")))
    settled = await _relay(connector).settle(connector.configured_chats()[0], part)
    assert settled is Settlement.UNKNOWN


async def test_a_connector_that_never_started_can_be_stopped(connector: Connector) -> None:
    await connector.stop()
    assert _relay(connector).own_name is None


# ------------------------------------------------------------------------------------------- conversation


async def test_joining_tells_what_the_chat_is_like(driver: Driver) -> None:
    relay, chat = await _joined(driver)
    info = await relay.join(chat)
    assert info.chat == chat
    assert driver.nick in {member.name for member in info.members}
    assert relay.own_name not in {member.name for member in info.members}
    await driver.host.until(lambda: (relay.id, chat) in driver.host.seen)


async def test_what_a_person_says_is_emitted_once_and_survives_storing(driver: Driver) -> None:
    relay, chat = await _joined(driver)
    await driver.say("hello there")
    await driver.say("and again")
    first, second = await driver.host.until_emitted(RemoteMessage, 2)
    assert [first.portal.chat, first.sender.name] == [chat, driver.nick]
    assert [_text(first), _text(second)] == ["hello there", "and again"]
    assert decode_remote_event(encode_remote_event(first)) == first
    assert {login for login, _ in driver.host.emitted} == {relay.id}


async def test_what_the_bridge_says_is_heard_once_and_not_emitted(driver: Driver) -> None:
    relay, chat = await _joined(driver)
    for part in planned(relay.plan(chat, a_message("first\nsecond"))):
        await relay.send(chat, part)
    lines = await driver.heard(1)
    assert [word for line in lines for word in line.split() if word in ("first", "second")] == [
        "first",
        "second",
    ]
    await driver.say("mark")
    messages = await driver.host.until_emitted(RemoteMessage)
    assert [_text(message) for message in messages] == ["mark"]


async def test_a_send_is_confirmed_where_capabilities_say_so(driver: Driver) -> None:
    relay, chat = await _joined(driver)
    capabilities = driver.connector.capabilities(chat)
    [part] = planned(relay.plan(chat, a_message("hello")))
    sent = await relay.send(chat, part)
    assert sent.confirmed >= capabilities.confirms_sends
    assert bool(sent.remote_ids) >= capabilities.message_ids


async def test_formatting_crosses_as_words_at_least(driver: Driver) -> None:
    relay, chat = await _joined(driver)
    document = Document((Paragraph((Styled(Style.BOLD, (Text("loud"),)), Text(" and low"))),))
    for part in planned(relay.plan(chat, a_message(document))):
        await relay.send(chat, part)
    assert "loud" in (await driver.heard(1))[-1]


async def test_what_capabilities_promise_is_planned(driver: Driver) -> None:
    relay, chat = await _joined(driver)
    capabilities = driver.connector.capabilities(chat)
    [part] = planned(relay.plan(chat, a_message("a first line")))
    sent = await relay.send(chat, part)
    target = Target(sent.remote_ids, author="alice", excerpt="a first line")
    speaker, event_id = a_message("").speaker, a_message("").event_id
    says: dict[str, tuple[Support, Say]] = {
        "reply": (capabilities.replies, a_message("yes", reply_to=target)),
        "edit": (
            capabilities.edits,
            SayEdit(
                speaker=speaker, event_id=event_id, target=target, body=TextBody(Document.of("a 1st line"))
            ),
        ),
        "reaction": (
            capabilities.reactions,
            SayReaction(speaker=speaker, event_id=event_id, target=target, key="👍"),
        ),
        "redaction": (
            capabilities.redactions,
            SayRedaction(speaker=speaker, event_id=event_id, target=target),
        ),
        "topic": (capabilities.topics, SayTopic(speaker=speaker, event_id=event_id, topic="news")),
    }
    planned_well = {what: bool(relay.plan(chat, say)) for what, (_, say) in says.items()}
    assert planned_well == {what: support is not Support.NONE for what, (support, _) in says.items()}


async def test_a_refused_send_tells_why(driver: Driver) -> None:
    relay, chat = await _joined(driver)
    await driver.refuse_next()
    [part] = planned(relay.plan(chat, a_message("hello")))
    with pytest.raises(NotDelivered) as caught:
        await relay.send(chat, part)
    assert caught.value.reason.key


async def test_after_a_cut_sends_are_refused_for_now_and_the_chat_is_unseen(driver: Driver) -> None:
    relay, chat = await _joined(driver)
    [part] = planned(relay.plan(chat, a_message("hello")))
    await driver.cut()
    await driver.host.until_health(relay.id, LoginHealth.DISCONNECTED)
    with pytest.raises(NotDelivered) as caught:
        await relay.send(chat, part)
    assert caught.value.retry_at is not None
    assert (relay.id, chat) not in driver.host.seen


async def test_leaving_ends_the_seeing(driver: Driver) -> None:
    relay, chat = await _joined(driver)
    await relay.leave(chat, "enough")
    await driver.host.until(lambda: (relay.id, chat) not in driver.host.seen)


async def test_a_stopped_connector_says_so(driver: Driver) -> None:
    relay, _ = await _joined(driver)
    await driver.connector.stop()
    await driver.host.until_health(relay.id, LoginHealth.STOPPED)
    assert relay.own_name is None


def _text(message: RemoteMessage) -> str:
    assert isinstance(message.body, TextBody)
    return to_plain(message.body.text)
