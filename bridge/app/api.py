"""Joins the HTTP door to what stands behind it."""

from collections.abc import Iterator, Mapping

from bridge.actions.tokens import TokenStore
from bridge.app.heart import Heart
from bridge.core.news import NETWORK, PORTAL, network_values, portal_values
from bridge.model.errors import HomeserverRefused
from bridge.model.ids import RoomID, UserID
from bridge.policy.access import Action as Right
from bridge.web.api.entry import Entry
from bridge.web.api.events import LiveEvents
from bridge.web.api.ports import CheckOpenID, Sentences
from bridge.web.api.repeats import Repeats
from bridge.web.api.routes import ROOT, Api

SIGN_IN_PATH = f"{ROOT}/sign-in"


def make_api(
    heart: Heart,
    store: TokenStore,
    check_openid: CheckOpenID,
    sentences: Sentences,
    *,
    behind_proxy: bool = False,
) -> Api:
    """The door to ``heart`` for programs."""
    out = heart.outside

    async def is_in_room(user_id: UserID, room_id: RoomID) -> bool:
        try:
            return await out.homeserver.is_joined(room_id, user_id)
        except HomeserverRefused:
            return False

    def state_now() -> Iterator[tuple[str, Right, Mapping[str, str]]]:
        for connector in heart.networks.all():
            for login in connector.logins():
                yield NETWORK, Right.STATUS, network_values(connector.network, login.id, login.state)
        for portal in heart.portals.all():
            yield PORTAL, Right.MANAGE, portal_values(portal)

    entry = Entry(out.tokens, out.audit, out.clock, behind_proxy=behind_proxy)
    return Api(
        deeds=heart.deeds,
        tokens=out.tokens,
        entry=entry,
        events=LiveEvents(heart.news, entry, state_now, out.access.may),
        repeats=Repeats(store, out.clock),
        sentences=sentences,
        is_in_room=is_in_room,
        is_management_room=lambda room_id: room_id in heart.management,
        check_openid=check_openid,
        domain=out.names.domain,
    )
