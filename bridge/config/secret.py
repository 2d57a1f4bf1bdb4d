"""A value that must not be seen: it prints as ``***`` wherever it goes."""

import hmac
from typing import Final

MASK: Final = "***"


class Secret:
    """A password, token or key; only ``reveal()`` gives the text."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The text itself: call it where it is sent, and keep the result nowhere."""
        return self.__text

    def matches(self, other: str) -> bool:
        """Compare in constant time with what a stranger sent."""
        return hmac.compare_digest(_bytes(self.__text), _bytes(other))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.matches(other.reveal())

    def __hash__(self) -> int:
        return hash((Secret, self.__text))

    def __bool__(self) -> bool:
        return bool(self.__text)

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
