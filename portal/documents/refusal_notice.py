"""The notice that something is not received (不予受理告知书): on which ground, and where to turn instead (domain 11.6)."""

from dataclasses import dataclass
from datetime import date

from portal.documents.printable import sheet_must_be_printable
from portal.documents.qr_codes import qr_code
from portal.documents.sheets import FollowNote, MatterLine
from portal.documents.typesetter import PlacedPaper, largest_on_one_page, place
from portal.documents.words import day

TEMPLATE, STYLE = "refusal_notice.html", "refusal_notice.css"
SETTINGS = ((14.5, 1.65), (13.5, 1.6), (12.5, 1.5))
"""Type size in points and line height in ems; what does not fit on one page in the smallest takes more pages in it."""

HEADER_CHARACTERS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalNoticeSheet:
    """Everything the notice prints.

    `raised_on` is when it was told, `held_on` the reception day it was told for. `is_secret` leaves out what was raised: only how
    many matters there were is printed, so `matters` come without their words. `channel` may be empty when nothing can be
    named. `contact` is whom to ask, `follow` how to object in the enterprise's own window. `is_sample` prints 示例数据 on every page.
    """

    enterprise_name: str
    matters: tuple[MatterLine, ...]
    raised_on: date
    held_on: date | None = None
    ground: str
    reason: str = ""
    channel: str = ""
    contact: str
    issuing_organ: str
    issued_on: date
    follow: FollowNote | None = None
    is_secret: bool = False
    is_sample: bool = False


def refusal_notice(sheet: RefusalNoticeSheet) -> bytes:
    """Print the notice as PDF; the same sheet always gives the same bytes. Raises RuleBroken for what no face has."""
    return placed_refusal_notice(sheet).pdf


def placed_refusal_notice(sheet: RefusalNoticeSheet) -> PlacedPaper:
    """The same, and how many pages it took; ValueError when a notice about something secret is given its words."""
    if sheet.is_secret and any(matter.title or matter.detail or matter.category for matter in sheet.matters):
        raise ValueError("a notice about something secret must not be given its words")
    sheet_must_be_printable(sheet)
    return largest_on_one_page(place(TEMPLATE, STYLE, _on_paper(sheet, size, line)) for size, line in SETTINGS)


def _on_paper(sheet: RefusalNoticeSheet, size: float, line: float) -> dict[str, object]:
    name = sheet.enterprise_name
    short = name if len(name) <= HEADER_CHARACTERS else f"{name[:HEADER_CHARACTERS]}…"
    return {
        "sheet": sheet,
        "title": f"不予受理告知书：{name}",
        "printed_at": None,
        "size": size,
        "line": line,
        "for_day": f"{day(sheet.held_on)}的“民营企业接待日”" if sheet.held_on else "",
        "continued": f"不予受理告知书（续页）　{short}",
        "code": qr_code(sheet.follow.url, "查询和提出异议的二维码") if sheet.follow else "",
        "mark": "示例数据" if sheet.is_sample else "",
    }
