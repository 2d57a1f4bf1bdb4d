"""Joins the HTTP door to what stands behind it."""

from bridge.actions.tokens import TokenStore
from bridge.app.heart import Heart
from bridge.model.errors import HomeserverRefused
from bridge.model.ids import RoomID, UserID
from bridge.web.api.entry import Entry
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

    return Api(
        deeds=heart.deeds,
        tokens=out.tokens,
        entry=Entry(out.tokens, out.audit, out.clock, behind_proxy=behind_proxy),
        repeats=Repeats(store, out.clock),
        sentences=sentences,
        is_in_room=is_in_room,
        is_management_room=lambda room_id: room_id in heart.management,
        check_openid=check_openid,
        domain=out.names.domain,
    )
