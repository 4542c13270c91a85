"""A matter that is handled again has the days of its class or level, whatever its last day was before (JY-22)."""

from datetime import date, datetime, timedelta

import pytest

from portal.clock import ZONE
from portal.domain.clocks import Measure
from portal.domain.extensions import PauseKind
from portal.domain.matters import MatterClass, MatterLevel, MatterState
from portal.services import extensions, pauses, results
from portal.services.calendars import calendar_now
from portal.services.counted_dates import counted_due, counted_step
from portal.services.extensions import ask_extension, clock_for, decide_extension
from portal.services.office_settings import change_rules
from portal.services.result_opinions import give_opinion
from tests.handled_matters import CONTESTED, SOLVED, a_matter_in_hand
from tests.slip_builders import NOW, OFFICE

LATER = datetime(2026, 12, 8, 10, 0, tzinfo=ZONE)


def in_hand(session, **given):
    it = a_matter_in_hand(session)
    for name, value in given.items():
        setattr(it.matter, name, value)
    session.commit()
    return it


def contested(session, it, *, at=LATER):
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=at)
    results.head_signs(session, it.matter.id, actor=it.head, now=at)
    give_opinion(session, it.matter.id, CONTESTED, actor=OFFICE, now=at)
    session.commit()


def extended(session, it):
    until = it.matter.due_on + timedelta(days=3)
    ask_extension(session, it.matter.id, until, "涉及部门多，需要再协调一次会议。", actor=it.handler, now=NOW)
    decide_extension(session, it.matter.id, grant=True, actor=it.signer, now=NOW)
    session.commit()
    assert (it.matter.due_on, it.matter.due_from, it.matter.due_days) == (until, None, None)


@pytest.mark.parametrize(
    "given, days",
    [
        ({"matter_class": MatterClass.A}, 30),
        ({"matter_class": MatterClass.B}, 15),
        ({"matter_class": MatterClass.C}, 5),
        ({"matter_class": None}, 15),
        ({"level": MatterLevel.LEADER}, 20),
        ({"matter_class": MatterClass.C, "level": MatterLevel.LEADER}, 5),
    ],
)
def test_a_matter_contested_after_an_extension_begins_again_with_the_days_of_its_class(session, given, days):
    change_rules(session, {"level_leader_days": 20}, actor=OFFICE, now=NOW)
    it = in_hand(session, **given)
    extended(session, it)
    contested(session, it)
    assert it.matter.state is MatterState.HANDLING
    assert (it.matter.due_from, it.matter.due_days) == (LATER.date(), days)
    assert it.matter.due_on == it.matter.step_due_on == calendar_now(session).after(LATER.date(), days)


def test_a_matter_resumed_with_two_days_left_begins_again_with_all_days_of_its_class(session):
    it = in_hand(session, matter_class=MatterClass.C, due_on=date(2026, 12, 3), due_days=13)
    at = datetime(2026, 12, 1, 10, 0, tzinfo=ZONE)
    pauses.pause(
        session,
        it.matter.id,
        PauseKind.SUSPENSION,
        "等待上级主管部门批复规划调整",
        date(2026, 12, 30),
        actor=OFFICE,
        now=at,
    )
    pauses.resume(session, it.matter.id, "批复已到", actor=OFFICE, now=LATER)
    assert (it.matter.due_from, it.matter.due_days, it.matter.due_on) == (LATER.date(), 2, date(2026, 12, 10))
    contested(session, it)
    assert it.matter.due_days == 5


def test_more_time_is_never_longer_than_the_days_of_the_class(session):
    it = in_hand(session, matter_class=MatterClass.C)
    assert clock_for(session, it.matter).extend_by == 5
    latest = extensions.latest_extension(session, it.matter, clock_for(session, it.matter))
    assert latest == calendar_now(session).after(it.matter.due_on, 5)


def test_a_petition_begins_again_with_the_sixty_days_of_the_law(session):
    it = in_hand(session, is_petition=True, matter_class=MatterClass.C)
    contested(session, it)
    limit = counted_due(it.matter)
    assert (limit.due, limit.days, limit.measure) == (LATER.date() + timedelta(days=60), 60, Measure.CALENDAR_DAYS)


def test_every_step_keeps_how_its_last_day_was_counted(session):
    it = in_hand(session)
    assert counted_step(it.matter) is None
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    limit = counted_step(it.matter)
    assert (limit.start, limit.days, limit.due) == (NOW.date(), 1, it.matter.step_due_on)
    assert it.matter.step_due_at is None
