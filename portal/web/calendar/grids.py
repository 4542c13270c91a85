"""A month and a year as the calendar macros draw them."""

from calendar import Calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for

from portal.almanac.lunar import LunarDay, lunar_day
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.domain.workdays import DayFact, DayKind, DaySource, WorkingCalendar, day_text
from portal.store.queries.reception_days import DayRow
from portal.web.calendar.chosen import Chosen

WEEKS = Calendar()
STANDBY = DutySeat.STANDBY.label
MARKED = {"休": "off", "班": "work", None: None}
PLAIN = frozenset({DayKind.WORKING, DayKind.WEEKEND})
UNANNOUNCED = "，预测（安排尚未公布）"


@dataclass(frozen=True, slots=True)
class Event:
    """A reception day inside a month's cell; a leader is name, post, and whether he or she was asked for."""

    time: str
    venue: str
    leaders: tuple[tuple[str, str, bool], ...]
    booked: int
    capacity: int
    missing: tuple[str, ...]
    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of a month; `says` is what hovering, focus or a tap shows, `special` that it is more than a plain day.

    `classes` are put together here: thirty-five cells of conditions in the template take longer than everything else in them.
    """

    id: str
    classes: str
    day: int
    label: str
    in_month: bool
    lunar: str
    badge: str | None
    predicted: bool
    is_today: bool
    special: bool
    says: tuple[str, ...]
    url: str | None
    reception: Event | None


@dataclass(frozen=True, slots=True)
class SmallCell:
    """One day of a year."""

    id: str
    classes: str
    day: int
    label: str
    is_today: bool
    special: bool
    says: tuple[str, ...]
    url: str | None
    missing: bool


@dataclass(frozen=True, slots=True)
class SmallMonth:
    """One month of a year; days of its neighbours are None."""

    label: str
    url: str
    weeks: Sequence[Sequence[SmallCell | None]]


@dataclass(frozen=True, slots=True)
class View:
    """What every cell is drawn from: the working calendar, the seats the office wants filled, today, what is asked for."""

    calendar: WorkingCalendar
    seats: Sequence[str]
    today: date
    chosen: Chosen

    def missing(self, row: DayRow) -> tuple[str, ...]:
        """The empty places of a day that is not over yet."""
        return row.missing(self.seats) if row.day >= self.today else ()


def days_of_month(year: int, month: int) -> list[list[date]]:
    """The weeks that touch a month, each from Monday to Sunday."""
    return WEEKS.monthdatescalendar(year, month)


def month_weeks(year: int, month: int, rows: Sequence[DayRow], view: View) -> list[list[Cell]]:
    """The cells of a month with lunar days, rest and make-up days, and what is known of its reception days."""
    by_day = {row.day: row for row in rows}
    return [[_cell(day, month, by_day.get(day), view) for day in week] for week in days_of_month(year, month)]


def _cell(day: date, month: int, row: DayRow | None, view: View) -> Cell:
    fact, lunar, announced = view.calendar.fact(day), lunar_day(day), view.calendar.is_official(day.year)
    url = url_for("reception_days.show", day=day) if row is not None else None
    standing = row is not None and row.state is not DayState.CANCELLED
    return Cell(
        id=f"day-{day}",
        classes=_classes(
            MARKED.get(badge(fact)),
            outside=day.month != month,
            reception=standing,
            faded=row is not None and standing and not view.chosen.holds(row),
            today=day == view.today,
        ),
        day=day.day,
        label=day_text(day),
        in_month=day.month == month,
        lunar=fact.name if fact.name and not fact.is_working else lunar.label,
        badge=badge(fact),
        predicted=not announced,
        is_today=day == view.today,
        special=fact.kind not in PLAIN,
        says=said_of(day, fact, lunar, announced) + (said_of_reception(row, view) if row is not None else ()),
        url=url,
        reception=_event(row, url, view) if row is not None and url is not None and standing else None,
    )


def _classes(marked: str | None, **held: bool) -> str:
    """What a cell is, as the style sheet calls it."""
    words = [word for word, holds in held.items() if holds]
    return " ".join([marked, *words] if marked else words)


def badge(fact: DayFact) -> str | None:
    """休 on a day off, 班 on a make-up working day, nothing on a plain working day."""
    if fact.kind is DayKind.MAKE_UP:
        return "班"
    return None if fact.is_working else "休"


def said_of(day: date, fact: DayFact, lunar: LunarDay, announced: bool) -> tuple[str, ...]:
    """A day in two lines: its whole lunar date with the solar term, and what it is on whose word."""
    term = f" {lunar.term}" if lunar.term else ""
    return (
        f"{day_text(day)} 农历{lunar.full}{term}",
        fact.label + _word_of(fact, announced),
    )


def _word_of(fact: DayFact, announced: bool) -> str:
    if not announced:
        return UNANNOUNCED
    return "" if fact.source is DaySource.WEEKDAY else f"，{fact.source.label}"


def said_of_reception(row: DayRow, view: View) -> tuple[str, ...]:
    """A reception day in a few lines: when and where, who serves in which seat, how full it is, who is missing."""
    if row.state is DayState.CANCELLED:
        return ("接待日（已取消）",)
    duty = (
        f"{seat.label}：" + "、".join(f"{turn.leader} {turn.post}".strip() for turn in row.seated(seat))
        for seat in DutySeat
        if row.seated(seat)
    )
    return (
        f"接待日（{row.state.label}） {row.starts_at:%H:%M} {row.venue}",
        *duty,
        f"已约 {row.booked}/{row.capacity}",
        *view.missing(row),
    )


def _event(row: DayRow, url: str, view: View) -> Event:
    unsaid = "" if row.state is DayState.PUBLISHED else f" {row.state.label}"
    return Event(
        time=f"{row.starts_at:%H:%M}{unsaid}",
        venue=row.venue,
        leaders=tuple(
            (turn.leader, STANDBY if turn.seat is DutySeat.STANDBY else turn.post, turn.leader_id == view.chosen.leader)
            for turn in row.turns
        ),
        booked=row.booked,
        capacity=row.capacity,
        missing=view.missing(row),
        url=url,
        state=row.state.label,
    )


def year_months(year: int, rows: Sequence[DayRow], view: View) -> list[SmallMonth]:
    """The twelve months of a year; reception days lead to their page, holidays and make-up days are marked."""
    by_day = {row.day: row for row in rows if row.state is not DayState.CANCELLED}
    return [
        SmallMonth(
            f"{month}月",
            url_for("calendar.month", year=year, month=month, **view.chosen.words),
            [
                [_small_cell(day, by_day, view) if day.month == month else None for day in week]
                for week in days_of_month(year, month)
            ],
        )
        for month in range(1, 13)
    ]


def _small_cell(day: date, by_day: Mapping[date, DayRow], view: View) -> SmallCell:
    row = by_day.get(day)
    fact, lunar, announced = view.calendar.fact(day), lunar_day(day), view.calendar.is_official(day.year)
    missing = row is not None and bool(view.missing(row))
    return SmallCell(
        id=f"day-{day}",
        classes=_classes(
            MARKED.get(badge(fact)),
            guessed=not announced,
            today=day == view.today,
            missing=missing,
            faded=row is not None and not view.chosen.holds(row),
        ),
        day=day.day,
        label=day_text(day),
        is_today=day == view.today,
        special=fact.kind not in PLAIN,
        says=said_of(day, fact, lunar, announced) + (said_of_reception(row, view) if row is not None else ()),
        url=url_for("reception_days.show", day=day) if row else None,
        missing=missing,
    )
