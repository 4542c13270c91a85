"""The forms of closing from the record, at every step: what has not happened is room for the pen."""

from datetime import timedelta

import pytest

from portal.documents.companion_papers import companion_paper
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.look_backs import Finding
from portal.domain.people import Actor, Role
from portal.services import closing, look_backs, result_opinions, results
from portal.services.closing_sheets import closing_form_sheet, look_back_sheet, result_report_sheet
from portal.services.look_backs import Found
from portal.store.models.office import OfficeSetting
from tests.handled_matters import CONTENT, SOLVED, a_matter_in_hand, closed
from tests.slip_builders import NOW, OFFICE

SUPERVISOR = Actor(70, "督查室甲", Role.SUPERVISOR)


def test_the_closing_form_fills_up_step_by_step(session):
    it = a_matter_in_hand(session)
    with pytest.raises(RuleBroken, match="还没有报送"):
        closing_form_sheet(session, it.matter.id, actor=OFFICE, now=NOW)
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    first = closing_form_sheet(session, it.matter.id, actor=it.handler, now=NOW)
    assert (first.result, first.unit.name, first.head.name, first.leader.on) == ("已解决", "经办人", "", None)
    results.head_signs(session, it.matter.id, "纸面签字人", actor=OFFICE, now=NOW)
    result_opinions.give_opinion(session, it.matter.id, CONTENT, actor=OFFICE, now=NOW)
    closing.review(session, it.matter.id, passed=True, actor=OFFICE, now=NOW)
    closing.approve_closing(session, it.matter.id, approved=True, remark="同意", actor=it.signer, now=NOW)
    last = closing_form_sheet(session, it.matter.id, actor=OFFICE, now=NOW)
    assert (last.head.name, last.head.opinion) == ("纸面签字人", f"纸面签字，由{OFFICE.name}登记。")
    assert (last.grade, last.enterprise.name, last.enterprise.opinion) == (
        "满意", "企业负责人", "完全解决（电话询问）。",
    )  # fmt: skip
    assert (last.federation.name, last.leader.name, last.leader.opinion) == (OFFICE.name, it.signer.name, "同意")
    assert companion_paper(last).startswith(b"%PDF")


def test_only_the_matter_itself_stands_on_its_form(session):
    it = a_matter_in_hand(session)
    second = it.scene.matters[1]
    results.propose_result(session, second.id, SOLVED, actor=it.handler, now=NOW)
    sheet = result_report_sheet(session, second.id, actor=it.handler, now=NOW)
    assert [line.title for line in sheet.matters] == [second.title]
    assert sheet.answered is False
    assert companion_paper(sheet).startswith(b"%PDF")


def test_a_step_that_was_left_out_says_so_on_paper(session):
    it = a_matter_in_hand(session)
    session.add(OfficeSetting(name="enterprise_confirms", value=False))
    session.flush()
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    results.head_signs(session, it.matter.id, actor=it.head, now=NOW)
    sheet = closing_form_sheet(session, it.matter.id, actor=OFFICE, now=NOW)
    assert sheet.enterprise.opinion == "工作设置不征求企业意见。"


def test_a_look_back_is_printed_before_and_after(session):
    it = a_matter_in_hand(session)
    closed(session, it)
    waits = look_backs.order_look_back(session, it.matter.id, NOW.date(), actor=OFFICE, now=NOW)
    before = look_back_sheet(session, waits.id, actor=SUPERVISOR, now=NOW)
    assert (before.findings, before.state, before.looked_on) == ("", "", None)
    later = NOW + timedelta(days=1)
    found = Found(Finding.FAKE, "佐证照片不是该企业厂区。没有接通。", later.date(), "厂长")
    look_backs.record_look_back(session, waits.id, found, actor=SUPERVISOR, now=later)
    after = look_back_sheet(session, waits.id, actor=SUPERVISOR, now=later)
    assert (after.state, after.outcome, after.recorder) == ("未落实", "重新办理", "督查室甲")
    assert after.findings.startswith("虚假销号。")
    assert companion_paper(after).startswith(b"%PDF")


def test_nobody_prints_the_form_of_a_matter_he_may_not_see(session):
    it = a_matter_in_hand(session)
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    stranger = Actor(44, "别的单位", Role.UNIT, unit_id=it.scene.units[2].id)
    with pytest.raises(NotFound):
        closing_form_sheet(session, it.matter.id, actor=stranger, now=NOW)
