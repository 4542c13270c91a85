"""A unit's to-do list: what is on it, in which order, and that it can reach zero."""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from portal import clock
from portal.domain.paper_kinds import PaperKind
from portal.domain.people import Role
from portal.domain.progress import ProgressKind
from portal.domain.slip_papers import PaperOrder
from portal.domain.unit_todo import TodoKind
from portal.services import extensions, result_opinions, results, slip_papers, slip_receipts, unit_tasks
from portal.services.contact_days import contact_days
from portal.services.progress import ProgressTold, report_progress
from portal.services.unit_tasks import TaskGiven
from portal.store.models.handling import PaperReply
from portal.store.paging import Wanted
from portal.store.queries.overdue import start_of
from portal.store.queries.unit_todo import TodoFilter, all_todo_rows, todo_counts, todo_rows
from tests.builders import an_account
from tests.handled_matters import CONTESTED, SOLVED, a_matter_in_hand
from tests.slip_builders import OFFICE, a_scene, an_issued_slip, unit_actor

REASON = "需要等待上级部门批复，预计两周后方能办结。"


def text_of(answer):
    return answer.get_data(as_text=True)


@pytest.fixture
def hand(session):
    return a_matter_in_hand(session, matters=1, now=clock.now())


def todo(session, actor, **asked):
    days = contact_days(session, actor)
    return all_todo_rows(session, actor, TodoFilter(**asked), days=days, now=clock.now())


def kinds(session, actor, **asked):
    return [it.kind for it in todo(session, actor, **asked)]


def test_a_slip_waits_for_the_signature_of_lead_and_assisting_unit(session):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    for unit in scene.units[:2]:
        rows = [it for it in todo(session, unit_actor(unit)) if it.kind is TodoKind.SIGN]
        assert [(it.slip_id, it.due_on) for it in rows] == [(slip.id, slip.receipt_due_on)]
    assert todo(session, unit_actor(scene.units[2])) == []


def test_the_lead_unit_contacts_the_enterprise_within_three_working_days_and_reports_in_time(session, hand):
    rows = todo(session, hand.handler)
    assert [(it.kind, it.due_on) for it in rows] == [
        (TodoKind.CONTACT, date(2026, 11, 25)),
        (TodoKind.HANDLE, date(2026, 12, 7)),
    ]


def test_an_assisting_unit_answers_by_its_own_day(session, hand):
    slip_receipts.receive_slip(session, hand.slip.id, actor=hand.helper, now=clock.now())
    session.commit()
    assert [(it.kind, it.due_on) for it in todo(session, hand.helper)] == [(TodoKind.ASSIST, date(2026, 11, 30))]
    report_progress(
        session, hand.matter.id, ProgressTold(ProgressKind.ANSWER, "本单位已核实。"), actor=hand.helper, now=clock.now()
    )
    session.commit()
    assert todo(session, hand.helper) == []


def test_the_list_reaches_zero_when_everything_is_done(session, hand):
    contact = ProgressTold(ProgressKind.CONTACT, "已与企业负责人沟通。", contacted_on=clock.today())
    report_progress(session, hand.matter.id, contact, actor=hand.handler, now=clock.now())
    results.propose_result(session, hand.matter.id, SOLVED, actor=hand.handler, now=clock.now())
    session.commit()
    assert todo(session, hand.handler) == []
    assert kinds(session, hand.head) == [TodoKind.HEAD]
    results.head_signs(session, hand.matter.id, actor=hand.head, now=clock.now())
    session.commit()
    assert todo(session, hand.head) == []


def test_a_contested_result_comes_back_as_work_to_do_again(session, hand):
    results.propose_result(session, hand.matter.id, SOLVED, actor=hand.handler, now=clock.now())
    results.head_signs(session, hand.matter.id, actor=hand.head, now=clock.now())
    result_opinions.give_opinion(session, hand.matter.id, CONTESTED, actor=OFFICE, now=clock.now())
    session.commit()
    assert TodoKind.REDO in kinds(session, hand.handler)
    assert TodoKind.HANDLE not in kinds(session, hand.handler)


def test_what_became_of_a_request_stands_beside_the_matter(session, hand):
    def note():
        return next(it.note for it in todo(session, hand.handler) if it.kind is TodoKind.HANDLE)

    until = hand.matter.due_on + timedelta(days=9)
    extensions.ask_extension(session, hand.matter.id, until, REASON, actor=hand.handler, now=clock.now())
    session.commit()
    assert note() == "延期待审批"
    extensions.decide_extension(
        session, hand.matter.id, grant=False, remark="请按期办结", actor=OFFICE, now=clock.now()
    )
    session.commit()
    assert note() == "延期未获同意"


