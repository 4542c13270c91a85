"""The receipt sheet (签收情况表): who has signed for which slip, when and how; lying A4, as many pages as it takes."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.documents.printable import sheet_must_be_printable
from portal.documents.typesetter import typeset
from portal.documents.words import moment

STYLE = "day_papers.css"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """One unit on one slip; `received` says when and how, `remark` whether it was late or the slip is void."""

    number: str
    unit: str
    role: str
    due_on: date | None = None
    read: str = ""
    received: str = ""
    received_by: str = ""
    handed_to: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptSheet:
    """What the receipt sheet of a slip, a day or a list says; `scope` names which, `rate` the punctuality with its counts."""

    district: str
    scope: str
    lines: tuple[ReceiptLine, ...]
    waiting: int
    rate: str
    printed_at: datetime
    is_sample: bool = False


def receipt_sheet(sheet: ReceiptSheet) -> bytes:
    """Print the receipt sheet as PDF. Raises RuleBroken naming characters no face has."""
    sheet_must_be_printable(sheet)
    context = {
        "sheet": sheet,
        "title": f"{sheet.district}民营企业接待日交办单签收情况表",
        "printed_at": sheet.printed_at,
        "printed": f"打印时间：{moment(sheet.printed_at)}",
        "mark": "示例数据" if sheet.is_sample else "",
    }
    return typeset("receipt_sheet.html", STYLE, context)
