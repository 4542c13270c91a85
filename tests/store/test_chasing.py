"""What the list of late matters counts as to be urged now is exactly what the rule proposes a step for; few statements."""

from datetime import date, datetime, time, timedelta

import pytest

from portal.clock import ZONE
from portal.domain.chasing import MeasureKind
from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.people import Actor, Role
from portal.domain.urging import DirectGround, Late, Step, latest_day_before, next_step
from portal.services.calendars import calendar_now
from portal.services.measures import MeasureOrder, take_measure
from portal.services.paper_replies import Reply, answer_paper, find_reply_poor
from portal.services.slip_papers import make_paper, proposed_order
from portal.store.paging import Wanted
from portal.store.queries.chasing import ChasingFilter, Today, late_by_unit, late_matters, to_urge_now
from tests.handled_matters import a_matter_in_hand, closed
from tests.slip_builders import NOW, OFFICE

SUPERVISOR = Actor(9, "督查室", Role.SUPERVISOR)
FIRST = NOW.replace(month=12, day=14)


def nothing(session, it):
    """Nobody urged."""


def reminded(session, it):
    send(session, it, None)


def answered_with_a_promise(session, it):
    paper = send(session, it, UrgingColour.BLUE)
    answer_paper(session, paper.id, Reply("正在办理之中。", date(2026, 12, 28)), actor=it.handler, now=FIRST)


def answered_without_a_promise(session, it):
    paper = send(session, it, UrgingColour.BLUE)
    answer_paper(session, paper.id, Reply("正在办理之中。"), actor=it.handler, now=FIRST)


def answered_poorly(session, it):
    paper = send(session, it, UrgingColour.BLUE)
    answer_paper(session, paper.id, Reply("正在办理之中。", date(2026, 12, 28)), actor=it.handler, now=FIRST)
    find_reply_poor(session, paper.id, "没有具体措施", actor=SUPERVISOR, now=FIRST)


def answered_late(session, it):
    paper = send(session, it, UrgingColour.BLUE)
    answer_paper(
        session, paper.id, Reply("正在办理之中。", date(2027, 1, 8)), actor=it.handler, now=FIRST + timedelta(days=9)
    )


def talked_to(session, it):
    order = MeasureOrder(
        MeasureKind.TALK, it.scene.units[0].id, "多次督办仍未办结。", date(2026, 12, 24), DirectGround.URGENT
    )
    take_measure(session, it.matter.id, order, actor=SUPERVISOR, now=FIRST)


def send(session, it, colour, now=FIRST):
    kind, actor = (PaperKind.SUPERVISION, SUPERVISOR) if colour else (PaperKind.REMINDER, OFFICE)
    order = proposed_order(session, it.slip.id, kind, colour=colour, actor=actor, now=now)
    return make_paper(session, it.slip.id, order, actor=actor, now=now)


def the_day(session, day):
    last = latest_day_before(day, 3, calendar_now(session))
    return Today(day, datetime.combine(last + timedelta(days=1), time(), ZONE))


@pytest.mark.parametrize(
    "story",
    [nothing, reminded, answered_with_a_promise, answered_without_a_promise, answered_poorly, answered_late, talked_to],
)
@pytest.mark.parametrize("supervises", [True, False])
def test_the_list_counts_just_what_a_step_is_proposed_for(session, story, supervises):
    it = a_matter_in_hand(session, matters=1)
    story(session, it)
    session.commit()
    calendar = calendar_now(session)
    for after in range(1, 30):
        today = FIRST.date() + timedelta(days=after)
        if story is answered_late and after < 9:
            continue
        (row,) = late_matters(session, ChasingFilter(), the_day(session, today), Wanted("due")).rows
        late = Late(
            calendar.between(row.due_on, today), row.earlier, row.measure_until, row.has_measure, row.is_escalated
        )
        step = next_step(late, supervises=supervises, every=3, escalate_days=0, calendar=calendar, today=today)
        counted = to_urge_now(session, the_day(session, today))
        assert (step.step is not Step.WAIT) is bool(counted), (today, step)


def test_a_unit_is_counted_with_what_is_late_and_what_can_be_urged(session):
    first = a_matter_in_hand(session, matters=1)
    second = a_matter_in_hand(session, matters=1, day=date(2026, 11, 10))
    reminded(session, first)
    session.commit()
    today = the_day(session, FIRST.date())
    units = late_by_unit(session, ChasingFilter(), today)
    assert {it.unit_id: (it.late, it.now) for it in units} == {
        first.scene.units[0].id: (1, 0), second.scene.units[0].id: (1, 1)
    }  # fmt: skip
    assert late_by_unit(session, ChasingFilter(words="没有这样的字"), today) == []


def test_what_is_closed_or_not_late_is_not_on_the_list(session):
    it = a_matter_in_hand(session, matters=1)
    assert late_matters(session, ChasingFilter(), the_day(session, date(2026, 12, 7)), Wanted("due")).rows == []
    closed(session, it)
    session.commit()
    assert late_matters(session, ChasingFilter(), the_day(session, FIRST.date()), Wanted("due")).rows == []


def test_a_page_costs_three_statements_however_many_are_late(session, statements):
    for day in (8, 9, 10):
        it = a_matter_in_hand(session, matters=2, day=date(2026, 11, day))
        order = proposed_order(session, it.slip.id, PaperKind.REMINDER, actor=OFFICE, now=FIRST)
        make_paper(session, it.slip.id, order, actor=OFFICE, now=FIRST)
    session.commit()
    today = the_day(session, FIRST.date())
    statements.clear()
    page = late_matters(session, ChasingFilter(), today, Wanted("due"))
    assert len(page.rows) == 6
    assert len([it for it in statements if it.startswith("SELECT")]) == 3
