"""The assignment slip (交办单): one A4 page when it can be, more when it must."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from markupsafe import Markup

from portal.documents.handwriting import handwriting
from portal.documents.printable import sheet_must_be_printable
from portal.documents.qr_codes import qr_code
from portal.documents.sheets import AssignmentSlipSheet, ReceiptLine
from portal.documents.slip_fit import fit, heading_size, is_formal, issue_mm, receipts_of
from portal.documents.slip_words import labels_of
from portal.documents.typesetter import Archive, Attachment, PlacedPaper, bind_in_parts, place
from portal.documents.words import moment
from portal.domain.errors import RuleBroken

TEMPLATE, STYLE = "assignment_slip.html", "assignment_slip.css"
SLIPS_A_PART = 50
SIGNATURE_MM, SIGN_BOX_MM, COUNTER_BOX_MM = (40.0, 12.0), (50.0, 13.0), (42.0, 11.5)
MOST_COUNTERSIGNERS = 3
TALL_MM = 250.0  # of 272 on a page
DATA_NAME = "slip.json"
CODE_KEYWORD = "核验码:"
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
    issue_mm: float
    formal: bool
    tall: bool
    countersignatures: tuple[Markup, ...]


def assignment_slip(sheet: AssignmentSlipSheet) -> bytes:
    """Print one slip as PDF (NX-12, NX-14).

    The instruction box is at least 60 mm high, so that a leader can write by hand. The same sheet always gives the
    same bytes. Raises RuleBroken naming the characters that no print font has; its `field` is the sheet's field.
    """
    return placed_assignment_slip(sheet).pdf


def placed_assignment_slip(sheet: AssignmentSlipSheet, *, archived: bool = False, data: bytes = b"") -> PlacedPaper:
    """Print one slip and say where `instruction`, `signature`, `countersign-1` to `-3` and `seal` are.

    `archived` sets it as PDF/A-3u with `data` attached as `slip.json`, the verify code among its keywords, and room for
    signatures set into the finished PDF; it needs `printed_at`, from which everything in the file is dated.
    """
    if not archived:
        return _set([sheet], _title(sheet))
    if sheet.printed_at is None:
        raise ValueError("a paper for the archive is dated: printed_at is missing")
    attached = Attachment(DATA_NAME, data, "交办单数据")
    return _set([replace(sheet, for_signing=True)], _title(sheet), Archive((attached,), sheet.printed_at))


def assignment_slips(sheets: Sequence[AssignmentSlipSheet], *, title: str = "") -> bytes:
    """Print several slips as one PDF, each starting on its own page, in the order given.

    Set in parts of 50 slips, so that memory stays bounded; raises what `assignment_slip` raises, before setting any,
    and ValueError when there is no sheet.
    """
    if not sheets:
        raise ValueError("no slip to print")
    for sheet in sheets:
        sheet_must_be_printable(sheet)
    if not title:
        title = _title(sheets[0]) if len(sheets) == 1 else f"{sheets[0].heading}（{len(sheets)}份）"
    return bind_in_parts(sheets, SLIPS_A_PART, lambda part: _set(part, title).pdf)


def _set(sheets: Sequence[AssignmentSlipSheet], title: str, archive: Archive | None = None) -> PlacedPaper:
    for sheet in sheets:
        sheet_must_be_printable(sheet)
        if len(sheet.countersigners) > MOST_COUNTERSIGNERS:
            raise RuleBroken(f"会签领导最多{MOST_COUNTERSIGNERS}位，请减少后再印。", field="countersigners")
    slips = [_on_paper(sheet) for sheet in sheets]
    context = {"slips": slips, "title": title, "printed_at": sheets[0].printed_at}
    if archive and sheets[0].verify_code:
        context["keywords"] = CODE_KEYWORD + sheets[0].verify_code
    return place(TEMPLATE, STYLE, context, archive=archive)


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
        printed=f"{'存档' if sheet.for_signing else '打印'}时间：{moment(sheet.printed_at)}"
        if sheet.printed_at
        else "",
        mark="　".join(word for word, shown in (("示例数据", sheet.is_sample), ("作废", sheet.is_void)) if shown),
        code=qr_code(sheet.verify_url, "核验二维码"),
        signature=handwriting(sheet.signature, *(SIGN_BOX_MM if is_formal(sheet) else SIGNATURE_MM)),
        labels=labels_of(sheet),
        matters_mm=size.matters_mm,
        issue_mm=issue_mm(sheet.issuing_organ),
        formal=is_formal(sheet),
        tall=size.instruction_mm > TALL_MM,
        countersignatures=tuple(
            handwriting(strokes, *COUNTER_BOX_MM)
            for strokes, _ in zip_longest(
                sheet.countersignatures[: len(sheet.countersigners)], sheet.countersigners, fillvalue=()
            )
        ),
    )


def _title(sheet: AssignmentSlipSheet) -> str:
    return f"{sheet.heading} {sheet.number or UNNUMBERED}"
