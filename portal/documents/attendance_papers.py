"""Who is telephoned before a reception day and who signs in on it: both lying A4, as many pages as it takes."""

from portal.documents.day_sheets import DaySheet, PhoneSheet, SignInSheet
from portal.documents.printable import sheet_must_be_printable
from portal.documents.typesetter import PlacedPaper, place
from portal.documents.words import day, moment

STYLE = "day_papers.css"
BLANK_ENTERPRISES, BLANK_UNITS = 6, 4
"""Rows left for those who come without a booking, and for units nobody asked."""

WEEKDAYS = "一二三四五六日"


def phone_list(sheet: PhoneSheet) -> bytes:
    """Print the phone list as PDF. Raises RuleBroken naming characters no face has, ValueError with nobody to call."""
    if not sheet.lines:
        raise ValueError("nobody to telephone")
    return _set("phone_list.html", sheet, "电话通知单").pdf


def sign_in_sheet(sheet: SignInSheet) -> bytes:
    """Print the sign-in sheet as PDF. Raises RuleBroken naming characters no face has."""
    return _set("sign_in_sheet.html", sheet, "签到表").pdf


def around(sheet: DaySheet, name: str, *marks: str) -> dict[str, object]:
    """What the template of every paper of a day needs: its title, where and when, and what is marked on each page."""
    weekday = WEEKDAYS[sheet.held_on.weekday()]
    return {
        "sheet": sheet,
        "title": f"{sheet.district}民营企业接待日{name}",
        "held": f"{day(sheet.held_on)}（星期{weekday}）",
        "printed_at": sheet.printed_at,
        "printed": f"打印时间：{moment(sheet.printed_at)}",
        "mark": "　".join((*(["示例数据"] if sheet.is_sample else []), *(it for it in marks if it))),
    }


def _set(template: str, sheet: DaySheet, name: str) -> PlacedPaper:
    sheet_must_be_printable(sheet)
    blank = {"blank_enterprises": BLANK_ENTERPRISES, "blank_units": BLANK_UNITS}
    return place(template, STYLE, around(sheet, name) | blank)
