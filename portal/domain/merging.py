"""Two people write the same text at once, and both keep what they wrote (NX-11).

A merge looks at three texts: the one both began from (`base`), the one somebody sends (`mine`), and what has been saved
meanwhile (`theirs`). Where only one of the two changed something, that change is taken; where both did, both are kept, one
after the other. What somebody typed is never dropped: only what was there before can be deleted.
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import TypeVar

Text = TypeVar("Text", str, list[str])

MOST_COMPARED = 400_000
"""Two lengths multiplied: longer ones are not compared part by part, which could take minutes."""
LIKE_ENOUGH = 0.5
"""How much of some lines must be left in both versions for clashing changes to stand inside them."""
MOST_CLASHES = 2
"""With more places where both wrote something else, whole lines one after the other read better."""
_MARKED = re.compile(r"〔[^〔〕\n]{1,40}同时写[：〕]")


def merged_text(base: str, mine: str, theirs: str, *, name: str) -> str:
    """One text with what both wrote; line ends are line feeds.

    `name` wrote `mine`, and is named where both wrote something else at one place. Lines that both added at one place
    simply follow each other, those saved first in front.
    """
    settled = _only_one_changed(base, mine, theirs)
    if settled is not None:
        return settled
    lines = tuple(text.split("\n") if text else [] for text in (base, mine, theirs))
    merged: list[str] = []
    for chunk in _chunks(*lines):
        merged += _merged_lines(*chunk, name=name)
    return "\n".join(merged)


def merged_words(base: str, mine: str, theirs: str) -> str:
    """The same for a few words on one line, such as names: where both wrote something else, both stand side by side."""
    settled = _only_one_changed(base, mine, theirs)
    if settled is None:
        settled = _going_on(mine, theirs)
    return f"{theirs}、{mine}" if settled is None else settled


def _only_one_changed(base: Text, mine: Text, theirs: Text) -> Text | None:
    if mine in (base, theirs):
        return theirs
    return mine if theirs == base else None


def _going_on(mine: str, theirs: str) -> str | None:
    """The longer text if it begins with the other: somebody went on typing what had been saved already."""
    if theirs.startswith(mine):
        return theirs
    return mine if mine.startswith(theirs) else None


def _merged_lines(base: list[str], mine: list[str], theirs: list[str], *, name: str) -> list[str]:
    """Some lines that at least one of the two changed. Lines one deleted and the other changed are kept."""
    settled = _only_one_changed(base, mine, theirs)
    if settled is not None:
        return settled
    if not (mine and theirs):
        return mine or theirs
    was, one, other = ("\n".join(lines) for lines in (base, mine, theirs))
    inside = _going_on(one, other) if not was.strip() else _merged_inside(was, one, other, name=name)
    if inside is not None:
        return inside.split("\n")
    if not was.strip():
        return [*theirs, *mine]
    if len(mine) == 1:
        return [*theirs, _marked(name, one)]
    return [*theirs, f"〔{name}同时写〕", *mine]


def _merged_inside(base: str, mine: str, theirs: str, *, name: str) -> str | None:
    """The changes of both inside some lines put together, None where the outcome would not be readable."""
    merged, clashes, kept = "", 0, 0
    for was, one, other in _chunks(base, mine, theirs):
        settled = _only_one_changed(was, one, other)
        if settled is None:
            settled = (one or other) if not (one and other) else _in_order(was, one, other)
        clashes += settled is None
        kept += len(was) if was == one == other else 0
        merged += f"{other}{_marked(name, one)}" if settled is None else settled
    return merged if not clashes or (clashes <= MOST_CLASHES and kept >= LIKE_ENOUGH * len(base)) else None


def _in_order(base: str, mine: str, theirs: str) -> str | None:
    """Two insertions at one place that can stand beside each other as they are, None if they clash."""
    longer = _going_on(mine, theirs)
    if longer is not None or base:
        return longer
    begins = [text.startswith("\n") for text in (mine, theirs)]
    ends = [text.endswith("\n") for text in (mine, theirs)]
    follows = [_MARKED.match(text) is not None for text in (mine, theirs)]
    if any(begins) or any(ends):  # whoever goes on with the line comes before whoever begins another
        mine_first = begins == [False, True] if any(begins) else ends == [True, False]
        return mine + theirs if mine_first else theirs + mine
    if any(follows):  # what was put beside a text stays behind it while the text grows
        return mine + theirs if follows == [False, True] else theirs + mine
    return None


def _marked(name: str, text: str) -> str:
    return f"〔{name}同时写：{text}〕"


def _chunks(base: Text, mine: Text, theirs: Text) -> Iterator[tuple[Text, Text, Text]]:
    """The three texts cut where all agree: by turns a run that is the same in all, and one that is not."""
    to_mine, to_theirs = _same_places(base, mine), _same_places(base, theirs)
    shared: list[int] = [place for place in range(len(base)) if place in to_mine and place in to_theirs]
    here = (0, 0, 0)
    for place in [*shared, len(base)]:
        there = (place, to_mine.get(place, len(mine)), to_theirs.get(place, len(theirs)))
        if there != here:
            yield base[here[0] : there[0]], mine[here[1] : there[1]], theirs[here[2] : there[2]]
        if place < len(base):
            yield base[place : place + 1], base[place : place + 1], base[place : place + 1]
        here = (there[0] + 1, there[1] + 1, there[2] + 1)


def _same_places(base: Text, other: Text) -> dict[int, int]:
    """Where each part of `base` stands in the other text, as far as it is still there."""
    same = _same_at_the_beginning(base, other)
    last = min(_same_at_the_beginning(base[same:][::-1], other[same:][::-1]), min(len(base), len(other)) - same)
    places = {place: place for place in range(same)}
    places |= {len(base) - place: len(other) - place for place in range(1, last + 1)}
    was, now = base[same : len(base) - last], other[same : len(other) - last]
    if len(was) * len(now) <= MOST_COMPARED:
        for at, there, length in SequenceMatcher(None, was, now, autojunk=False).get_matching_blocks():
            places |= {same + at + step: same + there + step for step in range(length)}
    return places


def _same_at_the_beginning(one: Text, other: Text) -> int:
    return next(
        (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )
