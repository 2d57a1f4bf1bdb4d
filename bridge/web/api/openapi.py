"""The description of the HTTP door, made from the actions. OpenAPI 3.1: https://spec.openapis.org/oas/v3.1.0"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bridge.actions.action import Spec
from bridge.actions.tokens import MAX_DAYS
from bridge.model.errors import Phrase
from bridge.model.tokens import Scope
from bridge.text.catalogue import sentence
from bridge.web.api.fields import MAX_TEXT
from bridge.web.api.repeats import HEADER
from bridge.web.api.scopes import scope_of

Json = dict[str, Any]

# What stands in a body is a text with something in it.
_TEXT: Final[Json] = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT, "pattern": r"\S"}
_TIME: Final[Json] = {"type": "string", "format": "date-time"}
_SCOPES: Final[Json] = {
    "type": "array",
    "items": {"type": "string", "enum": [scope.value for scope in Scope]},
    "minItems": 1,
}
_VALUES: Final[Json] = {"type": "object", "additionalProperties": {"type": ["string", "integer"]}}
_WHAT: Final = {
    "400": "the request is not what was wanted",
    "401": "no token, code or OpenID token, or not a good one",
    "403": "not with this token, or not by this person",
    "404": "nothing is there",
    "405": "not with this method",
    "409": "not now: the same request is at work, or the wish was refused",
    "413": "the body is too long",
    "422": "the Idempotency-Key was used for another request",
    "429": "too many requests; Retry-After says when",
    "500": "a fault of the bridge",
    "502": "the homeserver refused it",
    "503": "database, homeserver or network is away; Retry-After says when",
}
_ALWAYS: Final = ("400", "413", "429", "500", "503")
_WITH_TOKEN: Final = ("401", "403")
_ACTING: Final = ("404", "409", "422", "502")


def make_document(specs: Sequence[Spec]) -> Json:
    """The same for the same actions, to the letter."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Trunkline",
            "version": "1",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": (
                "Everything that can be asked of the bridge in chat and shell, for programs. Errors have one "
                "shape; their code is the key of a sentence and stays the same. Sentences come in the "
                "language of Accept-Language (en, zh-Hans)."
            ),
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": _fixed_paths() | {f"/api/v1/actions/{spec.name}": _action(spec) for spec in specs},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(),
        },
    }


def _fixed_paths() -> Json:
    return {
        "/api/v1/openapi.json": {
            "get": _operation(
                "describe", "This document.", {"200": _json("it", {"type": "object"})}, open_to_all=True
            )
        },
        "/api/v1/sign-in": {
            "post": _operation(
                "signIn",
                "Turn the code that the bot gave for `signin` into a token.",
                {"201": _json("a token for 12 hours", _ref("Issued"))},
                body=_object({"code": _TEXT}, required=("code",)),
                refusals=("401",),
                open_to_all=True,
            )
        },
        "/api/v1/sign-in/openid": {
            "post": _operation(
                "signInWithOpenID",
                "Turn an OpenID token of the homeserver into a token: the object that "
                "`POST /_matrix/client/v3/user/{userId}/openid/request_token` answers.",
                {"201": _json("a token for 12 hours", _ref("Issued"))},
                body=_object(
                    {
                        "access_token": _TEXT,
                        "matrix_server_name": _TEXT,
                        "token_type": {},
                        "expires_in": {},
                    },
                    required=("access_token", "matrix_server_name"),
                ),
                refusals=("401", "403"),
                open_to_all=True,
            )
        },
        "/api/v1/me": {
            "get": _operation(
                "me",
                "Whose token this is, and what it may be used for.",
                {"200": _json("the token", _object({"user_id": {"type": "string"}, "token": _ref("Token")}))},
            )
        },
        "/api/v1/tokens": {
            "get": _operation(
                "listTokens",
                "All tokens of the person, without their secrets.",
                {"200": _json("them", _object({"tokens": {"type": "array", "items": _ref("Token")}}))},
                scope=Scope.READ,
            ),
            "post": _operation(
                "makeToken",
                "Make a token that may do no more than this one.",
                {"201": _json("the token, whose text is never shown again", _ref("Issued"))},
                body=_object(
                    {
                        "name": _TEXT,
                        "scopes": _SCOPES,
                        "days": {"type": "integer", "minimum": 1, "maximum": MAX_DAYS, "default": 30},
                    },
                    required=("name",),
                ),
                scope=Scope.ACT,
            ),
        },
        "/api/v1/tokens/{id}": {
            "delete": _operation(
                "revokeToken",
                "Revoke a token.",
                {"204": {"description": "it is revoked"}},
                parameters=[_parameter("id", "path", {"type": "string", "minLength": 1})],
                refusals=("404",),
                scope=Scope.ACT,
            )
        },
        "/api/v1/events": {
            "get": _operation(
                "listen",
                "The live state as server-sent events: `state` first, then `network` and `portal` as they "
                "change. With the header Last-Event-ID it goes on where it was.",
                {
                    "200": {
                        "description": "events until one side ends",
                        "content": {"text/event-stream": {"schema": {"type": "string"}}},
                    }
                },
                scope=Scope.READ,
            )
        },
        "/api/v1/actions": {
            "get": _operation(
                "listActions",
                "What this person may have done.",
                {"200": _json("them", _object({"actions": {"type": "array", "items": _ref("Action")}}))},
                scope=Scope.READ,
            )
        },
    }


