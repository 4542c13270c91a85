"""The papers of a meeting (调度会、推进会、会商) after GB/T 9704-2012: the agenda before it, the minutes after it."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.documents.printable import sheet_must_be_printable
from portal.documents.typesetter import place
from portal.documents.words import moment, ordinal

STYLE = "meetings.css"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaLine:
    """One matter on the agenda, where it stands, and what was decided of it."""

    number: str
    title: str
    enterprise: str = ""
    state: str = ""
    lead_unit: str = ""
    due_on: date | None = None
    conclusion: str = ""
    unit: str = ""
    by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingSheet:
    """Everything the agenda and the minutes of a meeting print.

    `chair` is name and post; `hidden` counts items left out for whoever the paper is printed for; `files` are the names of what
    goes with the minutes. `mark` prints on every page:
    示例数据, 已取消.
    """

    district: str
    organ: str
    kind: str
    title: str
    held_on: date
    venue: str = ""
    chair: str = ""
    lines: tuple[AgendaLine, ...] = ()
    minutes: str = ""
    hidden: int = 0
    files: tuple[str, ...] = ()
    mark: str = ""
    printed_at: datetime | None = None


def meeting_agenda(sheet: MeetingSheet) -> bytes:
    """Print the agenda as PDF. Raises RuleBroken for what no face has."""
    sheet_must_be_printable(sheet)
    return place("meeting_agenda.html", STYLE, _context(sheet, f"{sheet.title}议程")).pdf


def meeting_minutes(sheet: MeetingSheet) -> bytes:
    """Print the minutes as PDF. Raises RuleBroken for what no face has."""
    sheet_must_be_printable(sheet)
    paragraphs = [line.strip() for line in sheet.minutes.splitlines() if line.strip()]
    parts = {"told": ordinal(1) if paragraphs else "", "decided": ordinal(2 if paragraphs else 1)}
    return place(
        "meeting_minutes.html",
        STYLE,
        _context(sheet, f"{sheet.title}纪要") | {"paragraphs": paragraphs, "parts": parts},
    ).pdf


def _context(sheet: MeetingSheet, title: str) -> dict[str, object]:
    return {
        "sheet": sheet,
        "title": title,
        "printed_at": sheet.printed_at,
        "printed": f"打印：{moment(sheet.printed_at)}" if sheet.printed_at else "",
    }
