"""How large the type of a month or a year can be so that it stays on one A4, reckoned before anything is set.

The measures are those of `templates/print/calendar.css`; the reckoning is a little generous on purpose, and a test holds the
two against each other with many sheets.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portal.documents.calendar_sheets import CalendarSheet, MonthSheet, PaperDay, ReceptionLine, YearSheet
from portal.documents.slip_fit import MM_A_POINT, em_width, line_count

LINE = 1.25
HEADING_MM, NOTE_PT, WARNING_MM = 8.6, 10.5, 4.9
LYING_MM, LYING_WIDTH_MM, WEEKDAYS_MM = 186.0, 273.0, 8.7
CELL_MM = 39.0
STANDING_MM, STANDING_WIDTH_MM, MONTHS_MM, TABLE_MM = 270.0, 182.0, 100.5, 8.5
DATE_COLUMNS, VENUE_COLUMN = 0.25, 0.19
SMALL_WEEK_MM = 9.0
TIGHT_BELOW_PT, TIGHTENED_MM = 6.0, 10.5


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to set a calendar: type size in points, whether posts stand after names, the least height of a week.

    `clipped` cuts off what does not fit into its cell; `shown` is how many rows of a year's table are printed, each at
    least `row_mm` high.
    """

    size: float
    posts: bool = True
    week_mm: float = 0
    row_mm: float = 0
    clipped: bool = False
    shown: int = 0

    @property
    def tight(self) -> bool:
        """Whether the small months of a year stand closer together, to leave room for many rows."""
        return self.size < TIGHT_BELOW_PT


LARGEST_ROW_MM = 11.0

LARGE_SIZES = (12.0, 11.0)
SIZES = (10.0, 9.0, 8.0, 7.0, 6.5, 6.0)
SIZES_WITHOUT_POSTS = (6.5, 6.0, 5.5, 5.0)
"""Names alone are read more easily than names and posts in yet smaller type."""


def month_settings(sheet: MonthSheet) -> Iterator[Setting]:
    """How to set a month, the way that should fit first; the last always fits, for it cuts off."""
    room = LYING_MM - WEEKDAYS_MM - _above(sheet, LYING_WIDTH_MM)
    even = room / len(sheet.weeks)
    for size, posts in _ways():
        heights = [max((_cell_mm(day, size, posts=posts) for day in week), default=0) for week in sheet.weeks]
        if sum(max(height, SMALL_WEEK_MM) for height in heights) <= room:
            week = _evened(heights, room, low=SMALL_WEEK_MM, high=even)
            yield Setting(size, posts, week_mm=week)
            yield Setting(size, posts, week_mm=SMALL_WEEK_MM)
    yield Setting(SIZES_WITHOUT_POSTS[-1], posts=False, week_mm=even, clipped=True)


def year_settings(sheet: YearSheet) -> Iterator[Setting]:
    """How to set a year, the way that should fit first; when none does, ever fewer rows in the smallest type."""
    widest = STANDING_MM - MONTHS_MM - TABLE_MM - _above(sheet, STANDING_WIDTH_MM)
    for size, posts in (*((size, True) for size in LARGE_SIZES), *_ways()):
        heights = [_row_mm(row, sheet.seats, size, posts=posts) for row in sheet.rows]
        room = widest + TIGHTENED_MM * Setting(size).tight
        if sum(heights) <= room:
            least = _evened(heights, room, low=0, high=LARGEST_ROW_MM)
            yield Setting(size, posts, row_mm=least, shown=len(sheet.rows))
            yield Setting(size, posts, shown=len(sheet.rows))
    smallest, used, shown = SIZES_WITHOUT_POSTS[-1], SMALL_WEEK_MM, 0
    for row in sheet.rows:
        used += _row_mm(row, sheet.seats, smallest, posts=False)
        shown += used <= widest + TIGHTENED_MM
    while shown:
        yield Setting(smallest, posts=False, shown=shown)
        shown = shown * 4 // 5
    yield Setting(smallest, posts=False, shown=0)


def _ways() -> Iterator[tuple[float, bool]]:
    yield from ((size, True) for size in SIZES)
    yield from ((size, False) for size in SIZES_WITHOUT_POSTS)


def _evened(heights: Sequence[float], room: float, *, low: float, high: float) -> float:
    """The least height that makes rows as even as the fuller ones leave room for it, between two limits."""
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(max(it, middle) for it in heights) <= room else (low, middle)
    return round(low - 0.05, 1)


def _above(sheet: CalendarSheet, width: float) -> float:
    em = NOTE_PT * MM_A_POINT
    notes = line_count(sheet.note, width / em - 1) * 1.3 * em + 0.8 if sheet.note else 0
    return HEADING_MM + notes + (WARNING_MM if sheet.warning else 0)


def _cell_mm(day: PaperDay, size: float, *, posts: bool) -> float:
    em = size * MM_A_POINT
    count = sum(line_count(text, CELL_MM / em - 1.2) for text in _cell_texts(day.reception, posts=posts))
    return (1.6 + 0.55 + LINE * count) * em + 1.0


def _cell_texts(reception: ReceptionLine | None, *, posts: bool) -> Iterator[str]:
    if reception is None:
        return
    yield f"接待日 {reception.time}"
    yield reception.venue
    for line in reception.duty:
        for person in line.people:
            yield f"{line.seat} {person.name} {person.post if posts else ''}"
    yield reception.remark


def _row_mm(row: ReceptionLine, seats: Sequence[str], size: float, *, posts: bool) -> float:
    em = size * MM_A_POINT
    venue = line_count(f"{row.venue}{row.remark}　　", VENUE_COLUMN * STANDING_WIDTH_MM / em - 0.9)
    room = (1 - DATE_COLUMNS - VENUE_COLUMN) * STANDING_WIDTH_MM / max(len(seats), 1) / em - 0.9
    counts = [_seat_lines(row, seat, room, posts=posts) for seat in seats]
    return (max(1, venue, *counts) * LINE + 0.4) * em + 0.2


def _seat_lines(row: ReceptionLine, seat: str, room: float, *, posts: bool) -> int:
    """Names stand one after another; a name is not broken, which may leave a little of a line empty."""
    people = row.people(seat)
    width = sum(em_width(it.name) + 1.2 + (em_width(it.post) if posts else 0) for it in people)
    longest = max((em_width(it.name) for it in people), default=0)
    return -int(-width // max(room - longest / 2, 1)) if width > room else 1