def _action(spec: Spec) -> Json:
    fields: Json = {each.name: _TEXT for each in spec.arguments}
    required = tuple(each.name for each in spec.arguments if each.required)
    place = {
        "room_id": {**_TEXT, "description": "as if it were said in this room, which the person must be in"},
        "reply_to": {**_TEXT, "description": "the event that it is about"},
    }
    name = _parameter(
        HEADER, "header", {"type": "string", "pattern": "^[\\x21-\\x7e]{1,200}$"}, required=False
    )
    return {
        "post": _operation(
            spec.name,
            sentence(Phrase(spec.help_key)),
            {"200": _json("what is answered", _ref("Answer"))},
            body=_object(fields | place, required=required),
            parameters=[name],
            refusals=_ACTING,
            scope=scope_of(spec),
        )
    }


def _operation(
    name: str,
    what: str,
    answers: Json,
    *,
    body: Json | None = None,
    parameters: Sequence[Json] = (),
    refusals: Sequence[str] = (),
    scope: Scope | None = None,
    open_to_all: bool = False,
) -> Json:
    known = {*_ALWAYS, *refusals, *(() if open_to_all else _WITH_TOKEN)}
    refused = {status: _json(_WHAT[status], _ref("Refused")) for status in sorted(known)}
    operation: Json = {
        "operationId": name,
        "summary": what if scope is None else f"{what} Scope: {scope.value}.",
        "responses": answers | refused,
    }
    if parameters:
        operation["parameters"] = list(parameters)
    if body is not None:
        needed = bool(body.get("required"))
        operation["requestBody"] = {"required": needed, "content": {"application/json": {"schema": body}}}
    if open_to_all:
        operation["security"] = []
    return operation


def _schemas() -> Json:
    phrase = {"key": {"type": "string"}, "values": _VALUES, "text": {"type": "string"}}
    return {
        "Refused": _object(
            {"error": _object({"code": {"type": "string"}, "values": _VALUES, "text": {"type": "string"}})}
        ),
        "Answer": _object({"answer": {"type": "array", "items": _object(phrase)}}),
        "Token": _object(
            {
                "id": {"type": "string"},
                "name": {"type": "string"},
                "scopes": _SCOPES,
                "made_at": _TIME,
                "expires_at": _TIME,
                "used_at": {"type": ["string", "null"], "format": "date-time"},
            }
        ),
        "Issued": _object({"text": {"type": "string"}, "token": _ref("Token")}),
        "Action": _object(
            {
                "name": {"type": "string"},
                "scope": {"type": "string"},
                "help": {"type": "string"},
                "arguments": {
                    "type": "array",
                    "items": _object({"name": {"type": "string"}, "required": {"type": "boolean"}}),
                },
            }
        ),
    }


def _object(fields: Mapping[str, Json], required: Sequence[str] | None = None) -> Json:
    """All fields are there, unless only some are named as required."""
    needed = list(fields) if required is None else list(required)
    made: Json = {"type": "object", "properties": dict(fields), "additionalProperties": False}
    return made | {"required": needed} if needed else made


def _json(what: str, schema: Json) -> Json:
    return {"description": what, "content": {"application/json": {"schema": schema}}}


def _parameter(name: str, place: str, schema: Json, *, required: bool = True) -> Json:
    return {"name": name, "in": place, "required": required, "schema": schema}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
