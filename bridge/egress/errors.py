"""What may come of a request instead of an answer."""

from enum import Enum

from bridge.model.errors import Phrase, Rejected, Unavailable


class Refusal(Enum):
    """Why we did not go where we were sent; each has a sentence ``egress.refused.<value>``."""

    MALFORMED = "malformed"
    SCHEME = "scheme"
    CREDENTIALS = "credentials"
    ADDRESS = "address"
    REDIRECTS = "redirects"
    DOWNGRADE = "downgrade"


class EgressRefused(Rejected):
    """The address is one that we do not go to; asking again is of no use."""

    def __init__(self, refusal: Refusal, host: str = "") -> None:
        self.refusal = refusal
        super().__init__(Phrase.of(f"egress.refused.{refusal.value}", host=host))


class TooLarge(Rejected):
    """The answer is longer than the caller takes."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        super().__init__(Phrase.of("egress.too_large", max_bytes=max_bytes))


class EgressFailed(Unavailable):
    """No whole answer came: not found, not connected, too slow, or not HTTP. ``detail`` is for the log."""

    def __init__(self, host: str, detail: str) -> None:
        self.detail = detail
        super().__init__(Phrase.of("egress.failed", host=host, detail=detail))
