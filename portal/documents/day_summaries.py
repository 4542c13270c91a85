"""The summary of a reception day (接待日情况小结) on A4: figures with their formulas, enterprises, matters."""

from portal.documents.attendance_papers import around
from portal.documents.day_sheets import SummarySheet
from portal.documents.printable import sheet_must_be_printable
from portal.documents.typesetter import place

TEMPLATE, STYLE = "day_summary.html", "day_papers.css"


def day_summary(sheet: SummarySheet) -> bytes:
    """Print the summary as PDF; a day that is not over is marked on every page. Raises RuleBroken for what no face has."""
    sheet_must_be_printable(sheet)
    context = around(sheet, "情况小结", "尚未结束" if sheet.unfinished else "")
    return place(TEMPLATE, STYLE, context).pdf
