"""Which sections a configuration has: put together by the one who makes the parts."""

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import field, frozen

from bridge.config.declare import options_of, section_info
from bridge.config.moves import Move

TYPE_KEY: Final = "type"
"""In a plug-in's section this key chooses which class reads the others."""


@frozen
class PluginGroup:
    """Named sections of one sort, each read by the class that its ``type`` chooses.

    Attributes:
        name: the key in the file, such as ``networks``.
        kinds: the section class of each ``type``.
        example_names: the name that stands in the example file for each ``type``; the type itself if absent.
    """

    name: str
    sentence: str
    kinds: Mapping[str, type]
    example_names: Mapping[str, str] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for kind, cls in self.kinds.items():
            if TYPE_KEY in options_of(cls):
                raise TypeError(
                    f"{self.name}: the section of {kind} may not have an option named {TYPE_KEY!r}"
                )


@frozen
class Schema:
    """All sections.

    Attributes:
        sections: the core's; a mistake in one of them stops the start.
        groups: the plug-ins'; a mistake stops only the plug-in.
        moves: where options of earlier versions have gone, oldest first.
    """

    sections: Sequence[type]
    groups: Sequence[PluginGroup] = ()
    moves: Sequence[Move] = ()

    @property
    def top_level(self) -> Mapping[str, "type | PluginGroup"]:
        """What stands at the outermost level of the file, in the order of the example."""
        sections: dict[str, type | PluginGroup] = {section_info(cls).name: cls for cls in self.sections}
        return sections | {group.name: group for group in self.groups}
