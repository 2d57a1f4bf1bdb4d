"""The paths of the HTTP door: signing in, tokens, and every action there is."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import uuid4

from aiohttp import web
from attrs import frozen

from bridge.actions.action import Action, Caller, Spec
from bridge.actions.deeds import Deeds
from bridge.actions.tokens import MAX_DAYS, Issued, Tokens
from bridge.model.errors import InvalidInput, Phrase
from bridge.model.ids import EventID, RoomID, UserID
from bridge.model.tokens import ApiToken, Scope, TokenID
from bridge.web.api.entry import Entry
from bridge.web.api.events import LiveEvents
from bridge.web.api.fields import maybe_text, number, only, read_object, text, wrong
from bridge.web.api.openapi import make_document
from bridge.web.api.ports import CheckOpenID, IsInRoom, Sentences
from bridge.web.api.refusals import Refusal, json_response, language_of, refusal_of
from bridge.web.api.repeats import Repeats
from bridge.web.api.scopes import scope_of

SIGNED_IN: Final = timedelta(hours=12)
"""The life of a token that comes from signing in; longer ones are made with it."""
ROOT: Final = "/api/v1"
_PLACE: Final = ("room_id", "reply_to")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@frozen(kw_only=True)
class Api:
    """Adds its paths to the public application.

    Attributes:
        is_in_management_room: whether a room is one in which a person talks to the bot alone.
        domain: whose people may sign in with OpenID.
    """

    deeds: Deeds
    tokens: Tokens
    entry: Entry
    events: LiveEvents
    repeats: Repeats
    sentences: Sentences
    is_in_room: IsInRoom
    is_management_room: Callable[[RoomID], bool]
    check_openid: CheckOpenID
    domain: str

    def add_to(self, application: web.Application) -> None:
        routes: tuple[tuple[str, str, Handler], ...] = (
            ("GET", "/openapi.json", self._document),
            ("POST", "/sign-in", self._sign_in),
            ("POST", "/sign-in/openid", self._sign_in_with_openid),
            ("GET", "/me", self._me),
            ("GET", "/tokens", self._list_tokens),
            ("POST", "/tokens", self._make_token),
            ("DELETE", "/tokens/{id}", self._revoke_token),
            ("GET", "/events", self.events.serve),
            ("GET", "/actions", self._list_actions),
            ("POST", "/actions/{name}", self._act),
        )
        for method, path, handler in routes:
            application.router.add_route(method, ROOT + path, handler)
        application.on_shutdown.append(self.events.end)

    async def _document(self, request: web.Request) -> web.Response:
        return json_response(make_document(self._specs()))

    # ---------------------------------------------------------------------------- signing in, tokens

    async def _sign_in(self, request: web.Request) -> web.Response:
        self.entry.check_knocks(request)
        fields = await read_object(request)
        only(fields, ("code",))
        owner = await self.tokens.redeem(text(fields, "code"))
        if owner is None:
            await self.entry.failed(request, "code")
            raise Refusal(401, Phrase.of("http.bad_code"))
        return await self._signed_in(owner, "code")

    async def _sign_in_with_openid(self, request: web.Request) -> web.Response:
        """The object that ``POST /user/{userId}/openid/request_token`` of a homeserver answers."""
        self.entry.check_knocks(request)
        fields = await read_object(request)
        only(fields, ("access_token", "matrix_server_name", "token_type", "expires_in"))
        openid = text(fields, "access_token")
        if text(fields, "matrix_server_name") != self.domain:
            raise Refusal(403, Phrase.of("http.foreign_openid", server=self.domain))
        owner = await self.check_openid(openid)
        if owner is None:
            await self.entry.failed(request, "openid")
            raise Refusal(401, Phrase.of("http.bad_openid"))
        return await self._signed_in(owner, "openid")

    async def _signed_in(self, owner: UserID, how: str) -> web.Response:
        issued = await self.tokens.issue(owner, f"signed in by {how}", set(Scope), life=SIGNED_IN, how=how)
        return json_response(_issued(issued), 201)

    async def _me(self, request: web.Request) -> web.Response:
        token = await self.entry.token(request)
        return json_response({"user_id": token.owner, "token": _shown(token)})

    async def _list_tokens(self, request: web.Request) -> web.Response:
        token = await self.entry.token(request, (Scope.READ,))
        return json_response({"tokens": [_shown(each) for each in await self.tokens.of(token.owner)]})

    async def _make_token(self, request: web.Request) -> web.Response:
        """A token makes none that may do more than itself."""
        token = await self.entry.token(request, (Scope.ACT,))
        fields = await read_object(request)
        only(fields, ("name", "scopes", "days"))
        name = text(fields, "name")
        life = timedelta(days=number(fields, "days", least=1, most=MAX_DAYS, default=30))
        scopes = _scopes(fields)
        for scope in scopes - token.scopes:
            raise Refusal(403, Phrase.of("http.scope", scope=scope.value))
        issued = await self.tokens.issue(token.owner, name, scopes, life=life, how=f"token {token.id}")
        return json_response(_issued(issued), 201)

    async def _revoke_token(self, request: web.Request) -> web.Response:
        token = await self.entry.token(request, (Scope.ACT,))
        token_id = TokenID(request.match_info["id"])
        if not await self.tokens.revoke(token.owner, token_id):
            raise Refusal(404, Phrase.of("token.no_such", id=token_id[:60]))
        return web.Response(status=204)

    # --------------------------------------------------------------------------------------- actions

    async def _list_actions(self, request: web.Request) -> web.Response:
        token = await self.entry.token(request, (Scope.READ,))
        language = language_of(request)
        offered = self.deeds.offered(Caller(user_id=token.owner, door="http"))
        return json_response({"actions": [self._described(each.spec, language) for each in offered]})

    def _described(self, spec: Spec, language: str) -> Mapping[str, object]:
        return {
            "name": spec.name,
            "scope": scope_of(spec).value,
            "help": self.sentences(Phrase(spec.help_key), language),
            "arguments": [{"name": each.name, "required": each.required} for each in spec.arguments],
        }

    async def _act(self, request: web.Request) -> web.Response:
        action = self.deeds.get(request.match_info["name"])
        if action is None:
            await self.entry.token(request)
            raise Refusal(404, Phrase.of("http.no_such_path"))
        token = await self.entry.token(request, (scope_of(action.spec),))
        return await self.repeats.once(request, token, partial(self._perform, request, token, action))

    async def _perform(
        self, request: web.Request, token: ApiToken, action: Action, name: str
    ) -> web.Response:
        fields = await read_object(request)
        only(fields, (*_PLACE, *(each.name for each in action.spec.arguments)))
        caller = await self._caller(token, fields, name)
        done = await self.deeds.do(action, caller, partial(_arguments, fields=fields))
        if done.error is not None:
            raise refusal_of(done.error)
        language = language_of(request)
        return json_response({"answer": [self._phrase(each, language) for each in done.answer]})

    async def _caller(self, token: ApiToken, fields: Mapping[str, Any], name: str) -> Caller:
        room = maybe_text(fields, "room_id")
        room_id = None if room is None else RoomID(room)
        # In a chat this goes without saying; here anybody could name a room that they cannot see.
        if room_id is not None and not await self.is_in_room(token.owner, room_id):
            raise Refusal(403, Phrase.of("http.not_in_room"))
        about = maybe_text(fields, "reply_to")
        return Caller(
            user_id=token.owner,
            room_id=room_id,
            in_management_room=room_id is not None and self.is_management_room(room_id),
            about=None if about is None else EventID(about),
            door="http",
            request=f"http {token.id} {name or uuid4()}",
        )

    def _phrase(self, phrase: Phrase, language: str) -> Mapping[str, object]:
        return {
            "key": phrase.key,
            "values": dict(phrase.values),
            "text": self.sentences(phrase, language),
        }

    def _specs(self) -> tuple[Spec, ...]:
        actions = (self.deeds.get(name) for name in self.deeds.names())
        return tuple(action.spec for action in actions if action is not None)


def _arguments(spec: Spec, *, fields: Mapping[str, Any]) -> Mapping[str, str]:
    """Raises ``Refusal`` for a wrong kind, ``InvalidInput`` for what is missing."""
    found = {each.name: maybe_text(fields, each.name) for each in spec.arguments}
    for each in spec.arguments:
        if each.required and found[each.name] is None:
            raise InvalidInput(Phrase.of("http.field", field=each.name, wanted="given"))
    return {name: value for name, value in found.items() if value is not None}


def _scopes(fields: Mapping[str, Any]) -> set[Scope]:
    words = fields.get("scopes", [Scope.READ.value])
    known = {scope.value: scope for scope in Scope}
    fine = isinstance(words, list) and words and all(isinstance(one, str) and one in known for one in words)
    if not fine:
        raise wrong("scopes", f"a list of one or more of {', '.join(known)}")
    return {known[one] for one in words}


def _issued(issued: Issued) -> Mapping[str, object]:
    return {"text": issued.text, "token": _shown(issued.token)}


def _shown(token: ApiToken) -> Mapping[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": sorted(scope.value for scope in token.scopes),
        "made_at": token.made_at.isoformat(),
        "expires_at": token.expires_at.isoformat(),
        "used_at": None if token.used_at is None else token.used_at.isoformat(),
    }
