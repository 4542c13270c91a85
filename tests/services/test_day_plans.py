from datetime import date, datetime, time
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from portal.clock import ZONE
from portal.domain.day_changes import ApprovedHow, ChangeKind, ChangeState
from portal.domain.errors import Conflict, NotAllowed, RuleBroken
from portal.domain.people import Actor, Role
from portal.domain.planned_days import OnHoliday
from portal.domain.receiving import ReceptionMode
from portal.domain.reception_days import DayState
from portal.domain.reception_rules import parse_rule
from portal.domain.workdays import DayKind
from portal.services.calendar_days import set_day
from portal.services.day_plans import DayLayout, Outcome, PlanOrder, add_day, plan_reception_days, proposed_days
from portal.store.extension import db
from portal.store.models.audit import AuditLine
from portal.store.models.reception import DayChange, ReceptionDay, Seat, Slot
from portal.store.queries.reception_days import days_between
from tests.builders import a_reception_day
from tests.services.acting import audited

OFFICE = Actor(1, "办公室", Role.OFFICE)
NEW_YEAR = datetime(2026, 1, 1, 9, 0, tzinfo=ZONE)
LAYOUT = DayLayout("区工商联会议室", time(9, 20), slot_minutes=40, gap_minutes=10, slots=3, seats=2)


def an_order(rule="monthday:15", first=(2026, 1), months=12, **given):
    return PlanOrder(
        **{
            "rule": parse_rule(rule),
            "first_month": first,
            "months": months,
            "on_holiday": OnHoliday.NEXT,
            "make_up_days": True,
            "layout": LAYOUT,
        }
        | given
    )


def planned(order, now=NEW_YEAR):
    with audited() as session:
        return plan_reception_days(session, order, actor=OFFICE, now=now)


def stored(session):
    return [row.day for row in days_between(session, date(2026, 1, 1))]


@pytest.mark.parametrize(
    "rule,moved",
    [
        ("monthday:1", {1: 4, 2: 2, 3: 2, 5: 6, 8: 3, 10: 8, 11: 2}),
        ("weekday:1mon", {4: 7, 5: 6, 10: 8}),
        ("monthday:15", {2: 24, 3: 16, 8: 17, 11: 16}),
        ("monthday:21", {2: 24, 3: 23, 6: 22, 11: 23}),
    ],
)
def test_a_year_falls_on_the_days_of_the_official_calendar(session, rule, moved):
    order = an_order(rule)
    planned(order)
    nominal = [it.planned.nominal for it in proposed_days(session, order, today=NEW_YEAR.date())]
    assert stored(session) == [day.replace(day=moved.get(day.month, day.day)) for day in nominal]


def test_every_planned_day_has_its_slots_and_places(session):
    planned(an_order(months=2))
    rows = session.execute(
        select(ReceptionDay.day, Slot.starts_at, Slot.ends_at, func.count(Seat.id))
        .join(Slot, Slot.reception_day_id == ReceptionDay.id)
        .join(Seat, Seat.slot_id == Slot.id)
        .group_by(Slot.id)
        .order_by(ReceptionDay.day, Slot.starts_at)
    ).all()
    assert [tuple(row) for row in rows[:3]] == [
        (date(2026, 1, 15), time(9, 20), time(10, 0), 2),
        (date(2026, 1, 15), time(10, 10), time(10, 50), 2),
        (date(2026, 1, 15), time(11, 0), time(11, 40), 2),
    ]
    assert len(rows) == 6


def test_the_same_plan_given_twice_makes_every_day_once(session):
    first, second = planned(an_order()), planned(an_order())
    assert {it.outcome for it in first} == {Outcome.NEW}
    assert {it.outcome for it in second} == {Outcome.STANDING}
    assert len(stored(session)) == 12
    assert session.scalar(select(func.count(AuditLine.id)).where(AuditLine.act == "day_planned")) == 12


