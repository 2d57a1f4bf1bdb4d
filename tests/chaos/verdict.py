"""From what was said and what was seen to what was lost, doubled, reordered, uncertain and unseen."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from attrs import frozen

from tests.chaos.away import Away, times_away
from tests.chaos.record import Book, Fate, Place, Said, Seen, Side
from tests.chaos.speech import Token


@frozen(kw_only=True)
class Verdict:
    """The tokens of one round by what became of them; ``open`` may still come."""

    said: int
    arrived: int
    lost: Sequence[Token] = ()
    """Accepted, not there on the other side, and nobody was told."""
    doubled: Sequence[Token] = ()
    reordered: Sequence[Token] = ()
    """Those that had to be taken out for the rest to be in its sender's order."""
    uncertain: Sequence[Token] = ()
    """Its sender was told that nobody knows, whether it arrived or not."""
    refused: Sequence[Token] = ()
    """Not there, and its sender was told so."""
    unseen: Sequence[Token] = ()
    """Said on IRC while no connection of the bridge was there."""
    untold: Sequence[Token] = ()
    """Of the unseen ones: the room was not told that there was a gap."""
    strayed: Sequence[Token] = ()
    """Seen in a room or channel in which it was not said."""
    misreported: Sequence[Token] = ()
    """There, although its sender was told that it was refused."""

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.reordered or self.strayed or self.misreported)


def judge(book: Book, round_: int) -> Verdict:
    """What became of everything that was said in a round."""
    fates = {told.event_id: told.fate for told in book.told}
    away = times_away(book.comings, book.deeds)
    seen = [one for one in book.seen if one.token.round == round_]
    arrived = {one.token for one in seen}
    said = [one for one in book.said.values() if one.token.round == round_]
    # A line that nobody heard died with its server before it was anybody's.
    said = [one for one in said if one.accepted or one.token in arrived]
    missing = [one for one in said if one.token not in arrived]
    unseen = [one for one in missing if _is_unseen(one, away)]
    told = {one.token: fates[one.event_id] for one in said if one.event_id in fates}
    excused = {one.token for one in unseen} | told.keys()
    return Verdict(
        said=len(said),
        arrived=sum(one.token in arrived for one in said),
        lost=[one.token for one in missing if one.token not in excused],
        doubled=_doubled(seen),
        reordered=_reordered(said, seen),
        uncertain=[token for token, fate in told.items() if fate is Fate.UNCERTAIN],
        refused=[one.token for one in missing if told.get(one.token) is Fate.REFUSED],
        unseen=[one.token for one in unseen],
        untold=[one.token for one in unseen if not _is_gap_told(book, one, away)],
        strayed=_strayed(book.said, seen),
        misreported=[token for token, fate in told.items() if fate is Fate.REFUSED and token in arrived],
    )


def _is_unseen(said: Said, away: Collection[Away]) -> bool:
    return said.side is Side.IRC and any(one.covers(said.place, said.at) for one in away)


def _is_gap_told(book: Book, said: Said, away: Collection[Away]) -> bool:
    since = [one.since for one in away if one.covers(said.place, said.at)]
    return any(place == said.place and at >= min(since) for place, at in book.gap_notices)


def _doubled(seen: Sequence[Seen]) -> list[Token]:
    counts = Counter(one.token for one in seen)
    return [token for token, count in counts.items() if count > 1]


def _strayed(said: dict[Token, Said], seen: Iterable[Seen]) -> list[Token]:
    return [one.token for one in seen if one.token in said and said[one.token].place != one.place]


def _reordered(said: Sequence[Said], seen: Sequence[Seen]) -> list[Token]:
    places: dict[Token, Place] = {one.token: one.place for one in said}
    lines: dict[tuple[str, Place], list[Token]] = {}
    # Of a doubled one, the first counts: the second is a fault of another kind.
    for token in dict.fromkeys(one.token for one in seen):
        if token in places:
            lines.setdefault((token.who, places[token]), []).append(token)
    return [token for line in lines.values() for token in _out_of_order(line)]


def _out_of_order(line: Sequence[Token]) -> list[Token]:
    """Those outside of one longest growing subsequence."""
    ends: list[Token] = []
    at: list[int] = []
    before: list[int] = []
    for position, token in enumerate(line):
        place = bisect_left(ends, token)
        before.append(at[place - 1] if place else -1)
        if place == len(ends):
            ends.append(token)
            at.append(position)
        else:
            ends[place], at[place] = token, position
    kept: set[int] = set()
    position = at[-1] if at else -1
    while position >= 0:
        kept.add(position)
        position = before[position]
    return [token for position, token in enumerate(line) if position not in kept]
