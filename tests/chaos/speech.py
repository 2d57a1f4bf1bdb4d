"""The tokens that make each thing said known again on the other side."""

import re
from typing import Final

from attrs import frozen

_TOKEN: Final = re.compile(r"\[r(\d+)/([a-z]+)/(\d+)\]")
_QUOTES: Final = re.compile(r" \(|“")


@frozen(order=True)
class Token:
    """The number grows with everything that one person says in one round."""

    round: int
    who: str
    number: int

    def __str__(self) -> str:
        return f"[r{self.round}/{self.who}/{self.number}]"


def tokens_of(text: str) -> list[Token]:
    """The tokens that a text says; not those of an older message that it quotes behind them."""
    said = _QUOTES.split(text, maxsplit=1)[0]
    return [Token(int(round_), who, int(number)) for round_, who, number in _TOKEN.findall(said)]
