"""The assignment slip (交办单): one A4 page when it can be, more when it must."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from portal.documents.printable import sheet_must_be_printable
from portal.documents.qr_codes import qr_code
from portal.documents.sheets import AssignmentSlipSheet, ReceiptLine, Stroke
from portal.documents.slip_fit import fit, heading_size, receipts_of
from portal.documents.slip_words import labels_of
from portal.documents.typesetter import PlacedPaper, bind, place
from portal.documents.words import moment

TEMPLATE, STYLE = "assignment_slip.html", "assignment_slip.css"
SLIPS_A_PART = 50
SIGNATURE_MM = (40.0, 12.0)
UNNUMBERED = "草稿（未编号）"


@dataclass(frozen=True, slots=True)
class _SlipOnPaper:
    """A sheet with what the template cannot reckon itself; sizes in points and millimetres."""

    sheet: AssignmentSlipSheet
    receipts: tuple[ReceiptLine, ...]
    type_size: float
    heading_size: float
    instruction_mm: float
    blank_mm: float
    receipt_mm: float
    number: str
    continued: str
    printed: str
    mark: str
    code: Markup
    signature: Markup
    labels: Mapping[str, str]
    matters_mm: float


def assignment_slip(sheet: AssignmentSlipSheet) -> bytes:
    """Print one slip as PDF (NX-12, NX-14).

    The instruction box is at least 60 mm high, so that a leader can write by hand. The same sheet always gives the
    same bytes. Raises RuleBroken naming the characters that no print font has; its `field` is the sheet's field.
    """
    return placed_assignment_slip(sheet).pdf


def placed_assignment_slip(sheet: AssignmentSlipSheet) -> PlacedPaper:
    """Print one slip and say where `instruction`, `signature` and `seal` are, for signatures set into the PDF."""
    return _set([sheet], _title(sheet))


def assignment_slips(sheets: Sequence[AssignmentSlipSheet]) -> bytes:
    """Print several slips as one PDF, each starting on its own page, in the order given.

    Set in parts of 50 slips, so that memory stays bounded; raises what `assignment_slip` raises, before setting any,
    and ValueError when there is no sheet.
    """
    if not sheets:
        raise ValueError("no slip to print")
    for sheet in sheets:
        sheet_must_be_printable(sheet)
    title = _title(sheets[0]) if len(sheets) == 1 else f"{sheets[0].heading}（{len(sheets)}份）"
    parts = (sheets[start : start + SLIPS_A_PART] for start in range(0, len(sheets), SLIPS_A_PART))
    return bind(_set(part, title).pdf for part in parts)


def _set(sheets: Sequence[AssignmentSlipSheet], title: str) -> PlacedPaper:
    for sheet in sheets:
        sheet_must_be_printable(sheet)
    slips = [_on_paper(sheet) for sheet in sheets]
    return place(TEMPLATE, STYLE, {"slips": slips, "title": title, "printed_at": sheets[0].printed_at})


def _on_paper(sheet: AssignmentSlipSheet) -> _SlipOnPaper:
    size = fit(sheet)
    number = sheet.number or UNNUMBERED
    return _SlipOnPaper(
        sheet=sheet,
        receipts=receipts_of(sheet),
        type_size=size.type_size,
        heading_size=heading_size(sheet.heading),
        instruction_mm=size.instruction_mm,
        blank_mm=size.blank_mm,
        receipt_mm=size.receipt_mm,
        number=number,
        continued=f"{sheet.heading}　{number}（续页）",
        printed=f"打印时间：{moment(sheet.printed_at)}" if sheet.printed_at else "",
        mark="　".join(word for word, shown in (("示例数据", sheet.is_sample), ("作废", sheet.is_void)) if shown),
        code=qr_code(sheet.verify_url, "核验二维码"),
        signature=_signature(sheet.signature),
        labels=labels_of(sheet),
        matters_mm=size.matters_mm,
    )


def _title(sheet: AssignmentSlipSheet) -> str:
    return f"{sheet.heading} {sheet.number or UNNUMBERED}"


def _signature(strokes: Sequence[Stroke]) -> Markup:
    """Handwriting as inline SVG, scaled to fit the line for the signature."""
    points = [point for stroke in strokes for point in stroke]
    if not points:
        return Markup()
    left, top = min(x for x, _ in points), min(y for _, y in points)
    width = max(max(x for x, _ in points) - left, 1e-6)
    height = max(max(y for _, y in points) - top, 1e-6)
    scale = min(SIGNATURE_MM[0] / width, SIGNATURE_MM[1] / height)
    drawn = Markup().join(
        Markup('<polyline points="{}"/>').format(
            " ".join(f"{(x - left) * scale + 0.5:.2f},{(y - top) * scale + 0.5:.2f}" for x, y in stroke)
        )
        for stroke in strokes
    )
    return Markup(
        '<svg class="hand" viewBox="0 0 {w:.2f} {h:.2f}" style="width:{w:.2f}mm;height:{h:.2f}mm" fill="none" '
        'stroke="#000" stroke-width="0.55" stroke-linecap="round" stroke-linejoin="round">'
        "<title>手写签名</title>{d}</svg>"
    ).format(w=width * scale + 1, h=height * scale + 1, d=drawn)
