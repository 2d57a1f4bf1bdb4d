"""Values to JSON and back, for what is stored and for what crosses a pipe."""

from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import orjson
from attrs import resolve_types
from cattrs import Converter
from cattrs.strategies import configure_tagged_union

from bridge.model import markup
from bridge.model.errors import Phrase
from bridge.model.markup import Block, Document, Inline
from bridge.model.messages import Body
from bridge.model.outgoing import Part
from bridge.model.remote_events import RemoteEvent

T = TypeVar("T")

# The tree's classes name each other before they exist; cattrs wants the names resolved.
for _kind in (
    markup.Styled,
    markup.Coloured,
    markup.Link,
    markup.Mention,
    markup.Paragraph,
    markup.Quote,
    markup.Heading,
    markup.Items,
):
    resolve_types(_kind, vars(markup))

_converter = Converter(omit_if_default=True, forbid_extra_keys=False)
_converter.register_unstructure_hook(datetime, lambda value: value.timestamp())
_converter.register_structure_hook(datetime, lambda value, _: datetime.fromtimestamp(value, UTC))
_converter.register_structure_hook(str | int, lambda value, _: value)


def _tag(kind: type) -> str:
    return kind.__name__


for _union in (Inline, Block, Body, RemoteEvent):
    configure_tagged_union(_union, _converter, tag_generator=_tag, tag_name="$")


def _encode(value: object, kind: Any) -> bytes:
    return orjson.dumps(_converter.unstructure(value, kind))


def _decode(stored: bytes | str, kind: Any) -> Any:
    return _converter.structure(orjson.loads(stored), kind)


def encode_remote_event(event: RemoteEvent) -> bytes:
    return _encode(event, RemoteEvent)


def decode_remote_event(stored: bytes) -> RemoteEvent:
    return cast(RemoteEvent, _decode(stored, RemoteEvent))


def encode_part(part: Part) -> bytes:
    return _encode(part, Part)


def decode_part(stored: bytes) -> Part:
    return cast(Part, _decode(stored, Part))


def encode_document(document: Document) -> bytes:
    return _encode(document, Document)


def decode_document(stored: bytes | str) -> Document:
    return cast(Document, _decode(stored, Document))


def encode_phrase(phrase: Phrase) -> bytes:
    return _encode(phrase, Phrase)


def decode_phrase(stored: bytes) -> Phrase:
    return cast(Phrase, _decode(stored, Phrase))
