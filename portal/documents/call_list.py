"""The list of calls (电话通知单): whom to call, what to say, and boxes for the pen; for the office's own use."""

from dataclasses import dataclass
from datetime import datetime

from portal.documents.printable import sheet_must_be_printable
from portal.documents.typesetter import PlacedPaper, place
from portal.documents.words import moment

TEMPLATE, STYLE = "call_list.html", "call_list.css"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """One call; `note` is what is known of it already, and `phone` is printed as given."""

    when: str
    enterprise: str
    visitor: str
    phone: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallListSheet:
    """Everything the list prints; `printed_by` answers for the numbers on it. `is_sample` prints 示例数据."""

    heading: str
    lines: tuple[CallLine, ...]
    printed_at: datetime
    printed_by: str
    is_sample: bool = False


def call_list(sheet: CallListSheet) -> bytes:
    """Print the list as PDF. Raises RuleBroken for what no face has."""
    return placed_call_list(sheet).pdf


def placed_call_list(sheet: CallListSheet) -> PlacedPaper:
    """The same, and how many pages it took."""
    sheet_must_be_printable(sheet)
    context = {
        "sheet": sheet,
        "title": sheet.heading,
        "printed_at": sheet.printed_at,
        "printed": f"打印：{sheet.printed_by}　{moment(sheet.printed_at)}　含个人信息，用后请妥善保管或销毁",
        "mark": "示例数据" if sheet.is_sample else "",
    }
    return place(TEMPLATE, STYLE, context)
