"""Answers to labelled commands: one line, a batch of lines, or an empty acknowledgement.

Spec: https://ircv3.net/specs/extensions/labeled-response
"""

import secrets

from attrs import define, evolve, field

from bridge.networks.irc.protocol.line import Line, Source

_LABEL_BYTES = 64


def is_label(text: str) -> bool:
    """Say whether a tag value can be a label; one that cannot is passed over."""
    return text.isprintable() and 0 < len(text.encode()) <= _LABEL_BYTES


@define
class LabelledAnswer:
    """Collects the lines that one labelled command sends back to who gave it."""

    label: str
    lines: list[Line] = field(factory=list)

    def finished(self, server_name: str, *, batches: bool) -> list[Line]:
        """Return the collected lines, marked as the answer to the label."""
        server = Source(server_name)
        label = {"label": self.label}
        if not self.lines:
            return [Line("ACK", (), server, label)]
        if len(self.lines) == 1 or not batches:
            first, *others = self.lines
            return [evolve(first, tags={**first.tags, **label}), *others]
        name = secrets.token_hex(6)
        # What is in a batch of its own already stays there; only its opening is in this one.
        inside = [evolve(line, tags={"batch": name, **line.tags}) for line in self.lines]
        return [
            Line("BATCH", (f"+{name}", "labeled-response"), server, label),
            *inside,
            Line("BATCH", (f"-{name}",), server),
        ]
