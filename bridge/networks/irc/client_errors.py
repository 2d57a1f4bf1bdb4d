"""Why something that was asked of a client did not come about.

All of these are answers to one caller. A connection that is lost is a state (see `client_states`), and
`InvalidLine` from the protocol is a caller's mistake: text that cannot be one line.
"""


class ClientError(Exception):
    """The root of what a `Client` raises.

    Attributes:
        code: the server's numeric or word for it; empty where it did not speak.
        text: in the server's words, or ours where it did not speak.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code} {text}".strip())
        self.code = code
        self.text = text


class NotConnected(ClientError):
    """Nothing was sent: there is no connection, or it ended first. The same may be asked again."""

    def __init__(self, text: str = "not connected") -> None:
        super().__init__("", text)


class SendRefused(ClientError):
    """The server said that the line went nowhere."""


class SendUnknown(ClientError):
    """The line was handed over and nothing tells what became of it."""


class JoinFailed(ClientError):
    """The server did not let us into the channel, or did not answer (then ``code`` is empty)."""


class CommandFailed(ClientError):
    """The server refused a command, or did not answer (then ``code`` is empty)."""
