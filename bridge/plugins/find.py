"""Finds the networks that are installed, and checks that each keeps the shape that was promised.

What cannot be loaded is a value in the answer with its reason; it never spoils the others.
"""

import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Final, cast

from attrs import frozen

from bridge.api.network import MakeConnector
from bridge.config.declare import is_section
from bridge.model.errors import BridgeError, Misconfigured, Phrase
from bridge.telemetry import get_log

NETWORKS: Final = "trunkline.networks"
_OWN: Final = "bridge."
_ERROR_LENGTH: Final = 300

_log = get_log(__name__)

Sentences = Mapping[str, Mapping[str, str]]
"""Language to key to template."""
SectionClass = type


@frozen
class NetworkKind:
    """A sort of network that can be configured.

    Attributes:
        type: the entry point's name, written as ``type`` in a network's section.
        section: the class that reads such a section.
        sentences: what the network says, by language and message key.
        make: makes a connector out of a value of ``section``.
    """

    type: str
    section: SectionClass
    sentences: Sentences
    make: MakeConnector


@frozen
class NotLoaded:
    """An entry point that is of no use; ``traceback`` is empty where there is none."""

    type: str
    reason: Phrase
    traceback: str = ""


@frozen
class Found:
    """What is installed, by ``type`` in alphabetical order, and what could not be loaded."""

    kinds: Mapping[str, NetworkKind]
    failed: tuple[NotLoaded, ...] = ()

    @property
    def sections(self) -> Mapping[str, type]:
        """The section class of each type, as a ``PluginGroup`` wants them."""
        return {name: kind.section for name, kind in self.kinds.items()}

    @property
    def tables(self) -> tuple[Sentences, ...]:
        """The sentences of all, as the ``Catalogue`` wants them."""
        return tuple(kind.sentences for kind in self.kinds.values())


def find_networks(points: Iterable[EntryPoint] | None = None) -> Found:
    """Load every network; those that are installed unless others are given.

    Of two with one name the bridge's own is taken, so that no package can put itself in its place.
    """
    given = entry_points(group=NETWORKS) if points is None else points
    kinds: dict[str, NetworkKind] = {}
    failed: list[NotLoaded] = []
    taken: dict[str, str] = {}
    for point in sorted(set(given), key=_own_first):
        if point.name in taken:
            reason = Phrase.of("plugins.type_taken", type=point.name, used=taken[point.name])
            failed.append(_noted(NotLoaded(point.name, reason)))
            continue
        taken[point.name] = point.value
        one = _load(point)
        if isinstance(one, NetworkKind):
            kinds[point.name] = one
        else:
            failed.append(_noted(one))
    return Found(dict(sorted(kinds.items())), tuple(failed))


def short_error(error: BaseException) -> str:
    """An error of somebody else's code in one bounded line."""
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words}"[:_ERROR_LENGTH] if words else type(error).__name__


def _own_first(point: EntryPoint) -> tuple[bool, str, str]:
    return (not point.value.startswith(_OWN), point.name, point.value)


def _load(point: EntryPoint) -> NetworkKind | NotLoaded:
    try:
        make = point.load()
        module = sys.modules[point.module]
        return _checked(point.name, make, module)
    except BridgeError as error:
        return NotLoaded(point.name, error.reason)
    # Somebody else's module may do anything while it is imported, even ask for the end of the process.
    except (Exception, SystemExit) as error:  # noqa: BLE001  # keeps one plug-in from taking down the rest
        reason = Phrase.of("plugins.not_loaded", type=point.name, error=short_error(error))
        return NotLoaded(point.name, reason, traceback.format_exc())


def _checked(name: str, make: object, module: object) -> NetworkKind:
    section = getattr(module, "SECTION", None)
    sentences = getattr(module, "SENTENCES", None)
    for what, fine in (
        ("make_connector", callable(make)),
        ("SECTION", is_section(section)),
        ("SENTENCES", _are_sentences(name, sentences)),
    ):
        if not fine:
            raise Misconfigured(Phrase.of("plugins.bad_shape", type=name, what=what))
    # The lines above are the proof; a signature cannot be asked at run time.
    return NetworkKind(
        name,
        cast(SectionClass, section),
        cast(Sentences, sentences),
        cast(MakeConnector, cast(Callable[..., object], make)),
    )


def _are_sentences(name: str, table: object) -> bool:
    """Whether it is a table of sentences under keys of its own: no plug-in speaks in another's words."""
    return (
        isinstance(table, Mapping)
        and "en" in table
        and all(
            isinstance(sentences, Mapping)
            and all(
                isinstance(key, str) and key.startswith(f"{name}.") and isinstance(template, str)
                for key, template in sentences.items()
            )
            for sentences in table.values()
        )
    )


def _noted(one: NotLoaded) -> NotLoaded:
    _log.warning("network type not loaded", type=one.type, reason=one.reason.key, traceback=one.traceback)
    return one
