"""From a line of chat to an action and its arguments: a pure decision."""

import difflib
from collections.abc import Callable, Mapping, Sequence

from bridge.actions.action import Spec
from bridge.model.errors import InvalidInput, Phrase


def strip_prefix(line: str, prefix: str) -> str:
    """The words behind the prefix, if it is there."""
    first, *rest = line.split(maxsplit=1) or [""]
    return "".join(rest) if first.casefold() == prefix.casefold() else line.strip()


def suggest(word: str, known: Sequence[str]) -> str | None:
    """The name that was probably meant."""
    close = difflib.get_close_matches(word.casefold(), known, n=1)
    return close[0] if close else None


def parse_arguments(spec: Spec, words: Sequence[str], is_network: Callable[[str], bool]) -> Mapping[str, str]:
    """Give the words to the spec's arguments in order.

    A leading ``network`` that may be left out is taken only by a word that is one. The last argument takes
    the rest of the line. Raises ``InvalidInput`` with the usage.
    """
    rest = list(words)
    found: dict[str, str] = {}
    for place, argument in enumerate(spec.arguments):
        if argument.name == "network" and not argument.required:
            others = [each for each in spec.arguments[place + 1 :] if each.required]
            if rest and not is_network(rest[0]) and (others or not _is_alone(spec)):
                continue
        if not rest:
            if argument.required:
                raise InvalidInput(Phrase.of("command.usage", usage=usage(spec)))
            continue
        if place == len(spec.arguments) - 1:
            found[argument.name] = " ".join(rest)
            rest = []
        else:
            found[argument.name] = rest.pop(0)
    if rest:
        raise InvalidInput(Phrase.of("command.usage", usage=usage(spec)))
    return found


def _is_alone(spec: Spec) -> bool:
    """Whether the network is what the action is about, and not just where its chat is."""
    return not any(argument.name == "chat" for argument in spec.arguments)


def usage(spec: Spec) -> str:
    """``join [network] <chat>``."""
    words = [(each.shown or each.name, each.required) for each in spec.arguments]
    return " ".join([spec.name, *(f"<{word}>" if required else f"[{word}]" for word, required in words)])
