"""Whether a Matrix user may join an existing room to a remote conversation."""

from bridge.model.ids import UserID
from bridge.policy.power import PowerLevels
from bridge.policy.verdict import Allowed, Verdict, refused

BRIDGE_TYPES = ("m.bridge", "uk.half-shot.bridge")
"""The state events that say that a room is bridged; who may set them may plumb."""
LEAST_POWER = 50
"""Asked for even where a room lets everybody set state: a moderator is meant."""


def needed_to_plumb(power: PowerLevels) -> int:
    """The power level that plumbing takes in a room."""
    return max(LEAST_POWER, *(power.needed_for_state(event_type) for event_type in BRIDGE_TYPES))


def may_plumb(
    user_id: UserID,
    *,
    power: PowerLevels,
    joined: bool,
    encrypted: bool,
    network_approved: bool,
) -> Verdict:
    """Both sides must agree: the Matrix room by its power levels, the network by its own means.

    ``network_approved`` is the network's answer: an operator of the channel said yes, or an admin of
    the bridge did by configuration.
    """
    if not joined:
        return refused("plumb.not_joined")
    if encrypted:
        return refused("plumb.encrypted")
    has, needed = power.power_of(user_id), needed_to_plumb(power)
    if has < needed:
        return refused("plumb.power", has=has, needed=needed)
    if not network_approved:
        return refused("plumb.network")
    return Allowed()


def may_unplumb(user_id: UserID, *, power: PowerLevels, admin: bool) -> Verdict:
    """The room's moderators and the bridge's admins may; the network need not agree to an end."""
    has, needed = power.power_of(user_id), needed_to_plumb(power)
    if admin or has >= needed:
        return Allowed()
    return refused("plumb.power", has=has, needed=needed)