def test_a_day_that_stands_is_left_as_it_is_and_said_so(session):
    session.add(a_reception_day(day=date(2026, 1, 15), venue="望岳街道会议室", state=DayState.CANCELLED))
    session.commit()
    proposals = planned(an_order(months=2))
    assert [(it.outcome, it.standing) for it in proposals] == [
        (Outcome.STANDING, DayState.CANCELLED),
        (Outcome.NEW, None),
    ]
    assert days_between(session, date(2026, 1, 15))[0].venue == "望岳街道会议室"


def test_days_that_are_over_are_made_only_when_asked_for(session, now):
    without = proposed_days(session, an_order(first=(2026, 10), months=3), today=now.date())
    assert [it.outcome for it in without] == [Outcome.PAST, Outcome.PAST, Outcome.NEW]
    planned(an_order(first=(2026, 10), months=3, include_past=True), now)
    assert stored(session) == [date(2026, 10, 15), date(2026, 11, 16), date(2026, 12, 15)]


def test_a_year_not_announced_is_planned_and_flagged(session, now):
    proposals = proposed_days(session, an_order("monthday:1", (2027, 1), 12), today=now.date())
    assert all(it.planned.predicted for it in proposals)
    assert proposals[4].planned.day == date(2027, 5, 3)  # 1 and 2 May are statutory, also without an arrangement


def test_the_offices_own_holiday_moves_a_plan(session, now):
    with audited() as records:
        set_day(
            records, date(2026, 12, 15), DayKind.LOCAL, "建区纪念日", "安府发〔2026〕8号", actor=Actor.system(), now=now
        )
    (proposal,) = proposed_days(session, an_order(first=(2026, 12), months=1), today=now.date())
    assert (proposal.planned.day, proposal.planned.predicted) == (date(2026, 12, 16), False)


def test_a_planned_day_remembers_what_the_rule_made_it_from(session):
    planned(an_order("monthday:1", months=1, make_up_days=False))
    (day,) = session.scalars(select(ReceptionDay))
    assert (day.day, day.nominal) == (date(2026, 1, 5), date(2026, 1, 1))
    assert (day.on_holiday, day.make_up_days) == (OnHoliday.NEXT, False)


def test_a_day_made_by_hand_has_no_nominal_day(session):
    added(date(2026, 1, 22))
    assert session.scalars(select(ReceptionDay.nominal)).all() == [None]


def test_a_day_left_to_the_office_is_open_and_not_made(session):
    proposals = planned(an_order(months=2, on_holiday=OnHoliday.MANUAL))
    assert [it.outcome for it in proposals] == [Outcome.NEW, Outcome.OPEN]
    assert stored(session) == [date(2026, 1, 15)]


def test_a_day_that_was_moved_away_is_not_planned_a_second_time(session):
    planned(an_order(months=1))
    day = session.scalars(select(ReceptionDay)).one()
    session.add(
        DayChange(
            reception_day_id=day.id,
            kind=ChangeKind.REDATE,
            from_day=day.day,
            to_day=date(2026, 1, 20),
            reason="与市级会议冲突",
            state=ChangeState.APPROVED,
            how=ApprovedHow.NOT_NEEDED,
            asked_by="办公室",
            asked_at=NEW_YEAR,
            decided_at=NEW_YEAR,
        )
    )
    day.day = date(2026, 1, 20)
    session.commit()
    (again,) = planned(an_order(months=1))
    assert (again.outcome, again.moved_to) == (Outcome.MOVED, date(2026, 1, 20))
    assert stored(session) == [date(2026, 1, 20)]


def test_a_planned_day_keeps_its_break_free(session):
    layout = DayLayout("会议室", time(11, 0), slot_minutes=40, slots=2, break_from=time(12, 0), break_minutes=90)
    planned(an_order(months=1, layout=layout))
    assert session.scalars(select(Slot.starts_at).order_by(Slot.starts_at)).all() == [time(11, 0), time(13, 30)]


def test_chosen_dates_keep_each_its_own_rule(session, now):
    planned(an_order("dates:2026-12-08,2026-12-22", (2026, 12), 1), now)
    rules = session.scalars(select(ReceptionDay.rule).order_by(ReceptionDay.day)).all()
    assert rules == ["dates:2026-12-08", "dates:2026-12-22"]


