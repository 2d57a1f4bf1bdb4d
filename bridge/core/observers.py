"""One observer: of several connections that see one conversation, exactly one is listened to.

Without it every line would arrive once for each of our connections, and on networks without message IDs
nobody could tell a repeat from a person who says the same thing twice. The election is a pure function of
who sees what, so that every part of the bridge that asks gets the same answer: the relay if it is there,
else the login with the smallest ID. When the observer goes, the next one is listened to from that moment.
"""

from bridge.model.ids import LoginID, PortalKey


class Observers:
    """Who sees which conversation, and who of them is listened to."""

    def __init__(self) -> None:
        self._seers: dict[PortalKey, set[LoginID]] = {}
        self._relays: set[LoginID] = set()

    def sees(self, login: LoginID, key: PortalKey, *, is_relay: bool) -> None:
        self._seers.setdefault(key, set()).add(login)
        if is_relay:
            self._relays.add(login)

    def sees_no_more(self, login: LoginID, key: PortalKey) -> bool:
        """Returns whether that was the last one who saw it."""
        seers = self._seers.get(key)
        if seers is None:
            return False
        seers.discard(login)
        if seers:
            return False
        del self._seers[key]
        return True

    def blind(self, login: LoginID) -> tuple[PortalKey, ...]:
        """The login lost its connection: it sees nothing any longer. Returns what nobody sees now."""
        return tuple(key for key in list(self._seers) if self.sees_no_more(login, key))

    def elected(self, key: PortalKey) -> LoginID | None:
        """The login whose events count for this conversation now; None while nobody sees it."""
        seers = self._seers.get(key, set())
        return min(seers & self._relays, default=None) or min(seers, default=None)
