"""What the printed calendars and the roster say: frozen values, already filtered by the caller."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.documents.sheets import OfficialLine


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyLine:
    """One seat of a reception day (主接待, 参加, 补位) and who sits in it, in order."""

    seat: str
    people: tuple[OfficialLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceptionLine:
    """A reception day: `time` is printed as given; `remark` says what is out of the ordinary (计划, 缺主接待)."""

    day: date
    weekday: str
    time: str
    venue: str
    duty: tuple[DutyLine, ...] = ()
    remark: str = ""

    def people(self, seat: str) -> tuple[OfficialLine, ...]:
        """Who sits in one seat."""
        return next((line.people for line in self.duty if line.seat == seat), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperDay:
    """One day of a calendar; `mark` is 休, 班 or empty, `lunar` a lunar day, a solar term or a holiday."""

    day: date
    lunar: str = ""
    mark: str = ""
    in_month: bool = True
    reception: ReceptionLine | None = None


Weeks = tuple[tuple[PaperDay, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSheet:
    """What every printed calendar says besides its days.

    `note` says what the calendar was filtered by, `warning` that the year has not been announced; `place` and
    `printed_at` stand in the foot. The same sheet always gives the same bytes.
    """

    heading: str
    place: str
    note: str = ""
    warning: str = ""
    is_sample: bool = False
    printed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSheet(CalendarSheet):
    """A month on one lying A4."""

    weeks: Weeks


@dataclass(frozen=True, slots=True, kw_only=True)
class YearSheet(CalendarSheet):
    """A year on one A4: twelve small months, and beneath them the reception days with their duty."""

    months: tuple[tuple[str, Weeks], ...]
    seats: tuple[str, ...]
    rows: tuple[ReceptionLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterSheet(CalendarSheet):
    """The roster (轮值表): every reception day with its duty, on as many pages as it takes."""

    seats: tuple[str, ...]
    rows: tuple[ReceptionLine, ...]
