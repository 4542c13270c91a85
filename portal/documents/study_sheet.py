"""A study on paper (专题研究): why it was opened, the matters it rests on, the systematic solution it came to (QD-25)."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.documents.printable import sheet_must_be_printable
from portal.documents.typesetter import place
from portal.documents.words import moment, ordinal

TEMPLATE, STYLE = "study_sheet.html", "meetings.css"
MOST_LINES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyLine:
    """One matter a study rests on; `enterprise` empty for whoever may not know."""

    number: str
    title: str
    enterprise: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySheet:
    """Everything a study's sheet prints; without `conclusion` it says that there is none yet."""

    organ: str
    title: str
    state: str
    category: str = ""
    why: str
    lead_unit: str = ""
    due_on: date | None = None
    lines: tuple[StudyLine, ...] = ()
    conclusion: str = ""
    concluded_on: date | None = None
    files: tuple[str, ...] = ()
    made_on: date
    mark: str = ""
    printed_at: datetime | None = None


def study_sheet(sheet: StudySheet) -> bytes:
    """Print a study as PDF. Raises RuleBroken for what no face has."""
    sheet_must_be_printable(sheet)
    context = {
        "sheet": sheet,
        "title": sheet.title,
        "printed_at": sheet.printed_at,
        "printed": f"打印：{moment(sheet.printed_at)}" if sheet.printed_at else "",
        "why": _paragraphs(sheet.why),
        "solution": _paragraphs(sheet.conclusion),
        "shown": sheet.lines[:MOST_LINES],
        "left_out": max(0, len(sheet.lines) - MOST_LINES),
        "parts": [ordinal(number) for number in (1, 2, 3)],
    }
    return place(TEMPLATE, STYLE, context).pdf


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
