"""The leader's brief (接待简报, NX-17 to NX-20): a cover with the order of the day, then a page an enterprise.

An enterprise with much to say is set smaller until it is one page; what even the smallest type does not bring onto one is set
large again and runs on to a second, which says 续. The rest of a page is lines for the leader's pen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.documents.attendance_papers import around
from portal.documents.day_sheets import BriefSheet
from portal.documents.printable import sheet_must_be_printable
from portal.documents.typesetter import PlacedPaper, place

TEMPLATE, STYLE = "brief.html", "day_papers.css"
TYPE_SIZES = (11.5, 10.5, 9.5)
COVER_SIZES = (10.5, 9.5, 8.5)
LEAST_LINES, LINE_MM, FOOT_MM = 3, 8.7, 15.0
"""Lines left for the pen, their height, and the margin below them."""


@dataclass(frozen=True, slots=True)
class _Fit:
    """Which of the type sizes a part is set in, and how many lines it leaves for the pen."""

    size: int = 0
    lines: int = LEAST_LINES


def brief(sheet: BriefSheet) -> bytes:
    """Print the brief as PDF. Raises RuleBroken naming characters no face has, ValueError without an enterprise."""
    return placed_brief(sheet).pdf


def placed_brief(sheet: BriefSheet) -> PlacedPaper:
    """The same, and where on it each enterprise begins (`enterprise-1`) and ends (`end-1`)."""
    if not sheet.enterprises:
        raise ValueError("no enterprise to brief the leader on")
    sheet_must_be_printable(sheet)
    fits = [_Fit() for _ in range(len(sheet.enterprises) + 1)]
    paper = _set(sheet, fits)
    for size in range(1, len(TYPE_SIZES)):
        over = [place for place in range(len(fits)) if _pages(paper, place, len(fits)) > 1]
        if not over:
            break
        for place_ in over:
            fits[place_] = _Fit(size)
        paper = _set(sheet, fits)
    for place_, fit in enumerate(fits):
        if _pages(paper, place_, len(fits)) > 1:
            fits[place_] = _Fit()
        elif place_:
            fits[place_] = _Fit(fit.size, LEAST_LINES + _lines_left(paper, place_))
    return _set(sheet, fits)


def _pages(paper: PlacedPaper, part: int, parts: int) -> int:
    """How many pages the cover (0) or an enterprise (from 1) takes."""
    first = paper.places[f"enterprise-{part}"].page if part else 0
    last = paper.pages if part + 1 == parts else paper.places[f"enterprise-{part + 1}"].page
    return last - first


def _lines_left(paper: PlacedPaper, enterprise: int) -> int:
    """How many more lines for the pen the page has room for."""
    free = paper.places[f"end-{enterprise}"].bottom / 72 * 25.4 - FOOT_MM
    return max(int(free / LINE_MM - 0.3), 0)


def _set(sheet: BriefSheet, fits: Sequence[_Fit]) -> PlacedPaper:
    pages = [
        {"enterprise": it, "size": TYPE_SIZES[fit.size], "lines": fit.lines}
        for it, fit in zip(sheet.enterprises, fits[1:], strict=True)
    ]
    cover_size = COVER_SIZES[fits[0].size]
    return place(TEMPLATE, STYLE, around(sheet, "简报") | {"pages": pages, "cover_size": cover_size})