@pytest.mark.parametrize(
    "layout,field",
    [
        (DayLayout("", time(9)), "venue"),
        (DayLayout("会议室", time(9), slot_minutes=0), "slot_minutes"),
        (DayLayout("会议室", time(9), slots=0), "slots"),
        (DayLayout("会议室", time(9), gap_minutes=-1), "gap_minutes"),
        (DayLayout("会议室", time(9), seats=0), "seats"),
        (DayLayout("会议室", time(23), slots=9), "slots"),
        (DayLayout("会议室", time(9), break_from=time(12)), "break_minutes"),
    ],
)
def test_a_layout_that_makes_no_sense_is_refused_at_its_field(app, layout, field):
    with app.app_context(), pytest.raises(RuleBroken) as caught:
        planned(an_order(layout=layout))
    assert caught.value.field == field


def test_only_the_office_plans(app):
    leader = Actor(2, "领导", Role.LEADER)
    with app.app_context(), pytest.raises(NotAllowed), audited() as session:
        plan_reception_days(session, an_order(), actor=leader, now=NEW_YEAR)


def added(day, reason="", now=NEW_YEAR):
    with audited() as session:
        return add_day(session, day, LAYOUT, reason, actor=OFFICE, now=now)


def test_an_extra_day_in_the_same_month_needs_no_reason_on_a_working_day(session):
    planned(an_order(months=1))
    added(date(2026, 1, 22))
    assert stored(session) == [date(2026, 1, 15), date(2026, 1, 22)]


def test_a_sunday_may_be_a_reception_day_with_a_reason(session):
    with pytest.raises(RuleBroken, match="是周末，请写明安排理由") as caught:
        added(date(2026, 1, 18))
    assert caught.value.field == "reason"
    made = added(date(2026, 1, 18), "首次接待，区委书记周日到场")
    assert made.why == "手工增加：首次接待，区委书记周日到场"


def test_a_day_that_is_over_needs_a_reason(session, now):
    with pytest.raises(RuleBroken, match="已经过去"):
        added(date(2026, 11, 16), now=now)
    added(date(2026, 11, 16), "补录上线前的接待", now=now)
    assert stored(session) == [date(2026, 11, 16)]


def test_a_second_day_on_the_same_date_is_a_conflict(session):
    added(date(2026, 1, 22))
    with pytest.raises(Conflict, match="已有接待日（计划）") as caught:
        added(date(2026, 1, 22))
    assert caught.value.field == "day"


def test_of_two_plans_at_once_every_day_is_made_once(each_app):
    start, troubles = Barrier(4), []

    def race():
        with each_app.app_context():
            start.wait()
            try:
                planned(an_order())
            except Conflict as refusal:
                troubles.append(refusal)
            finally:
                db.session.remove()

    threads = [Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with each_app.app_context():
        assert len(stored(db.session())) == 12
        assert db.session.scalar(select(func.count(AuditLine.id))) == 12
        db.session.remove()


def test_a_day_held_in_two_rooms_has_every_span_in_each_of_them(session, now):
    layout = DayLayout("会议中心", time(9, 0), slots=2, rooms=("一号室", "二号室"), mode=ReceptionMode.GROUP)
    with audited() as writing:
        add_day(writing, date(2027, 1, 15), layout, "", actor=OFFICE, now=now)
    rows = session.execute(select(Slot.starts_at, Slot.room, Slot.mode).order_by(Slot.starts_at, Slot.room)).all()
    assert [(f"{row.starts_at:%H:%M}", row.room) for row in rows] == [
        ("09:00", "一号室"), ("09:00", "二号室"), ("09:40", "一号室"), ("09:40", "二号室"),
    ]  # fmt: skip
    assert {row.mode for row in rows} == {ReceptionMode.GROUP}


def test_a_room_named_twice_is_refused(session, now):
    layout = DayLayout("会议中心", time(9, 0), rooms=("一号室", "一号室"))
    with pytest.raises(RuleBroken, match="写了两次"), audited() as writing:
        add_day(writing, date(2027, 1, 15), layout, "", actor=OFFICE, now=now)
