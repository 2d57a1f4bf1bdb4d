"""The answer to "may this be done?": yes, or no with a reason."""

from typing import TypeAlias

from attrs import frozen

from bridge.model.errors import Phrase


@frozen
class Allowed:
    """Yes."""


@frozen
class Refused:
    """No. The catalogue makes the sentence."""

    reason: Phrase


Verdict: TypeAlias = Allowed | Refused


def refused(key: str, /, **values: str | int) -> Refused:
    """A refusal by message key and values."""
    return Refused(Phrase.of(key, **values))
