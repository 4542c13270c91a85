"""The blank authorisation letter (授权委托书) for a representative who is not the legal one (NX-03, domain 2.2)."""

from dataclasses import dataclass
from datetime import date

from portal.documents.printable import sheet_must_be_printable
from portal.documents.typesetter import PlacedPaper, largest_on_one_page, place
from portal.documents.words import day

TEMPLATE, STYLE = "authorisation_letter.html", "authorisation_letter.css"
TYPE_SIZES = (14.0, 13.0, 12.0, 11.0, 10.0)
POWERS = (
    "向接待领导反映本企业的诉求事项，提交书面材料",
    "听取现场答复，签收有关文书",
    "确认办理结果，作出满意度评价",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationLetterSheet:
    """What the office fills in beforehand; everything left empty is a line for the pen.

    The letter goes to `organ`. `representative` is the person authorised and `held_on` the reception day, as far as a booking
    tells them; numbers of identity documents are never filled in. `is_sample` prints 示例数据.
    """

    organ: str
    enterprise_name: str = ""
    credit_code: str = ""
    registered_place: str = ""
    legal_representative: str = ""
    representative: str = ""
    representative_post: str = ""
    held_on: date | None = None
    is_sample: bool = False


def authorisation_letter(sheet: AuthorisationLetterSheet) -> bytes:
    """Print the letter as PDF; the same sheet always gives the same bytes. Raises RuleBroken for what no face has."""
    return placed_authorisation_letter(sheet).pdf


def placed_authorisation_letter(sheet: AuthorisationLetterSheet) -> PlacedPaper:
    """Print the letter in the largest type that keeps it on one page, so that seal and signatures stand below the text."""
    sheet_must_be_printable(sheet)
    return largest_on_one_page(place(TEMPLATE, STYLE, _on_paper(sheet, size)) for size in TYPE_SIZES)


def _on_paper(sheet: AuthorisationLetterSheet, size: float) -> dict[str, object]:
    name = f"：{sheet.enterprise_name}" if sheet.enterprise_name else ""
    return {
        "sheet": sheet,
        "title": f"授权委托书{name}",
        "printed_at": None,
        "size": size,
        "powers": POWERS,
        "held_on": day(sheet.held_on) if sheet.held_on else "",
        "mark": "示例数据" if sheet.is_sample else "",
    }
