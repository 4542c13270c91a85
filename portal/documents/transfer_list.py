"""The list a year's package is handed over with (归档移交清单): totals, the row of numbers, what misses, who hands over."""

from dataclasses import dataclass
from datetime import datetime

from portal.documents.printable import sheet_must_be_printable
from portal.documents.typesetter import PlacedPaper, place
from portal.documents.words import moment

TEMPLATE, STYLE = "transfer_list.html", "transfer_list.css"
MOST_LACKING = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassLine:
    """One retention class: items, papers and pages."""

    retention: str
    items: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberLine:
    """One organ code's row of numbers and what became of them."""

    organ: str
    last: int
    slips: int
    void: int
    unused: int
    unaccounted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LackingLine:
    """An item that is not complete."""

    number: str
    lacking: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferListSheet:
    """Everything the list prints.

    `catalogue_sha256` is the fingerprint of the catalogue the totals are of; `taken_by` is who had the package made.
    """

    heading: str
    year: int
    organ: str
    classes: tuple[ClassLine, ...]
    numbers: tuple[NumberLine, ...]
    lacking: tuple[LackingLine, ...] = ()
    files: int
    audit_lines: int
    catalogue_sha256: str
    made_at: datetime
    taken_by: str
    is_sample: bool = False


def transfer_list(sheet: TransferListSheet) -> bytes:
    """Print the list as PDF. Raises RuleBroken for what no face has."""
    return placed_transfer_list(sheet).pdf


def placed_transfer_list(sheet: TransferListSheet) -> PlacedPaper:
    """The same, and how many pages it took."""
    sheet_must_be_printable(sheet)
    context = {
        "sheet": sheet,
        "title": sheet.heading,
        "printed_at": sheet.made_at,
        "printed": f"生成：{sheet.taken_by}　{moment(sheet.made_at)}",
        "items": sum(it.items for it in sheet.classes),
        "pages": sum(it.pages for it in sheet.classes),
        "shown": sheet.lacking[:MOST_LACKING],
        "hidden": max(0, len(sheet.lacking) - MOST_LACKING),
        "short": " ".join(sheet.catalogue_sha256[place_ : place_ + 8] for place_ in range(0, 64, 8)),
        "mark": "示例数据" if sheet.is_sample else "",
    }
    return place(TEMPLATE, STYLE, context)