def test_a_reminder_waits_for_its_reply(session, hand):
    order = PaperOrder(
        PaperKind.REMINDER, hand.scene.units[0].id, clock.today() + timedelta(days=3), "请尽快办理。", "请书面回复。"
    )
    paper = slip_papers.make_paper(session, hand.slip.id, order, actor=OFFICE, now=clock.now())
    session.commit()
    rows = [it for it in todo(session, hand.handler) if it.kind is TodoKind.REPLY]
    assert [(it.paper_id, it.number) for it in rows] == [(paper.id, paper.number)]
    session.add(PaperReply(paper_id=paper.id, told="正在办理", by="经办人", at=clock.now()))
    slip_papers.record(session, OFFICE, clock.now(), "paper_answered", paper, summary="回复")
    session.commit()
    assert TodoKind.REPLY not in kinds(session, hand.handler)


def test_a_task_is_on_the_list_of_whom_it_was_given_to(session, hand):
    mine, other = (an_account(role=Role.UNIT, unit_id=hand.scene.units[0].id) for _ in range(2))
    session.add_all([mine, other])
    session.commit()
    unit_tasks.give_task(session, hand.matter.id, TaskGiven("核对台账", mine.id), actor=hand.handler, now=clock.now())
    session.commit()
    assert TodoKind.TASK in kinds(session, replace(hand.handler, account_id=mine.id))
    assert TodoKind.TASK not in kinds(session, replace(hand.handler, account_id=other.id))


def test_the_counts_are_those_of_the_rows(session, hand):
    days, today = contact_days(session, hand.handler), date(2026, 11, 30)
    counts = todo_counts(session, hand.handler, TodoFilter(), days=days, now=start_of(today))
    assert counts[TodoKind.CONTACT] == (1, 1)
    assert counts[TodoKind.HANDLE] == (1, 0)
    late = todo_counts(session, hand.handler, TodoFilter(overdue=True), days=days, now=start_of(today))
    assert sum(number for number, _ in late.values()) == 1


def test_filters_narrow_and_sorts_hold_on_every_page(session, hand):
    assert kinds(session, hand.handler, kind=TodoKind.CONTACT) == [TodoKind.CONTACT]
    assert kinds(session, hand.handler, due_until=date(2026, 11, 27)) == [TodoKind.CONTACT]
    assert len(todo(session, hand.handler, words=hand.matter.number)) == 2
    assert todo(session, hand.handler, words="没有这样的词") == []
    days = contact_days(session, hand.handler)
    for sort in ("due", "kind", "number", "enterprise"):
        seen, after = [], None
        while True:
            wanted = Wanted(sort, after=after, size=1)
            page = todo_rows(session, hand.handler, TodoFilter(), wanted, days=days, now=clock.now())
            seen += [it.kind for it in page.rows]
            after = page.next_key
            if after is None:
                break
        assert sorted(seen) == sorted([TodoKind.CONTACT, TodoKind.HANDLE]), sort


def test_the_page_lists_what_waits_and_leads_to_where_it_is_done(session, hand, sign_in):
    lead = sign_in(Role.UNIT, unit=hand.scene.units[0])
    page = text_of(lead.get("/matters/mine"))
    assert f'href="/matters/{hand.matter.id}/report"' in page
    assert "联系企业 1" in page
    fragment = text_of(lead.get("/matters/mine", headers={"HX-Request": "true"})).strip()
    assert fragment.startswith('<div id="todo_list"')
    assert fragment in text_of(lead.get("/matters/mine"))


def test_an_empty_list_says_so(session, sign_in):
    assert "都办完了" in text_of(sign_in(Role.UNIT).get("/matters/mine"))


def test_the_list_is_exported_as_it_is_filtered(session, hand, sign_in):
    answer = sign_in(Role.UNIT, unit=hand.scene.units[0]).get("/matters/mine.xlsx?kind=contact")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows] == ["待办", "联系企业"]


def test_only_units_have_a_to_do_list_of_units(hand, sign_in):
    assert sign_in(Role.OFFICE).get("/matters/mine").status_code == 403


def test_the_page_costs_few_statements_however_long_the_list(session, hand, sign_in, statements):
    lead = sign_in(Role.UNIT, unit=hand.scene.units[0])
    lead.get("/matters/mine")
    statements.clear()
    lead.get("/matters/mine")
    few = len(statements)
    for _ in range(3):
        unit_tasks.give_task(
            session, hand.matter.id, TaskGiven(f"核对台账{_}", handler="申示例"), actor=hand.handler, now=clock.now()
        )
    session.commit()
    statements.clear()
    lead.get("/matters/mine")
    assert len(statements) <= few + 4
    assert few < 15
