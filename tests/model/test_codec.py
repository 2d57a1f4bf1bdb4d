"""Values to JSON and back."""

from datetime import UTC, datetime

import orjson
from hypothesis import given

from bridge.model.codec import (
    decode_part,
    decode_phrase,
    decode_remote_event,
    encode_part,
    encode_phrase,
    encode_remote_event,
)
from bridge.model.errors import Phrase
from bridge.model.ids import ChatID, NetworkName, PortalKey, RemoteMessageID, RemoteUserID
from bridge.model.outgoing import Part
from bridge.model.remote_events import RemoteEvent, RemoteTopic, RemoteUser
from tests.model.strategies import parts, phrases, remote_events


@given(remote_events)
def test_what_is_stored_of_a_remote_event_is_read_back(event: RemoteEvent) -> None:
    assert decode_remote_event(encode_remote_event(event)) == event


@given(parts)
def test_what_is_stored_of_a_part_is_read_back(part: Part) -> None:
    assert decode_part(encode_part(part)) == part


@given(phrases)
def test_what_is_stored_of_a_phrase_is_read_back(phrase: Phrase) -> None:
    assert decode_phrase(encode_phrase(phrase)) == phrase


@given(phrases)
def test_numbers_in_a_phrase_stay_numbers(phrase: Phrase) -> None:
    read = decode_phrase(encode_phrase(phrase))
    assert [type(value) for value in read.values.values()] == [type(v) for v in phrase.values.values()]


def _topic() -> RemoteTopic:
    return RemoteTopic(
        portal=PortalKey(NetworkName("net"), ChatID("#chat")),
        sender=RemoteUser(RemoteUserID("ann"), "Ann"),
        remote_id=RemoteMessageID("m1"),
        happened_at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        topic="hello",
    )


def test_times_come_back_aware_and_to_the_microsecond() -> None:
    read = decode_remote_event(encode_remote_event(_topic()))
    assert read.happened_at == datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    assert read.happened_at.tzinfo is UTC


def test_a_field_that_a_newer_version_wrote_is_passed_over() -> None:
    stored = orjson.loads(encode_remote_event(_topic())) | {"mood": "good"}
    assert decode_remote_event(orjson.dumps(stored)) == _topic()


def test_what_has_its_default_takes_no_room() -> None:
    assert b"login" not in encode_remote_event(_topic())
