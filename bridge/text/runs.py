"""A paragraph in the making: a flat row of runs, tidied and then nested into inline nodes.

A parser that builds the tree directly has to repair crossing tags and follow the nesting of its input.
A row of runs, each with the wraps in force around it, needs neither: blocks may open inside of formats,
and the tree's depth is the longest row of wraps, which has a bound.
"""

import re
from collections.abc import Iterable
from itertools import groupby
from typing import TypeAlias

from attrs import evolve, frozen

from bridge.model.markup import Break, Coloured, Inline, Link, Mention, Styled, Text

Wrap: TypeAlias = Styled | Coloured | Link | Mention
"""An inline node that takes its children later."""

MAX_WRAPS = 12
"""More formats than that around one run are not taken over."""

_GAP = re.compile("[ \t\n\f\r]+")


@frozen
class Run:
    node: Text | Break
    wraps: tuple[Wrap, ...] = ()


def collapse(runs: Iterable[Run]) -> list[Run]:
    """White space as HTML shows it: one space for many, none beside line ends, no outer line ends."""
    tidy: list[Run] = []
    at_gap = True
    for run in runs:
        if isinstance(run.node, Break):
            _trim_end(tidy)
            at_gap = True
            if tidy:
                tidy.append(run)
            continue
        text = _GAP.sub(" ", run.node.text)
        if at_gap:
            text = text.lstrip(" ")
        if text:
            tidy.append(evolve(run, node=Text(text)))
            at_gap = text.endswith(" ")
    _trim_end(tidy)
    while tidy and isinstance(tidy[-1].node, Break):
        tidy.pop()
        _trim_end(tidy)
    return tidy


def nest(runs: Iterable[Run]) -> tuple[Inline, ...]:
    """Inline nodes out of runs; neighbours under the same wraps share one node."""
    return _nest(list(runs), 0)


def _nest(runs: list[Run], level: int) -> tuple[Inline, ...]:
    nodes: list[Inline] = []
    for wrap, group in groupby(runs, lambda run: run.wraps[level] if len(run.wraps) > level else None):
        if wrap is None:
            nodes.extend(_join(run.node for run in group))
        else:
            nodes.append(evolve(wrap, children=_nest(list(group), level + 1)))
    return tuple(nodes)


def _join(leaves: Iterable[Text | Break]) -> Iterable[Inline]:
    for is_text, group in groupby(leaves, lambda leaf: isinstance(leaf, Text)):
        if is_text:
            yield Text("".join(leaf.text for leaf in group if isinstance(leaf, Text)))
        else:
            yield from group


def _trim_end(runs: list[Run]) -> None:
    while runs and isinstance(last := runs[-1].node, Text):
        text = last.text.rstrip(" ")
        if text:
            runs[-1] = evolve(runs[-1], node=Text(text))
            return
        runs.pop()
