"""Planning reception days: a whole year in one act, or one day by hand (NX-02, NX-21, NX-22, domain 2.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.documents.fonts import must_be_printable
from portal.domain.errors import Conflict, RuleBroken, refuse
from portal.domain.labelled import Labelled
from portal.domain.people import Action, Actor, must
from portal.domain.planned_days import OnHoliday, PlannedDay, plan_days
from portal.domain.receiving import ReceptionMode, room_problems
from portal.domain.reception_days import DayState
from portal.domain.reception_rules import OnDates, ReceptionRule
from portal.domain.slot_times import SlotTime, lay_out_slots
from portal.domain.workdays import day_text
from portal.services.calendars import calendar_now
from portal.services.reception_days import LONGEST_REASON, SHORTEST_REASON, dated, seat_problems, venue_problems
from portal.store.audit_trail import record
from portal.store.models.reception import ReceptionDay, Seat, Slot
from portal.store.queries.day_changes import redated_days
from portal.store.queries.office import office_rules


@dataclass(frozen=True, slots=True)
class DayLayout:
    """How a new day is furnished: place, beginning, and how it is cut into slots; lengths in minutes.

    Without `break_from` there is no break. With several `rooms` every span is a slot in each of them.
    """

    venue: str
    starts_at: time
    slot_minutes: int = 40
    gap_minutes: int = 0
    slots: int = 6
    seats: int = 1
    break_from: time | None = None
    break_minutes: int = 0
    rooms: tuple[str, ...] = ()
    mode: ReceptionMode = ReceptionMode.SINGLE


@dataclass(frozen=True, slots=True)
class PlanOrder:
    """One planning of many months; `include_past` also makes days that are over, to enter what was held before."""

    rule: ReceptionRule
    first_month: tuple[int, int]
    months: int
    on_holiday: OnHoliday
    make_up_days: bool
    layout: DayLayout
    include_past: bool = False


class Outcome(Labelled):
    """What applying a plan does with one of its days."""

    NEW = "new", "新建"
    STANDING = "standing", "已有，保持不变"
    PAST = "past", "已过去，不新建"
    SKIPPED = "skipped", "不安排"
    OPEN = "open", "待定"
    MOVED = "moved", "已改期，不再新建"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One day of a plan with what applying it would do.

    `standing` is the state of a day that is there already, `moved_to` where the day planned for this date was moved.
    """

    planned: PlannedDay
    outcome: Outcome
    standing: DayState | None = None
    moved_to: date | None = None


def proposed_days(session: Session, order: PlanOrder, *, today: date) -> list[Proposal]:
    """What a plan would do, day by day with its reason, without doing it (NX-02).

    Raises RuleBroken for a layout that makes no sense, so that nobody previews what cannot be made.
    """
    _slot_times(order.layout)
    planned = plan_days(
        order.rule,
        order.first_month,
        order.months,
        order.on_holiday,
        order.make_up_days,
        calendar_now(session),
    )
    wanted = [it.day for it in planned if it.day is not None]
    rows = session.execute(select(ReceptionDay.day, ReceptionDay.state).where(ReceptionDay.day.in_(wanted)))
    known = _Known({row.day: row.state for row in rows}, redated_days(session, wanted))
    return [_proposal(it, order, known, None if order.include_past else today) for it in planned]


@dataclass(frozen=True, slots=True)
class _Known:
    standing: Mapping[date, DayState]
    moved: Mapping[date, date]


def _proposal(planned: PlannedDay, order: PlanOrder, known: _Known, today: date | None) -> Proposal:
    if planned.day is None:
        return Proposal(planned, Outcome.OPEN if order.on_holiday is OnHoliday.MANUAL else Outcome.SKIPPED)
    if planned.day in known.standing:
        return Proposal(planned, Outcome.STANDING, known.standing[planned.day])
    if planned.day in known.moved:
        return Proposal(planned, Outcome.MOVED, moved_to=known.moved[planned.day])
    if today is not None and planned.day < today:
        return Proposal(planned, Outcome.PAST)
    return Proposal(planned, Outcome.NEW)


