"""The notice of a reception day (接待通告): one A4 page after GB/T 9704-2012, set smaller until it is one."""

from dataclasses import dataclass
from datetime import date, datetime, time

from portal.documents.paper_texts import Value, texts_of
from portal.documents.printable import sheet_must_be_printable
from portal.documents.typesetter import PlacedPaper, largest_on_one_page, place
from portal.documents.words import day, ordinal
from portal.domain.paper_kinds import PaperKind

TEMPLATE, STYLE = "notice.html", "notice.css"
SETTINGS = (
    (15.75, 1.87),
    (15.0, 1.75),
    (14.0, 1.65),
    (13.5, 1.6),
    (13.0, 1.55),
    (12.5, 1.5),
    (12.0, 1.45),
    (11.0, 1.4),
    (10.5, 1.35),
)
"""Type size in points and line height in ems: the first is 28 characters a line and 22 lines a page (domain 4)."""

WEEKDAYS = "一二三四五六日"
RIGHT_OF_DATE = 4
"""Characters kept free right of the date (GB/T 9704 7.3.5.1: a seal covers unit and date)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLeader:
    """A leader who receives: seat as the office calls it, post held that day, fields looked after."""

    name: str
    post: str = ""
    seat: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSheet:
    """Everything a notice prints (domain 2.1: name, post, portfolio, time, place, form; 3 working days ahead).

    `spans` are the hours of reception, a break lying between two of them. Several lines of `bring` become numbered points.
    `closes_at` is by when to book, None for no limit. `is_draft` prints 草稿 and `is_sample` 示例数据 on every page. `texts`
    are its opening and ending as they were filled in; without them the standard words are printed.
    """

    heading: str = "接待通告"
    district: str
    held_on: date
    theme: str = ""
    spans: tuple[tuple[time, time], ...]
    slots: int = 0
    slot_minutes: int = 0
    venue: str
    address: str = ""
    leaders: tuple[NoticeLeader, ...] = ()
    form: str = ""
    booking: str = ""
    closes_at: datetime | None = None
    bring: str = ""
    issuing_organ: str
    issued_on: date
    texts: tuple[tuple[str, str], ...] = ()
    is_draft: bool = False
    is_sample: bool = False


def notice(sheet: NoticeSheet) -> bytes:
    """Print a notice as PDF; the same sheet always gives the same bytes. Raises RuleBroken for what no face has."""
    return placed_notice(sheet).pdf


def placed_notice(sheet: NoticeSheet) -> PlacedPaper:
    """Print a notice in the largest type that keeps it on one page; the smallest may run on to a second."""
    sheet_must_be_printable(sheet)
    return largest_on_one_page(place(TEMPLATE, STYLE, _on_paper(sheet, size, line)) for size, line in SETTINGS)


def _on_paper(sheet: NoticeSheet, size: float, line: float) -> dict[str, object]:
    title = f"{day(sheet.held_on)}“民营企业接待日”通告"
    return {
        "sheet": sheet,
        "title": title,
        "words": texts_of(PaperKind.NOTICE, sheet.texts, values_of_notice(sheet)),
        "printed_at": None,
        "size": size,
        "line": line,
        "title_size": round(22 * size / SETTINGS[0][0], 2),
        "right": _right_of_organ(sheet),
        "mark": "　".join(w for w, shown in (("示例数据", sheet.is_sample), ("草稿", sheet.is_draft)) if shown),
        "date": _parts(sheet.held_on),
        "weekday": f"（星期{WEEKDAYS[sheet.held_on.weekday()]}）",
        "hours": "，".join(f"{_clock(first)}至{_clock(last)}" for first, last in sheet.spans),
        "each": f"共{sheet.slots}个时段，每家企业{sheet.slot_minutes}分钟"
        if sheet.slots and sheet.slot_minutes
        else "",
        "closes": (*_parts(sheet.closes_at), _clock(sheet.closes_at.time())) if sheet.closes_at else (),
        "points": [line.strip() for line in sheet.bring.splitlines() if line.strip()],
        "parts": _numbered(sheet),
    }


def values_of_notice(sheet: NoticeSheet) -> dict[str, Value]:
    """What the names in a notice's texts stand for."""
    return {"区县": sheet.district, "工商联": sheet.issuing_organ, "接待日期": sheet.held_on, "主题": sheet.theme}


def _numbered(sheet: NoticeSheet) -> dict[str, str]:
    """Every part with its number: 一, 二, …; an empty part has none and leaves no gap."""
    parts = ("time", "place", "leaders", "form", "booking", "bring")
    there = [part for part in parts if part in ("time", "place") or getattr(sheet, part)]
    return {part: ordinal(there.index(part) + 1) if part in there else "" for part in parts}


def _right_of_organ(sheet: NoticeSheet) -> float:
    """How many characters stay free right of the organ's block, so that four stay free right of the date."""
    organ = len(sheet.issuing_organ)
    figures = len(f"{sheet.issued_on.year}{sheet.issued_on.month}{sheet.issued_on.day}")
    date_width = figures / 2 + 3
    return max(0.0, RIGHT_OF_DATE - max(0.0, (organ - date_width) / 2))


def _clock(at: time) -> str:
    return f"{at.hour}:{at.minute:02d}"


def _parts(day: date) -> tuple[str, str, str]:
    """A date in the pieces between which a line may end."""
    return f"{day.year}年", f"{day.month}月", f"{day.day}日"
