"""From reception days and the working calendar to the sheets of a printed month, year and roster (NX-02, NX-04)."""

from calendar import Calendar
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from portal.almanac.lunar import lunar_day
from portal.documents.calendar_sheets import (
    DutyLine,
    MonthSheet,
    PaperDay,
    ReceptionLine,
    RosterSheet,
    Weeks,
    YearSheet,
)
from portal.documents.sheets import OfficialLine
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.domain.workdays import DayFact, DayKind, WorkingCalendar, weekday_name
from portal.store.queries.reception_days import DayRow

WEEKS = Calendar()


@dataclass(frozen=True, slots=True)
class Printing:
    """What all three papers are made from: the days to print, the calendar, the seats, and what stands around them."""

    rows: Sequence[DayRow]
    calendar: WorkingCalendar
    seats: Sequence[str]
    district: str
    note: str
    is_sample: bool
    now: datetime

    def standing(self) -> list[DayRow]:
        """The days that have not been cancelled."""
        return [row for row in self.rows if row.state is not DayState.CANCELLED]

    def around(self, heading: str, year: int) -> dict[str, object]:
        """What every sheet says besides its days."""
        announced = self.calendar.is_official(year)
        return {
            "heading": heading,
            "place": f"{self.district}民营企业接待日",
            "note": self.note,
            "warning": "" if announced else f"{year}年放假安排尚未公布，节假日按法定节日推算，公布后可能调整。",
            "is_sample": self.is_sample,
            "printed_at": self.now,
        }


def month_sheet(printing: Printing, year: int, month: int) -> MonthSheet:
    """A month for one lying A4."""
    heading = f"{printing.district}{year}年{month}月民营企业接待日历"
    return MonthSheet(weeks=_weeks(printing, year, month), **printing.around(heading, year))  # type: ignore[arg-type]


def year_sheet(printing: Printing, year: int) -> YearSheet:
    """A year for one A4."""
    return YearSheet(
        months=tuple((f"{month}月", _weeks(printing, year, month)) for month in range(1, 13)),
        seats=_seats(printing),
        rows=_lines(printing),
        **printing.around(f"{printing.district}{year}年民营企业接待日历", year),  # type: ignore[arg-type]
    )


def roster_sheet(printing: Printing, year: int) -> RosterSheet:
    """The roster of a year, for the wall or as an attachment of the notice."""
    return RosterSheet(
        seats=_seats(printing),
        rows=_lines(printing),
        **printing.around(f"{printing.district}{year}年民营企业接待日轮值表", year),  # type: ignore[arg-type]
    )


def seat_labels(rows: Collection[DayRow], wanted: Sequence[str]) -> tuple[DutySeat, ...]:
    """The seats to show: those the office wants filled, and those somebody sits in."""
    return tuple(seat for seat in DutySeat if seat.value in wanted or any(row.seated(seat) for row in rows))


def _seats(printing: Printing) -> tuple[str, ...]:
    return tuple(seat.label for seat in seat_labels(printing.standing(), printing.seats))


def _lines(printing: Printing) -> tuple[ReceptionLine, ...]:
    return tuple(_line(row, printing) for row in printing.standing())


def _line(row: DayRow, printing: Printing) -> ReceptionLine:
    missing = row.missing(printing.seats) if row.day >= printing.now.date() else ()
    planned = ("计划",) if row.state is DayState.PLANNED else ()
    return ReceptionLine(
        day=row.day,
        weekday=weekday_name(row.day),
        time=f"{row.starts_at:%H:%M}",
        venue=row.venue,
        duty=tuple(
            DutyLine(
                seat=seat.label,
                people=tuple(OfficialLine(name=turn.leader, post=turn.post) for turn in row.seated(seat)),
            )
            for seat in DutySeat
            if row.seated(seat)
        ),
        remark="，".join((*planned, *missing)),
    )


def _weeks(printing: Printing, year: int, month: int) -> Weeks:
    by_day = {row.day: row for row in printing.standing()}
    return tuple(
        tuple(_day(day, month, by_day, printing) for day in week) for week in WEEKS.monthdatescalendar(year, month)
    )


def _day(day: date, month: int, by_day: Mapping[date, DayRow], printing: Printing) -> PaperDay:
    fact, row = printing.calendar.fact(day), by_day.get(day)
    inside = day.month == month
    return PaperDay(
        day=day,
        lunar=fact.name if fact.name and not fact.is_working else lunar_day(day).label,
        mark=_mark(fact),
        in_month=inside,
        reception=_line(row, printing) if row is not None and inside else None,
    )


def _mark(fact: DayFact) -> str:
    if fact.kind is DayKind.MAKE_UP:
        return "班"
    return "" if fact.is_working else "休"
