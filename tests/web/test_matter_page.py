"""A matter's page: its whole course, the steps it passed, and what nobody may read there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal import clock
from portal.domain.chasing import MeasureKind
from portal.domain.look_backs import Finding
from portal.domain.objections import ObjectionReason, Ruling
from portal.domain.people import Actor, Role
from portal.domain.progress import ProgressKind
from portal.domain.results import AskedHow, Grade, Resolved
from portal.domain.voices import WordKind
from portal.services import call_backs, look_backs, objections, result_opinions, results, slip_receipts, unit_tasks
from portal.services.call_backs import Called
from portal.services.look_backs import Found
from portal.services.objections import ObjectionMade
from portal.services.progress import ProgressTold, report_progress
from portal.services.unit_tasks import TaskGiven
from portal.store.audit_trail import record
from portal.store.models.chasing import Measure
from portal.store.models.voices import EnterpriseWord
from portal.store.queries.course_of_matter import course_of_matter
from portal.web.filters import short_date
from tests.handled_matters import CONTESTED, EVIDENCE, SOLVED, a_matter_in_hand, closed
from tests.slip_builders import OFFICE

NOT_OURS = ObjectionMade({ObjectionReason.NOT_OUR_DUTY}, "该事项不属于本单位的职责范围。", basis="三定规定第五条")


def text_of(answer):
    return answer.get_data(as_text=True)


@pytest.fixture
def hand(session):
    return a_matter_in_hand(session, now=clock.now())


def page_for(browser, hand):
    return text_of(browser.get(f"/matters/{hand.matter.id}"))


def lines(session, actor, hand):
    return course_of_matter(session, actor, hand.matter.id, hand.matter.booking_id).lines


def test_the_timeline_tells_progress_in_full_with_its_files(session, hand, sign_in):
    told = ProgressTold(
        ProgressKind.CONTACT,
        "已与企业负责人当面沟通，" + "逐项核对材料" * 20,
        "会同财政部门审核",
        clock.today(),
        (EVIDENCE,),
    )
    report_progress(session, hand.matter.id, told, actor=hand.handler, now=clock.now())
    session.commit()
    page = page_for(sign_in(Role.OFFICE), hand)
    assert "逐项核对材料" * 20 in page
    assert "下一步：会同财政部门审核" in page
    assert f"/matters/{hand.matter.id}/files/" in page
    assert "批复.pdf" in page


def test_the_timeline_writes_days_as_the_office_does_and_leaves_numbers_alone(session, hand, sign_in):
    told = ProgressTold(ProgressKind.CONTACT, "文件号 2026-13-40 已核对无误。", "", clock.today())
    report_progress(session, hand.matter.id, told, actor=hand.handler, now=clock.now())
    session.commit()
    page = page_for(sign_in(Role.OFFICE), hand)
    assert f"联系企业：{short_date(clock.today())}" in page
    assert "2026-13-40" in page
    assert clock.today().isoformat() not in page.partition("办理过程")[2].partition("前期核实")[0]


def test_that_a_paper_was_put_away_is_no_part_of_the_course(session, hand):
    record(session, Actor.system(), clock.now(), "paper_kept", hand.slip, summary="存档第 2 版签批件")
    session.commit()
    assert "paper_kept" not in [it.act for it in lines(session, OFFICE, hand)]


def test_the_timeline_tells_a_return_its_basis_and_its_ruling(session, hand, sign_in):
    objections.object_to(session, hand.matter.id, NOT_OURS, actor=hand.handler, now=clock.now())
    objections.rule_on_objection(
        session, hand.matter.id, Ruling.DISMISSED, "三定规定第五条适用于本事项", actor=OFFICE, now=clock.now()
    )
    session.commit()
    page = page_for(sign_in(Role.OFFICE), hand)
    for words in ("不属于本单位职责", "该事项不属于本单位的职责范围。", "依据：三定规定第五条", "适用于本事项"):
        assert words in page, words


def test_the_timeline_tells_both_rounds_of_a_contested_closing(session, hand, sign_in):
    results.propose_result(session, hand.matter.id, SOLVED, actor=hand.handler, now=clock.now())
    results.head_signs(session, hand.matter.id, actor=hand.head, now=clock.now())
    result_opinions.give_opinion(session, hand.matter.id, CONTESTED, actor=OFFICE, now=clock.now())
    second = replace(SOLVED, told="已补发余款，企业确认到账无误。")
    results.propose_result(session, hand.matter.id, second, actor=hand.handler, now=clock.now())
    session.commit()
    page = page_for(sign_in(Role.OFFICE), hand)
    assert page.index(second.told) < page.index("款项至今没有到账") < page.index(SOLVED.told)
    assert "第 2 轮办理" in page


def test_what_was_passed_before_a_contest_counts_no_more(session, hand):
    results.propose_result(session, hand.matter.id, SOLVED, actor=hand.handler, now=clock.now())
    results.head_signs(session, hand.matter.id, actor=hand.head, now=clock.now())
    session.commit()
    acts = [it.act for it in lines(session, OFFICE, hand)]
    assert acts[:2] == ["result_signed", "result_proposed"]
    result_opinions.give_opinion(session, hand.matter.id, CONTESTED, actor=OFFICE, now=clock.now())
    session.commit()
    assert hand.matter.round == 2


def test_a_look_back_is_part_of_the_course(session, hand, sign_in):
    closed(session, hand, now=clock.now())
    planned = look_backs.order_look_back(
        session, hand.matter.id, clock.today() + timedelta(days=5), actor=OFFICE, now=clock.now()
    )
    session.flush()
    look_backs.record_look_back(
        session, planned.id, look_backs.Found(Finding.HOLDS, "走访企业，补贴已到账。", clock.today()),
        actor=Actor(77, "督查", Role.SUPERVISOR), now=clock.now(),
    )  # fmt: skip
    session.commit()
    page = page_for(sign_in(Role.SUPERVISOR), hand)
    assert "回头看：落实到位" in page
    assert "走访企业，补贴已到账。" in page


def test_units_are_never_shown_what_an_enterprise_wrote_of_them(session, hand, sign_in):
    word = EnterpriseWord(
        booking_id=hand.matter.booking_id, matter_id=hand.matter.id, kind=WordKind.BREACH,
        told="经办人要求企业另付费用", at=clock.now(),
    )  # fmt: skip
    session.add(word)
    session.flush()
    record(
        session, Actor.enterprise("企业"), clock.now(), "enterprise_wrote", hand.matter,
        summary=f"企业来言：{WordKind.BREACH.label}", word=word.id,
    )  # fmt: skip
    session.commit()
    office = page_for(sign_in(Role.OFFICE), hand)
    assert "经办人要求企业另付费用" in office
    for unit in hand.scene.units[:2]:
        page = page_for(sign_in(Role.UNIT, unit=unit), hand)
        assert "经办人要求企业另付费用" not in page
        assert WordKind.BREACH.label not in page


def test_what_a_unit_arranges_inside_is_shown_to_nobody_else(session, hand):
    unit_tasks.give_task(
        session, hand.matter.id, TaskGiven("核对台账", handler="申示例"), actor=hand.handler, now=clock.now()
    )
    session.commit()
    assert "task_given" in [it.act for it in lines(session, hand.handler, hand)]
    for other in (hand.helper, OFFICE, hand.signer):
        assert "task_given" not in [it.act for it in lines(session, other, hand)]


def test_who_spoke_for_the_enterprise_is_named_to_the_office_only(session, hand, sign_in):
    results.propose_result(session, hand.matter.id, SOLVED, actor=hand.handler, now=clock.now())
    results.head_signs(session, hand.matter.id, actor=hand.head, now=clock.now())
    said = replace(CONTESTED, by="华示例")
    result_opinions.give_opinion(session, hand.matter.id, said, actor=OFFICE, now=clock.now())
    session.commit()
    for actor, named in (
        (OFFICE, True),
        (hand.handler, False),
        (hand.helper, False),
        (Actor(77, "督查室", Role.SUPERVISOR), False),
    ):
        told = [text for it in lines(session, actor, hand) for text in it.told]
        assert said.words in told
        assert any("华示例" in text for text in told) is named, actor.role


def test_a_unit_reads_of_measures_against_itself_and_of_no_others(session, hand):
    measure = Measure(
        matter_id=hand.matter.id, unit_id=hand.scene.units[0].id, kind=MeasureKind.TALK, why="多次催办没有进展",
        by="督查室", at=clock.now(),
    )  # fmt: skip
    session.add(measure)
    session.flush()
    record(
        session, Actor(77, "督查室", Role.SUPERVISOR), clock.now(), "measure_taken", hand.matter, summary="约谈",
        measure=measure.id,
    )  # fmt: skip
    session.commit()
    assert "measure_taken" in [it.act for it in lines(session, hand.handler, hand)]
    assert "measure_taken" not in [it.act for it in lines(session, hand.helper, hand)]
    assert "measure_taken" in [it.act for it in lines(session, OFFICE, hand)]


def test_a_unit_that_sent_a_matter_back_reads_its_course_no_more(session, hand):
    objections.object_to(session, hand.matter.id, NOT_OURS, actor=hand.handler, now=clock.now())
    objections.rule_on_objection(session, hand.matter.id, Ruling.UPHELD, "确属其他单位", actor=OFFICE, now=clock.now())
    session.commit()
    assert not lines(session, hand.handler, hand)
    assert "objection_upheld" in [it.act for it in lines(session, OFFICE, hand)]


def test_the_course_costs_four_statements_however_much_happened(session, hand, statements):
    slip_receipts.receive_slip(session, hand.slip.id, actor=hand.helper, now=clock.now())
    for number in range(5):
        told = ProgressTold(ProgressKind.PROGRESS, f"第 {number} 次核实情况。", files=(EVIDENCE,))
        report_progress(session, hand.matter.id, told, actor=hand.handler, now=clock.now())
    closed(session, hand, now=clock.now())
    session.commit()
    lines(session, OFFICE, hand)
    statements.clear()
    assert len(lines(session, OFFICE, hand)) > 15
    assert len([it for it in statements if it.startswith("SELECT")]) == 4


def test_a_page_without_much_to_tell_costs_few_statements(hand, sign_in, statements):
    lead = sign_in(Role.UNIT, unit=hand.scene.units[0])
    page_for(lead, hand)
    statements.clear()
    page_for(lead, hand)
    assert len(statements) < 25


def test_who_spoke_for_the_enterprise_is_masked_for_whoever_does_not_see_visitors(session, hand, sign_in):
    results.propose_result(session, hand.matter.id, SOLVED, actor=hand.handler, now=clock.now())
    results.head_signs(session, hand.matter.id, actor=hand.head, now=clock.now())
    said = replace(CONTESTED, by="申示例 总经理")
    result_opinions.give_opinion(session, hand.matter.id, said, actor=OFFICE, now=clock.now())
    session.commit()
    assert "申示例 总经理" in page_for(sign_in(Role.OFFICE), hand)
    supervisor = page_for(sign_in(Role.SUPERVISOR), hand)
    assert CONTESTED.words in supervisor
    assert "申示例 总经理" not in supervisor


def test_a_unit_reads_that_an_enterprise_was_called_back_and_not_what_it_said(session, hand, sign_in):
    closed(session, hand, now=clock.now())
    said = Called(AskedHow.PHONE, Grade.DISCONTENT, Resolved.NOT, "经办人态度不好，问题还在。", "申示例")
    call_backs.record_call_back(session, hand.matter.id, said, actor=OFFICE, now=clock.now())
    session.commit()
    assert said.told in page_for(sign_in(Role.OFFICE), hand)
    unit = page_for(sign_in(Role.UNIT, unit=hand.scene.units[0]), hand)
    assert "回访" in unit
    assert said.told not in unit


def test_a_unit_reads_what_was_found_at_a_look_back_and_not_what_was_said(session, hand, sign_in):
    closed(session, hand, now=clock.now())
    look_back = look_backs.order_look_back(session, hand.matter.id, clock.today(), actor=OFFICE, now=clock.now())
    found = Found(Finding.FAKE, "泵井没有通电，企业负责人反映强烈。", clock.today(), "申示例 总经理")
    look_backs.record_look_back(session, look_back.id, found, actor=SUPERVISOR, now=clock.now())
    session.commit()
    assert found.told in page_for(sign_in(Role.SUPERVISOR), hand)
    unit = page_for(sign_in(Role.UNIT, unit=hand.scene.units[0]), hand)
    assert Finding.FAKE.label in unit
    assert found.told not in unit
    assert found.met_whom not in unit


SUPERVISOR = Actor(5, "督查员", Role.SUPERVISOR)
