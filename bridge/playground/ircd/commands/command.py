"""What every command of a client is: who may give it, and what carries it out."""

from collections.abc import Callable

from attrs import frozen

from bridge.networks.irc.protocol.line import Line
from bridge.playground.ircd.client import Client
from bridge.playground.ircd.world import World


@frozen
class Command:
    """One command.

    Attributes:
        run: carries it out at once; whatever it answers goes through the client.
        least_params: with fewer parameters the client is told numeric 461.
        before_registration: may be given before the server has greeted.
    """

    run: Callable[[World, Client, Line], None]
    least_params: int = 0
    before_registration: bool = False