def plan_reception_days(session: Session, order: PlanOrder, *, actor: Actor, now: datetime) -> list[Proposal]:
    """Make the days of a plan with their slots and seats; days that are there already stay as they are (NX-02).

    Answers what was done with each day, so the same order given twice makes every day once.
    """
    must(actor, Action.PLAN_DAYS)
    times = _slot_times(order.layout)
    proposals = proposed_days(session, order, today=now.date())
    made = []
    for it in proposals:
        if it.outcome is not Outcome.NEW or it.planned.day is None:
            continue
        day = _new_day(it.planned.day, order.layout, times, rule=_own_rule(order.rule, it.planned), why=it.planned.why)
        day.nominal, day.on_holiday, day.make_up_days = it.planned.nominal, order.on_holiday, order.make_up_days
        made.append(day)
    _store(session, made)
    for day in made:
        record(session, actor, now, "day_planned", day, summary=f"编排接待日{dated(day.day)}（{order.rule.label}）")
    return proposals


def _own_rule(rule: ReceptionRule, planned: PlannedDay) -> str:
    return OnDates((planned.nominal,)).text if isinstance(rule, OnDates) else rule.text


def add_day(
    session: Session, day: date, layout: DayLayout, reason: str = "", *, actor: Actor, now: datetime
) -> ReceptionDay:
    """Add one reception day by hand; a rest day or a past one needs a reason (NX-21, NX-22).

    Raises RuleBroken on `reason`, Conflict on `day` when there is one already.
    """
    must(actor, Action.PLAN_DAYS)
    times, reason = _slot_times(layout), reason.strip()
    fact = calendar_now(session).fact(day)
    if len(reason) < SHORTEST_REASON and (day < now.date() or not fact.is_working):
        why = "已经过去" if day < now.date() else f"是{fact.label}"
        raise RuleBroken(
            f"{day_text(day, now.date())}{why}，请写明安排理由，不少于 {SHORTEST_REASON} 个字。", field="reason"
        )
    if len(reason) > LONGEST_REASON:
        raise RuleBroken(f"理由最多 {LONGEST_REASON} 个字，请精简。", field="reason")
    why = f"手工增加：{reason}" if reason else "手工增加。"
    made = _new_day(day, layout, times, rule=OnDates((day,)).text, why=why)
    there = session.scalar(select(ReceptionDay.state).where(ReceptionDay.day == day))
    if there is not None:
        message = (
            f"{day_text(day, now.date())}已有接待日（{there.label}），一天只设一个。请另选日期，或到当日页面修改。"
        )
        raise Conflict(message, field="day")
    _store(session, [made])
    summary = f"增加接待日{dated(day)}" + (f"：{reason}" if reason else "")
    record(session, actor, now, "day_added", made, summary=summary)
    return made


def _new_day(day: date, layout: DayLayout, times: Sequence[SlotTime], *, rule: str, why: str) -> ReceptionDay:
    return ReceptionDay(
        day=day,
        state=DayState.PLANNED,
        venue=layout.venue.strip(),
        starts_at=layout.starts_at,
        rule=rule[:200],
        why=why[:200],
        slots=[
            Slot(
                starts_at=it.starts,
                ends_at=it.ends,
                room=room,
                mode=layout.mode,
                seats=[Seat(number=place + 1) for place in range(layout.seats)],
            )
            for it in times
            for room in layout.rooms or ("",)
        ],
        turns=[],
    )


def _store(session: Session, days: Sequence[ReceptionDay]) -> None:
    """Store new days under the caps of today; a date somebody else took at this moment is a Conflict, and nothing is stored."""
    rules = office_rules(session)
    for day in days:
        day.most_groups, day.most_matters = rules.groups_a_day, rules.matters_a_day
    try:
        session.add_all(days)
        session.flush()
    except IntegrityError:
        raise Conflict("同一日期的接待日刚刚由别人建立，本次没有改动。请重新预览后再建立。", field="day") from None


_OWN_NAMES = {"starts": "starts_at", "length_minutes": "slot_minutes", "count": "slots"}


def _slot_times(layout: DayLayout) -> list[SlotTime]:
    refuse(venue_problems(layout.venue) + seat_problems(layout.seats) + room_problems(layout.rooms))
    must_be_printable(layout.venue, field="venue")
    return laid_out(layout)


def laid_out(layout: DayLayout) -> list[SlotTime]:
    """The slots of a day of this layout. Raises RuleBroken on the layout's own field."""
    try:
        return lay_out_slots(
            layout.starts_at,
            layout.slot_minutes,
            layout.slots,
            layout.gap_minutes,
            layout.break_from,
            layout.break_minutes,
        )
    except RuleBroken as refusal:
        field = refusal.field or "slots"
        raise RuleBroken(refusal.message, field=_OWN_NAMES.get(field, field)) from None
