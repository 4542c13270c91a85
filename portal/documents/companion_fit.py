"""How large the type of these papers can be, and how high the rows that wait for the pen: measured, not reckoned.

A paper is laid out in the largest type first; what does not stay on one page is tried smaller. What is left over of the page
then goes to the rows in which nothing is printed yet.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from types import MappingProxyType

from portal.documents.companion_sheets import CompanionSheet, OrderSheet, Signed
from portal.documents.typesetter import Place
from portal.domain.paper_kinds import PaperKind

ORDER_TYPES = (15.0, 14.0, 13.0, 12.0, 11.0)
FORM_TYPES = (12.0, 11.5, 11.0, 10.5)
"""Type sizes in points, the largest first."""

BOTTOM_MM = {True: 20.0, False: 14.0}
HEIGHT_MM = {True: 251.0, False: 269.0}
"""The bottom margin of an order and of a form, and the height between their margins, as in `templates/print/companion.css`."""

LARGEST_PEN_MM = 60.0
SPARE_KEPT_MM = 1.0
POINTS_A_MM = 72 / 25.4


@dataclass(frozen=True, slots=True)
class PenRow:
    """A row that waits for the pen: its least height in millimetres, and its share of what is left over."""

    least_mm: float
    share: float = 1.0


_SIGNING = PenRow(17, 1)
PEN_ROWS: Mapping[PaperKind, Mapping[str, PenRow]] = MappingProxyType(
    {
        PaperKind.TRANSFER: {"matters": PenRow(16)},
        PaperKind.REMINDER: {"matters": PenRow(16)},
        PaperKind.SUPERVISION: {"matters": PenRow(16)},
        PaperKind.RESULT_REPORT: {
            "matters": PenRow(14, 1),
            "process": PenRow(24, 2.2),
            "result_detail": PenRow(12, 1.2),
            "legal_basis": PenRow(12, 1),
            "enterprise": PenRow(16, 1),
            "head": PenRow(18, 0.6),
        },
        PaperKind.EXTENSION: {
            "matters": PenRow(14, 1),
            "reason": PenRow(20, 1.6),
            "progress": PenRow(18, 1.4),
            "head": _SIGNING,
            "federation": _SIGNING,
            "leader": _SIGNING,
        },
        PaperKind.OBJECTION: {
            "matters": PenRow(14, 1),
            "explanation": PenRow(16, 1.4),
            "legal_basis": PenRow(10, 1),
            "head": _SIGNING,
            "ruler": _SIGNING,
        },
        PaperKind.CLOSING: {
            "matters": PenRow(14, 1),
            "summary": PenRow(14, 1.2),
            "unit": _SIGNING,
            "head": _SIGNING,
            "enterprise": _SIGNING,
            "federation": _SIGNING,
            "leader": PenRow(18, 1.2),
        },
        PaperKind.LOOK_BACK: {
            "matters": PenRow(14, 1),
            "findings": PenRow(22, 2.2),
            "enterprise": PenRow(16, 1),
            "outcome_detail": PenRow(14, 1.2),
            "head": PenRow(14, 0.6),
        },
    }
)
"""By the name of the sheet's field."""


@dataclass(frozen=True, slots=True)
class CompanionFit:
    """Type size in points, pages taken, millimetres for each share of a pen row, and millimetres still left over."""

    type_size: float
    pages: int = 1
    grown_mm: float = 0.0
    left_mm: float = 0.0


def waits_for_the_pen(sheet: CompanionSheet, name: str) -> bool:
    """Whether nothing is printed in that row yet."""
    value = getattr(sheet, name)
    return not (value.opinion or value.name) if isinstance(value, Signed) else not value


Measured = Callable[[Sequence[CompanionSheet], Sequence[CompanionFit]], Mapping[str, Place]]


def fit_all(sheets: Sequence[CompanionSheet], measured: Measured) -> list[CompanionFit]:
    """The fit of each sheet; `measured` lays some out one after another and says where `start-n` and `end-n` are."""
    tried: list[list[CompanionFit]] = [[] for _ in sheets]
    waiting = {n: _types(sheet)[0] for n, sheet in enumerate(sheets)}
    while waiting:
        attempts = [CompanionFit(size) for size in waiting.values()]
        found = _as_measured([sheets[n] for n in waiting], attempts, measured)
        for n, fit in zip(waiting, found, strict=True):
            tried[n].append(fit)
        waiting = {n: size for n in waiting if (size := _next_type(sheets[n], tried[n]))}
    chosen = [_largest_on_fewest(fits) for fits in tried]
    grown = [_spread(sheet, fit) for sheet, fit in zip(sheets, chosen, strict=True)]
    return _none_on_more_pages(sheets, chosen, grown, measured)


def _types(sheet: CompanionSheet) -> Sequence[float]:
    return ORDER_TYPES if isinstance(sheet, OrderSheet) else FORM_TYPES


def _next_type(sheet: CompanionSheet, tried: Sequence[CompanionFit]) -> float:
    """What to try after the largest type: the one that should fill one page, then the smallest; 0 when done.

    Text takes room with the square of its size, so the first guess mostly holds.
    """
    types, last = _types(sheet), tried[-1]
    if last.pages == 1 or last.type_size == types[-1]:
        return 0.0
    if len(tried) > 1:
        return types[-1]
    filled = last.pages - last.left_mm / HEIGHT_MM[isinstance(sheet, OrderSheet)]
    return max((size for size in types[1:] if size <= types[0] / sqrt(filled)), default=types[-1])


def _largest_on_fewest(tried: Sequence[CompanionFit]) -> CompanionFit:
    return min(tried, key=lambda fit: (fit.pages, -fit.type_size))


def _as_measured(
    sheets: Sequence[CompanionSheet], fits: Sequence[CompanionFit], measured: Measured
) -> list[CompanionFit]:
    """The same fits with the pages they take and the room left on the last."""
    places = measured(sheets, fits)
    found = []
    for n, (sheet, fit) in enumerate(zip(sheets, fits, strict=True)):
        start, end = places[f"start-{n}"], places[f"end-{n}"]
        left = end.bottom / POINTS_A_MM - BOTTOM_MM[isinstance(sheet, OrderSheet)] - SPARE_KEPT_MM
        found.append(replace(fit, pages=end.page - start.page + 1, left_mm=max(left, 0.0)))
    return found


def _spread(sheet: CompanionSheet, fit: CompanionFit) -> CompanionFit:
    """Give what is left of the last page to the rows that wait for the pen."""
    waiting = [row for name, row in PEN_ROWS[sheet.kind].items() if waits_for_the_pen(sheet, name)]
    shares = sum(row.share for row in waiting)
    if not shares:
        return fit
    largest = min((LARGEST_PEN_MM - row.least_mm) / row.share for row in waiting)
    grown = min(fit.left_mm / shares, largest)
    return replace(fit, grown_mm=round(grown, 2), left_mm=round(fit.left_mm - grown * shares, 2))


def _none_on_more_pages(
    sheets: Sequence[CompanionSheet], chosen: list[CompanionFit], grown: list[CompanionFit], measured: Measured
) -> list[CompanionFit]:
    """On several pages a row that grew may push another over the edge: measured, and such a paper stays as it was."""
    several = [n for n, fit in enumerate(grown) if fit.pages > 1 and fit.grown_mm]
    if several:
        again = _as_measured([sheets[n] for n in several], [replace(grown[n], left_mm=0.0) for n in several], measured)
        for n, fit in zip(several, again, strict=True):
            grown[n] = fit if fit.pages == chosen[n].pages else chosen[n]
    return grown
