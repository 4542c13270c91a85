"""When is who reminded of a matter: half of the time, the last days, over, and whoever owes the next step."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.almanac.calendars import working_calendar
from portal.clock import ZONE
from portal.domain.clocks import DEFAULT_CLOCKS, Overdue, Stage
from portal.domain.matter_reminders import (
    InHand,
    Pace,
    StepAwaited,
    StepKind,
    half_time,
    handling_reminders,
    helper_reminders,
    step_reminders,
)
from portal.domain.messages import Daytime
from portal.domain.people import Role
from portal.domain.reminders import KINDS
from portal.domain.unit_reminders import ReceiptAwaited, receipt_reminders

CALENDAR = working_calendar({}, {})
PACE = Pace(CALENDAR, DEFAULT_CLOCKS)
ISSUED = date(2026, 11, 16)
DUE = CALENDAR.after(ISSUED, 15)  # Monday 7 December
MATTER = InHand(5, "NX1", "融资难", 8, "区财政局", DUE, ISSUED, ISSUED, lead_official_id=3)


def at(day, clock="09:00"):
    return datetime.combine(day, time.fromisoformat(clock), ZONE)


def told(it, now, pace=PACE):
    return list(handling_reminders([it], pace, now=now))


def kinds(reminders):
    return [it.key.partition(":")[0] for it in reminders]


def policy(overdue, stage=Stage.HANDLING):
    return replace(PACE, clocks={**DEFAULT_CLOCKS, stage: replace(DEFAULT_CLOCKS[stage], overdue=overdue)})


@pytest.mark.parametrize(
    "day, expected",
    [
        (CALENDAR.after(ISSUED, 7), None),
        (CALENDAR.after(ISSUED, 8), f"matter-half:5:{DUE}"),
        (CALENDAR.after(ISSUED, 11), f"matter-half:5:{DUE}"),
        (CALENDAR.after(ISSUED, 12), f"matter-due:5:{DUE}:3"),
        (CALENDAR.after(ISSUED, 13), f"matter-due:5:{DUE}:3"),
        (CALENDAR.after(ISSUED, 14), f"matter-due:5:{DUE}:1"),
        (DUE, f"matter-due:5:{DUE}:0"),
    ],
)
def test_the_lead_unit_hears_at_half_time_three_one_and_no_days_before(day, expected):
    reminders = told(MATTER, at(day))
    assert [it.key for it in reminders] == ([expected] if expected else [])
    assert all(it.unit_ids == (8,) for it in reminders)


def test_before_the_morning_nothing_has_come():
    assert told(MATTER, at(DUE, "07:29"))[0].key.endswith(":1")
    assert told(MATTER, at(DUE, "07:30"))[0].key.endswith(":0")


def test_hours_and_share_are_settings():
    pace = replace(PACE, percent=80, due_days=(1,), daytime=Daytime(time(8, 30), time(17, 0)))
    assert half_time(MATTER, pace) == CALENDAR.after(ISSUED, 12)
    evening = told(MATTER, at(CALENDAR.after(ISSUED, 12), "17:00"), pace)
    assert evening[0].due_at == at(CALENDAR.after(ISSUED, 13), "08:30")
    assert half_time(MATTER, replace(PACE, percent=0)) is None


def test_a_short_clock_has_no_half_time_beside_its_last_days():
    short = replace(MATTER, due_on=CALENDAR.after(ISSUED, 5))
    assert half_time(short, PACE) is None
    assert kinds(told(short, at(CALENDAR.after(ISSUED, 2)))) == ["matter-due"]


def test_what_came_only_today_has_just_been_told_unless_it_ends_today():
    assert told(replace(MATTER, since=CALENDAR.after(ISSUED, 12)), at(CALENDAR.after(ISSUED, 12))) == []
    assert kinds(told(replace(MATTER, since=DUE), at(DUE))) == ["matter-due"]


def test_once_over_unit_office_and_supervision_hear_and_later_the_lead_official():
    first = told(MATTER, at(CALENDAR.after(DUE, 1)))
    assert kinds(first) == ["matter-over", "matter-late"]
    assert first[1].roles == (Role.OFFICE, Role.SUPERVISOR)
    later = told(MATTER, at(CALENDAR.after(DUE, 5)))
    assert kinds(later) == ["matter-over", "matter-official", "matter-late"]
    assert later[1].leader_ids == (3,)


@pytest.mark.parametrize(
    "overdue, expected",
    [
        (Overdue.NOTHING, []),
        (Overdue.TELL_UNIT, ["matter-over"]),
        (Overdue.TELL_OFFICE, ["matter-over", "matter-late"]),
        (Overdue.TELL_SUPERVISOR, ["matter-over", "matter-late"]),
        (Overdue.TELL_LEADER, ["matter-over", "matter-official", "matter-late"]),
    ],
)
def test_the_clock_says_who_hears_that_it_is_over(overdue, expected):
    assert kinds(told(MATTER, at(CALENDAR.after(DUE, 1)), policy(overdue))) == expected


def test_office_and_supervision_hear_of_all_matters_of_a_day_at_once():
    several = [replace(MATTER, matter_id=number) for number in range(1, 9)]
    reminders = list(handling_reminders(several, PACE, now=at(CALENDAR.after(DUE, 1))))
    (late,) = [it for it in reminders if it.key.startswith("matter-late")]
    assert late.subject.startswith("8 件事项")
    assert late.body.endswith("等。")


def test_a_unit_whose_objection_waits_for_a_ruling_is_not_pressed():
    assert told(replace(MATTER, waits_for_a_ruling=True), at(DUE)) == []


def test_a_petition_that_ends_on_a_rest_day_is_reminded_of_on_the_working_day_before():
    saturday = date(2026, 12, 5)
    petition = replace(MATTER, due_on=saturday, is_petition=True)
    assert told(petition, at(date(2026, 12, 4)))[0].key == f"matter-due:5:{saturday}:0"
    assert kinds(told(petition, at(saturday))) == ["matter-over", "matter-late"]


def test_an_assisting_unit_hears_of_its_own_day():
    helper = replace(MATTER, matter_id=0, slip_id=4, unit_id=9)
    due = list(helper_reminders([helper], PACE, now=at(CALENDAR.before(DUE, 1))))
    over = list(helper_reminders([helper], PACE, now=at(CALENDAR.after(DUE, 1))))
    assert [it.key for it in due + over] == [f"helper-due:4:9:{DUE}:1", f"helper-over:4:9:{DUE}"]
    assert {it.unit_ids for it in due + over} == {(9,)}


def step(kind=StepKind.REVIEWING, **given):
    return StepAwaited(
        **{"kind": kind, "mark": "5", "title": "NX1", "due_on": DUE, "since": ISSUED, "url": "/matters/5",
           "roles": (Role.OFFICE,), "lead_official_id": 3} | given
    )  # fmt: skip


def steps_told(it, now, pace=PACE):
    return list(step_reminders([it], pace, now=now))


def test_whoever_owes_a_step_hears_on_its_last_day_and_when_it_is_over():
    assert steps_told(step(), at(CALENDAR.before(DUE, 1))) == []
    assert [it.key for it in steps_told(step(), at(DUE))] == [f"step-due:reviewing:5:{DUE}"]
    (over,) = steps_told(step(), at(CALENDAR.after(DUE, 1)))
    assert (over.key, over.roles) == (f"step-over:reviewing:5:{DUE}", (Role.OFFICE,))


def test_others_hear_of_a_late_step_as_its_clock_says():
    now = at(CALENDAR.after(DUE, 1))
    reply = step(StepKind.SUPERVISION, roles=(), unit_ids=(8,))
    assert [it.roles for it in steps_told(reply, now)] == [(), (Role.OFFICE, Role.SUPERVISOR)]
    official = steps_told(reply, now, policy(Overdue.TELL_LEADER, Stage.SUPERVISION_REPLY))[1]
    assert official.leader_ids == (3,)
    assert steps_told(step(), now, policy(Overdue.NOTHING, Stage.REVIEW)) == []


@given(
    began=st.dates(date(2026, 1, 1), date(2026, 10, 1)),
    days=st.integers(1, 40),
    percent=st.integers(0, 100),
    before=st.sets(st.integers(0, 6), max_size=4),
    clock=st.times(),
)
def test_whatever_the_settings_each_reminder_comes_once_by_day_on_working_days_and_none_is_left_out(
    began, days, percent, before, clock
):
    pace = replace(PACE, percent=percent, due_days=tuple(before))
    it = replace(MATTER, start=began, since=began, due_on=CALENDAR.after(began, days))
    keys = {}
    moments = [began + timedelta(days=1 + hour // 24) for hour in range(0, 90 * 24, 24)]
    for now in (datetime.combine(day, hour, ZONE) for day in moments for hour in sorted({clock, time(9, 0)})):
        for reminder in handling_reminders([it], pace, now=now):
            assert reminder.key.partition(":")[0] in KINDS
            assert len(reminder.key) <= 120
            assert CALENDAR.is_working(reminder.due_at.date())
            assert time(7, 30) <= reminder.due_at.time() < time(20, 0)
            assert reminder.due_at >= now
            keys.setdefault(reminder.key, reminder.due_at)
    before_the_end = {int(key.rpartition(":")[2]) for key in keys if key.startswith("matter-due")}
    assert {n for n in before if n < days} <= before_the_end <= before
    assert sum(key.startswith("matter-half") for key in keys) <= 1
    assert sum(key.startswith("matter-over") for key in keys) == 1
    assert keys[f"matter-over:5:{it.due_on}"].date() == CALENDAR.after(it.due_on, 1)


def test_onlookers_hear_once_a_date_how_many_slips_were_not_signed_for():
    awaited = [ReceiptAwaited(unit, DUE, ISSUED, f"{unit}号") for unit in range(1, 8)]
    now = at(CALENDAR.after(DUE, 1))
    late, *own = receipt_reminders(awaited, CALENDAR, now=now, onlookers=(Role.OFFICE,))
    assert (late.key, late.roles) == (f"receipt-late:{DUE}", (Role.OFFICE,))
    assert late.subject.startswith("7 份次")
    assert len(own) == 7
    assert len(list(receipt_reminders(awaited, CALENDAR, now=now))) == 7
