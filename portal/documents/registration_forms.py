"""Registration forms for a day when the power fails (peers: paper first): in the order in which they are keyed in later.

The front is the booking form, the back the record of the room (NX-11) with what becomes of each matter. Every form begins on the
front of a leaf, so that a printer with two sides keeps its leaves apart.
"""

from collections.abc import Sequence

from portal.documents.attendance_papers import around
from portal.documents.day_sheets import FormMatter, RegistrationForm, RegistrationSheet
from portal.documents.paper_texts import Value, texts_of
from portal.documents.printable import sheet_must_be_printable
from portal.documents.qr_codes import qr_code
from portal.documents.typesetter import bind_in_parts, place
from portal.domain.paper_kinds import PaperKind

TEMPLATE, STYLE = "registration_form.html", "day_papers.css"
LEAST_MATTERS, SPARE_MATTERS, LEAST_UNITS = 4, 1, 3
CODE_BOXES = 18
LARGEST_PART_MM, SMALLEST_PART_MM, PARTS = 20.0, 13.0, 5
MATTER_ROW_MM, UNIT_ROW_MM = 18.6, 7.8
FORMS_A_PART = 12
"""Set together, so that a long batch lets other papers in between."""


def registration_forms(sheet: RegistrationSheet) -> bytes:
    """Print the forms as one PDF. Raises RuleBroken naming characters no face has, ValueError without a form."""
    if not sheet.forms:
        raise ValueError("no form to print")
    sheet_must_be_printable(sheet)
    return bind_in_parts(sheet.forms, FORMS_A_PART, lambda forms: _set(sheet, forms))


def values_of_registration(sheet: RegistrationSheet) -> dict[str, Value]:
    """What the names in the texts of these forms stand for; of the day they say when it is and whose."""
    return {
        "区县": sheet.district,
        "工商联": sheet.issuing_organ,
        "联系方式": sheet.contact,
        "接待日期": sheet.held_on,
        "主题": sheet.theme,
    }


def _set(sheet: RegistrationSheet, forms: Sequence[RegistrationForm]) -> bytes:
    words = texts_of(PaperKind.REGISTRATION, sheet.texts, values_of_registration(sheet))
    context = around(sheet, "来访登记表") | {
        "title": words["heading"],
        "note": words["note"],
        "forms": [_on_paper(it) for it in forms],
        "code_boxes": CODE_BOXES,
    }
    return place(TEMPLATE, STYLE, context).pdf


def _on_paper(form: RegistrationForm) -> dict[str, object]:
    count = max(LEAST_MATTERS, len(form.matters) + SPARE_MATTERS)
    blank = FormMatter(kind="", category="", title="")
    units = [*form.units, *[""] * max(LEAST_UNITS - len(form.units), 1)]
    return {
        "form": form,
        "tall_mm": _height_of_parts(count, len(units)),
        "qr": qr_code(form.code, "登记表二维码"),
        "matters": [*form.matters, *[blank] * (count - len(form.matters))],
        "units": units,
    }


def _height_of_parts(matters: int, units: int) -> float:
    """How high each part of the record can be so that the back stays one page; more rows below leave less for it."""
    taken = (matters - LEAST_MATTERS) * MATTER_ROW_MM + (units - LEAST_UNITS) * UNIT_ROW_MM
    return max(SMALLEST_PART_MM, LARGEST_PART_MM - taken / PARTS)
