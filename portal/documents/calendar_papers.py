"""A month, a year and the roster on paper. Month and year are exactly one A4 each: the type shrinks until they are."""

from collections.abc import Iterable

from portal.documents.calendar_fit import Setting, month_settings, year_settings
from portal.documents.calendar_sheets import CalendarSheet, MonthSheet, RosterSheet, YearSheet
from portal.documents.printable import sheet_must_be_printable
from portal.documents.typesetter import place
from portal.documents.words import moment

STYLE = "calendar.css"
ROSTER_PT = 11


def month_paper(sheet: MonthSheet) -> bytes:
    """Print a month as PDF on one lying A4. Raises RuleBroken naming characters that no print font has."""
    return _on_one_page("month.html", sheet, month_settings(sheet))


def year_paper(sheet: YearSheet) -> bytes:
    """Print a year as PDF on one A4; rows that no type makes room for are left to the roster, and it says so."""
    return _on_one_page("year.html", sheet, year_settings(sheet))


def roster_paper(sheet: RosterSheet) -> bytes:
    """Print the roster as PDF; it goes on over several pages with its head repeated."""
    sheet_must_be_printable(sheet)
    return place("roster.html", STYLE, _context(sheet, Setting(ROSTER_PT))).pdf


def _on_one_page(template: str, sheet: CalendarSheet, settings: Iterable[Setting]) -> bytes:
    """Set the sheet in the first of these ways that takes one page; the reckoning behind them is nearly always right."""
    sheet_must_be_printable(sheet)
    for setting in settings:
        paper = place(template, STYLE, _context(sheet, setting))
        if paper.pages == 1:
            return paper.pdf
    raise ValueError("the last setting has to fit on one page")


def _context(sheet: CalendarSheet, setting: Setting) -> dict[str, object]:
    return {
        "sheet": sheet,
        "setting": setting,
        "title": sheet.heading,
        "printed_at": sheet.printed_at,
        "printed": f"打印时间：{moment(sheet.printed_at)}　{sheet.place}",
        "mark": "示例数据" if sheet.is_sample else "",
    }
