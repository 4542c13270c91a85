"""What a changed working calendar does to reception days that are still to come (domain 6, 11.10)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.labelled import Labelled
from portal.domain.planned_days import OnHoliday, PlannedDay, placed_day
from portal.domain.reception_rules import ReceptionRule
from portal.domain.workdays import WorkingCalendar


class Hold(Labelled):
    """Why a day that belongs elsewhere now is not moved by itself."""

    PUBLISHED = "published", "已发布，须办理改期"
    BOOKED = "booked", "已有企业预约，须办理改期"
    ASKED = "asked", "已有待批准的变更申请"
    NO_DAY = "no_day", "按规则不再有日期，请办理改期或取消"
    TOO_LATE = "too_late", "应排的日期已过，保持不变"
    OCCUPIED = "occupied", "应排的日期已有接待日，请办理改期"


@dataclass(frozen=True, slots=True)
class RuledDay:
    """A coming day that a rule made, and what the rule made it from; `hold` keeps it where it is."""

    id: int
    day: date
    rule: ReceptionRule
    nominal: date
    on_holiday: OnHoliday
    make_up_days: bool
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class DayMove:
    """A day that belongs elsewhere now: `to` is where (None: nowhere), `hold` why it stays for all that."""

    id: int
    day: date
    to: date | None
    why: str
    hold: Hold | None = None


def moved_days(
    days: Sequence[RuledDay],
    occupied: Collection[date],
    before: WorkingCalendar,
    after: WorkingCalendar,
    today: date,
) -> list[DayMove]:
    """The coming days whose serving day changes with the calendar, in order of date (domain 11.10).

    `occupied` are the dates of all other reception days. A day that somebody put elsewhere than its rule says keeps its date. No
    day moves to today or before, and none onto another.
    """
    ruled, fixed = _as_the_rule_says(days, set(occupied), before)
    placed = _placed(ruled, fixed, after)
    moves = [
        DayMove(it.id, it.day, placed[it.id].day, placed[it.id].why, it.hold or _own_hold(placed[it.id], today))
        for it in ruled
        if placed[it.id].day != it.day
    ]
    return sorted(_without_clashes(moves, days, fixed), key=lambda it: (it.day, it.id))


def _own_hold(planned: PlannedDay, today: date) -> Hold | None:
    if planned.day is None:
        return Hold.NO_DAY
    return Hold.TOO_LATE if planned.day <= today else None


def _as_the_rule_says(
    days: Sequence[RuledDay], fixed: set[date], calendar: WorkingCalendar
) -> tuple[list[RuledDay], set[date]]:
    """The days that stand where their rules put them under a calendar; the others' dates are fixed ones."""
    ruled = sorted(days, key=lambda it: (it.nominal, it.day, it.id))
    while True:
        placed = _placed(ruled, fixed, calendar)
        strays = {it.id for it in ruled if placed[it.id].day != it.day}
        if not strays:
            return ruled, fixed
        fixed = fixed | {it.day for it in ruled if it.id in strays}
        ruled = [it for it in ruled if it.id not in strays]


def _placed(ruled: Sequence[RuledDay], fixed: Collection[date], calendar: WorkingCalendar) -> Mapping[int, PlannedDay]:
    """Every day placed by its rule, one after another in the order of the nominal days."""
    taken, placed = set(fixed), dict[int, PlannedDay]()
    for it in ruled:
        found = placed_day(it.rule, it.nominal, it.on_holiday, it.make_up_days, calendar, taken)
        placed[it.id] = found
        if found.day is not None:
            taken.add(found.day)
    return placed


def _without_clashes(moves: list[DayMove], days: Sequence[RuledDay], fixed: Collection[date]) -> list[DayMove]:
    """Hold back every move onto a date that is not free, until none is left."""
    while True:
        leaving = {it.id for it in moves if it.hold is None}
        staying = {it.day for it in days if it.id not in leaving} | set(fixed)
        held = [
            DayMove(it.id, it.day, it.to, it.why, Hold.OCCUPIED) if it.hold is None and it.to in staying else it
            for it in moves
        ]
        if held == moves:
            return moves
        moves = held
