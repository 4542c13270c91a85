"""What the list of late matters counts as to be urged now is exactly what the rule proposes a step for; few statements."""

from datetime import date, datetime, time, timedelta

import pytest

from portal.clock import ZONE
from portal.domain.chasing import LatePart, MeasureKind
from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.people import Actor, Role
from portal.domain.progress import ProgressKind
from portal.domain.urging import DirectGround, Late, Step, latest_day_before, next_step
from portal.services import slip_receipts
from portal.services.calendars import calendar_now
from portal.services.measures import MeasureOrder, take_measure
from portal.services.paper_replies import Reply, answer_paper, find_reply_poor
from portal.services.progress import ProgressTold, report_progress
from portal.services.slip_papers import make_paper, proposed_order
from portal.store.extension import db
from portal.store.paging import Wanted
from portal.store.queries.chasing import SORTS, ChasingFilter, Today, late_by_unit, late_matters, to_urge_now
from tests.handled_matters import a_matter_in_hand, closed
from tests.slip_builders import NOW, OFFICE, a_shared_matter, unit_actor

SUPERVISOR = Actor(9, "督查室", Role.SUPERVISOR)
FIRST = NOW.replace(month=12, day=14)
LED = ChasingFilter(part=LatePart.LEAD)


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
        (row,) = late_matters(session, LED, the_day(session, today), Wanted("due")).rows
        late = Late(
            calendar.between(row.due_on, today), row.earlier, row.measure_until, row.has_measure, row.is_escalated
        )
        step = next_step(late, supervises=supervises, every=3, escalate_days=0, calendar=calendar, today=today)
        counted = to_urge_now(session, LED, the_day(session, today))
        assert (step.step is not Step.WAIT) is bool(counted), (today, step)


def test_a_unit_is_counted_with_what_is_late_and_what_can_be_urged(session):
    first = a_matter_in_hand(session, matters=1)
    second = a_matter_in_hand(session, matters=1, day=date(2026, 11, 10))
    reminded(session, first)
    session.commit()
    today = the_day(session, FIRST.date())
    units = late_by_unit(session, LED, today)
    assert {it.unit_id: (it.late, it.now) for it in units} == {
        first.scene.units[0].id: (1, 0), second.scene.units[0].id: (1, 1)
    }  # fmt: skip
    assert late_by_unit(session, ChasingFilter(words="没有这样的字"), today) == []


def test_what_is_closed_or_not_late_is_not_on_the_list(session):
    it = a_matter_in_hand(session, matters=1)
    assert late_matters(session, LED, the_day(session, date(2026, 12, 7)), Wanted("due")).rows == []
    closed(session, it)
    session.commit()
    assert late_matters(session, LED, the_day(session, FIRST.date()), Wanted("due")).rows == []


def test_a_page_costs_three_statements_however_many_are_late(session, statements):
    for day in (8, 9, 10):
        it = a_matter_in_hand(session, matters=2, day=date(2026, 11, day))
        order = proposed_order(session, it.slip.id, PaperKind.REMINDER, actor=OFFICE, now=FIRST)
        make_paper(session, it.slip.id, order, actor=OFFICE, now=FIRST)
    session.commit()
    today = the_day(session, FIRST.date())
    statements.clear()
    page = late_matters(session, LED, today, Wanted("due"))
    assert len(page.rows) == 6
    assert len([it for it in statements if it.startswith("SELECT")]) == 3


@pytest.fixture
def records(each_app):
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        yield session
        session.rollback()
        db.session.remove()


def chased(session, day, **asked):
    return late_matters(session, ChasingFilter(**asked), the_day(session, day), Wanted("due")).rows


def test_a_unit_that_assists_is_on_the_list_by_its_own_day_and_urged_by_itself(records):
    session = records
    it = a_matter_in_hand(session, matters=1)
    helper = it.scene.units[1]
    assert chased(session, date(2026, 11, 30)) == []
    (row,) = chased(session, date(2026, 12, 1))
    assert (row.part, row.unit_id, row.due_on) == (LatePart.ASSIST, helper.id, date(2026, 11, 30))
    both = chased(session, FIRST.date())
    assert [(row.part, row.unit_id) for row in both] == [
        (LatePart.ASSIST, helper.id), (LatePart.LEAD, it.scene.units[0].id)
    ]  # fmt: skip
    order = proposed_order(session, it.slip.id, PaperKind.REMINDER, unit_id=helper.id, actor=OFFICE, now=FIRST)
    make_paper(session, it.slip.id, order, actor=OFFICE, now=FIRST)
    session.commit()
    assert [row.part for row in chased(session, FIRST.date(), now=True)] == [LatePart.LEAD]
    units = {
        one.unit_id: (one.late, one.now)
        for one in late_by_unit(session, ChasingFilter(), the_day(session, FIRST.date()))
    }
    assert units == {helper.id: (1, 0), it.scene.units[0].id: (1, 1)}
    for sort in SORTS:
        page = late_matters(session, ChasingFilter(), the_day(session, FIRST.date()), Wanted(sort, size=1))
        after = Wanted(sort, size=1, after=page.next_key)
        again = late_matters(session, ChasingFilter(), the_day(session, FIRST.date()), after)
        assert {row.part for row in (*page.rows, *again.rows)} == {LatePart.ASSIST, LatePart.LEAD}, sort


def test_a_unit_that_has_answered_the_lead_unit_is_not_chased(session):
    it = a_matter_in_hand(session, matters=1)
    answer = ProgressTold(ProgressKind.ANSWER, "已提供企业的用地资料。")
    report_progress(session, it.matter.id, answer, actor=it.helper, now=NOW)
    session.commit()
    assert [row.part for row in chased(session, FIRST.date())] == [LatePart.LEAD]
    assert chased(session, FIRST.date(), part=LatePart.ASSIST) == []


def test_a_unit_that_leads_on_a_slip_of_its_own_is_on_the_list_until_it_has_answered(records):
    session = records
    scene, first, second = a_shared_matter(session, matters=1)
    for slip, unit in ((first, scene.units[0]), (second, scene.units[2])):
        slip_receipts.receive_slip(session, slip.id, actor=unit_actor(unit), now=NOW)
    session.commit()
    (row,) = chased(session, FIRST.date(), part=LatePart.LEAD_BESIDES)
    assert (row.unit_id, row.slip_id, row.id) == (scene.units[2].id, second.id, scene.ids[0])
    answer = ProgressTold(ProgressKind.ANSWER, "本单位已核实办理。")
    report_progress(session, scene.matters[0].id, answer, actor=unit_actor(scene.units[2]), now=FIRST)
    session.commit()
    assert chased(session, FIRST.date(), part=LatePart.LEAD_BESIDES) == []


def test_a_measure_against_one_unit_leaves_the_others_to_be_urged(session):
    it = a_matter_in_hand(session, matters=1)
    talked_to(session, it)
    session.commit()
    assert [row.part for row in chased(session, FIRST.date(), now=True)] == [LatePart.ASSIST]
