"""Our users on the homeserver: registered, given a device and a name; all lazily.

What was done once is remembered until the process ends. Everything here may be repeated without harm, so
after a restart it is found out again at the first need, by one question for each ghost.
"""

from collections import OrderedDict
from typing import Final

from mautrix.api import Method, Path

from bridge.matrix.client import Actor, MatrixClient
from bridge.matrix.shapes import text_of
from bridge.matrix.turns import Turns
from bridge.model.errors import HomeserverRefused
from bridge.model.ids import DeviceID, MxcURI, UserID
from bridge.model.namespace import localpart_of
from bridge.model.outgoing import GhostProfile

DEVICE: Final = DeviceID("TRUNKLINE")
"""Every user of ours has one device of this name: device IDs are each user's own."""
MAX_NAME_CHARS: Final = 256
"""Synapse refuses longer display names."""
_KEPT: Final = 50_000


class Ghosts:
    """Raises the errors of ``MatrixClient.request`` throughout."""

    def __init__(self, client: MatrixClient, bot: UserID) -> None:
        self._client = client
        self._bot = bot
        self._profiles: OrderedDict[UserID, GhostProfile] = OrderedDict()
        self._users: Turns[UserID] = Turns()
        self._without_device: set[UserID] = set()

    async def ensure(self, user_id: UserID, profile: GhostProfile) -> None:
        """See that the user is registered and looks like this."""
        profile = GhostProfile(display_name=profile.display_name[:MAX_NAME_CHARS], avatar=profile.avatar)
        async with self._users.turn(user_id):
            if self._profiles.get(user_id) == profile:
                return
            shown = self._profiles.get(user_id) or await self._shown(user_id)
            if shown is None:
                await self.register(user_id)
                shown = GhostProfile(display_name=localpart_of(user_id))
            await self._show(user_id, shown, profile)
            self._remember(user_id, profile)

    async def register(self, user_id: UserID) -> None:
        """Register and give a device; somebody who is registered already is left alone.

        ``inhibit_login``: a homeserver with MSC4190 makes no access token for our users.
        """
        content = {
            "type": "m.login.application_service",
            "username": localpart_of(user_id),
            "inhibit_login": True,
        }
        try:
            await self._client.request(Method.POST, Path.v3.register, content)
        except HomeserverRefused as error:
            if error.code != "M_USER_IN_USE":
                raise
        await self.make_device(user_id)

    def actor(self, user_id: UserID) -> Actor:
        """The user with the device that makes transaction IDs outlive the homeserver's restart."""
        return Actor(user_id, None if user_id in self._without_device else DEVICE)

    async def make_device(self, user_id: UserID) -> None:
        """Make the device (MSC4190). A homeserver that cannot (Synapse before 1.141) is used without."""
        path = Path.v3.devices[DEVICE]
        content = {"display_name": "Trunkline"}
        try:
            await self._client.request(Method.PUT, path, content, actor=Actor(user_id))
        except HomeserverRefused as error:
            if error.status not in (400, 403, 404, 405):
                raise
            self._without_device.add(user_id)

    def shown_name(self, user_id: UserID) -> str | None:
        """The name a user of ours was given, as far as it is remembered."""
        profile = self._profiles.get(user_id)
        return profile.display_name if profile else None

    # Inside.

    async def _shown(self, user_id: UserID) -> GhostProfile | None:
        """How the user looks to others; None for one who is not registered."""
        try:
            answer = await self._client.request(Method.GET, Path.v3.profile[user_id], actor=Actor(self._bot))
        except HomeserverRefused as error:
            if error.status == 404:
                return None
            if error.code == "M_FORBIDDEN":
                # The bot itself may not be there yet, or profiles are hidden: register finds out.
                return None
            raise
        avatar = text_of(answer, "avatar_url")
        return GhostProfile(
            display_name=text_of(answer, "displayname") or "", avatar=MxcURI(avatar) if avatar else None
        )

    async def _show(self, user_id: UserID, shown: GhostProfile, wanted: GhostProfile) -> None:
        profile = Path.v3.profile[user_id]
        if wanted.display_name != shown.display_name:
            content = {"displayname": wanted.display_name}
            await self._client.request(Method.PUT, profile.displayname, content, actor=Actor(user_id))
        if wanted.avatar != shown.avatar:
            content = {"avatar_url": wanted.avatar or ""}
            await self._client.request(Method.PUT, profile.avatar_url, content, actor=Actor(user_id))

    def _remember(self, user_id: UserID, profile: GhostProfile) -> None:
        self._profiles[user_id] = profile
        self._profiles.move_to_end(user_id)
        while len(self._profiles) > _KEPT:
            self._profiles.popitem(last=False)
