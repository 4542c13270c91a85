"""The pages on which units, office and leaders act on a matter in hand."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.domain.extensions import ExtensionState, PauseKind
from portal.domain.matters import MatterClass, MatterState
from portal.domain.objections import ObjectionReason
from portal.domain.people import Role
from portal.domain.progress import ProgressKind
from portal.services import extensions, objections, pauses, results, unit_tasks
from portal.services.objections import ObjectionMade
from portal.services.unit_tasks import TaskGiven
from portal.store.models.handling import Extension, HandlingFile, Objection, Progress, UnitTask
from portal.store.models.slips import Slip
from tests.handled_matters import SOLVED, a_matter_in_hand, closed

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
REASON = "需要等待上级部门批复，预计两周后方能办结。"


def text_of(answer):
    return answer.get_data(as_text=True)


@pytest.fixture
def hand(session):
    """A matter whose lead unit signed for it just now."""
    return a_matter_in_hand(session, now=clock.now())


@pytest.fixture
def lead(hand, sign_in):
    return sign_in(Role.UNIT, unit=hand.scene.units[0])


@pytest.fixture
def office(hand, sign_in):
    return sign_in(Role.OFFICE)


def later(days):
    return (clock.today() + timedelta(days=days)).isoformat()


def seen(hand):
    return {"version": str(hand.matter.version)}


# --- progress and files ----------------------------------------------------------


def told(**given):
    return {
        "kind": "progress",
        "told": "已到企业现场核实情况。",
        "next_step": "会同财政部门审核",
        "form_token": "t1",
    } | given


def test_a_unit_reports_progress_with_files_that_others_on_the_matter_can_open(session, hand, lead, office):
    answer = lead.post(
        f"/matters/{hand.matter.id}/report",
        data=told(files=[(io.BytesIO(PDF), "现场记录.pdf"), (io.BytesIO(PDF + b"\n"), "照片说明.pdf")]),
    )
    assert answer.status_code == 303, text_of(answer)
    kept = session.scalars(select(HandlingFile).order_by(HandlingFile.id)).all()
    assert len(kept) == 2
    opened = office.get(f"/matters/{hand.matter.id}/files/{kept[0].id}")
    assert (opened.status_code, opened.data, opened.mimetype) == (200, PDF, "application/pdf")
    assert "sandbox" in opened.headers["Content-Security-Policy"]


def test_the_same_report_sent_twice_is_one(session, hand, lead):
    for _ in range(2):
        assert lead.post(f"/matters/{hand.matter.id}/report", data=told()).status_code == 303
    assert session.scalar(select(func.count(Progress.id))) == 1


def test_the_same_words_sent_again_after_going_back_are_one(session, hand, lead):
    there = f"/matters/{hand.matter.id}/report"
    for token in ("t1", "t2"):
        sent = told(form_token=token, files=[(io.BytesIO(PDF), "现场记录.pdf")])
        assert lead.post(there, data=sent).status_code == 303
    assert session.scalar(select(func.count(Progress.id))) == 1
    assert session.scalar(select(func.count(HandlingFile.id))) == 1
    lead.post(there, data=told(form_token="t3", files=[(io.BytesIO(PDF + b"\n"), "补充照片.pdf")]))
    assert session.scalar(select(func.count(Progress.id))) == 2


def test_a_refused_report_keeps_what_was_typed_and_the_files_that_came(session, hand, lead):
    answer = lead.post(
        f"/matters/{hand.matter.id}/report",
        data=told(kind="contact", files=[(io.BytesIO(PDF), "现场记录.pdf")]),
    )
    page = text_of(answer)
    assert answer.status_code == 422
    assert "请填写联系企业的日期" in page
    assert "已到企业现场核实情况。" in page
    assert "已收到 现场记录.pdf" in page
    kept = page.split('name="kept"')[1].split('value="')[1].split('"')[0]
    again = lead.post(f"/matters/{hand.matter.id}/report", data=told(kept=kept))
    assert again.status_code == 303
    assert session.scalar(select(func.count(HandlingFile.id))) == 1


@pytest.mark.parametrize("days,said", [(1, "不能晚于今天"), (-400, "不能早于接待日")])
def test_an_enterprise_was_spoken_with_between_the_reception_and_today(session, hand, lead, days, said):
    answer = lead.post(f"/matters/{hand.matter.id}/report", data=told(kind="contact", contacted_on=later(days)))
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert session.scalar(select(func.count(Progress.id))) == 0


def test_a_file_that_is_none_is_refused_beside_its_field(session, hand, lead):
    answer = lead.post(f"/matters/{hand.matter.id}/report", data=told(files=[(io.BytesIO(b"MZ no paper"), "报告.pdf")]))
    assert answer.status_code == 422
    assert "内容不是PDF" in text_of(answer)
    assert session.scalar(select(func.count(Progress.id))) == 0


def test_a_file_is_not_given_to_a_unit_that_has_nothing_to_do_with_the_matter(session, hand, lead, sign_in):
    lead.post(f"/matters/{hand.matter.id}/report", data=told(files=[(io.BytesIO(PDF), "现场记录.pdf")]))
    file_id = session.scalars(select(HandlingFile.id)).one()
    stranger = sign_in(Role.UNIT, unit=hand.scene.units[2])
    assert stranger.get(f"/matters/{hand.matter.id}/files/{file_id}").status_code == 404
    other = hand.scene.matters[1]
    assert lead.get(f"/matters/{other.id}/files/{file_id}").status_code == 404


def test_an_assisting_unit_answers_the_lead_unit_once(session, hand, sign_in):
    helper = sign_in(Role.UNIT, unit=hand.scene.units[1])
    answer = helper.post(
        f"/matters/{hand.matter.id}/answer", data={"told": "本单位已核实，无异议。", "form_token": "a1"}
    )
    assert answer.status_code == 303
    line = hand.slip.assisting[0]
    session.refresh(line)
    assert line.answered_at is not None
    assert session.scalars(select(Progress.kind)).all() == [ProgressKind.ANSWER]
    assert "本单位已答复牵头单位" in text_of(helper.get(f"/matters/{hand.matter.id}/answer"))


# --- sending back ----------------------------------------------------------------


def sent_back(**given):
    return {"reasons": ["not_our_duty"], "told": "该事项不属于本单位的职责范围。"} | given


def test_a_unit_sends_a_matter_back_and_the_office_rules(session, hand, lead, office):
    answer = lead.post(
        f"/matters/{hand.matter.id}/object",
        data=sent_back(proposed_unit_id=str(hand.scene.units[2].id), **seen(hand)),
    )
    assert answer.status_code == 303, text_of(answer)
    session.refresh(hand.matter)
    assert hand.matter.state is MatterState.OBJECTED
    page = text_of(office.get(f"/matters/{hand.matter.id}/ruling"))
    assert "不属于本单位职责" in page
    assert hand.scene.units[2].short_name in page
    ruled = office.post(
        f"/matters/{hand.matter.id}/ruling", data={"ruling": "upheld", "told": "确属其他单位职责", **seen(hand)}
    )
    assert ruled.status_code == 303
    session.refresh(hand.matter)
    assert hand.matter.state is MatterState.AWAITING_ASSIGNMENT
    assert lead.get(f"/matters/{hand.matter.id}").status_code == 404


def test_a_return_without_a_reason_is_refused_beside_the_field(session, hand, lead):
    answer = lead.post(f"/matters/{hand.matter.id}/object", data=sent_back(reasons=[], **seen(hand)))
    assert answer.status_code == 422
    assert "请至少勾选一条退回理由" in text_of(answer)
    assert "该事项不属于本单位的职责范围。" in text_of(answer)


def test_everything_a_return_lacks_is_said_at_once(hand, lead):
    page = text_of(lead.post(f"/matters/{hand.matter.id}/object", data=sent_back(reasons=[], told="", **seen(hand))))
    assert "请至少勾选一条退回理由" in page
    assert "请写明退回理由" in page


def test_a_second_ruling_is_refused_and_keeps_what_was_typed(session, hand, office):
    made = ObjectionMade({ObjectionReason.OTHER}, "该事项不属于本单位的职责范围。")
    objections.object_to(session, hand.matter.id, made, actor=hand.handler, now=clock.now())
    session.commit()
    ruling = {"ruling": "dismissed", "told": "仍由原单位办理", **seen(hand)}
    assert office.post(f"/matters/{hand.matter.id}/ruling", data=ruling).status_code == 303
    again = office.post(f"/matters/{hand.matter.id}/ruling", data=ruling)
    assert again.status_code == 409
    assert "仍由原单位办理" in text_of(again)
    assert session.scalars(select(Objection.ruling)).one().value == "dismissed"


# --- more time -------------------------------------------------------------------


def test_a_unit_asks_for_more_time_and_the_office_grants_it(session, hand, lead, office):
    due = hand.matter.due_on + timedelta(days=9)
    asked = {"until_on": due.isoformat(), "reason": REASON, **seen(hand)}
    assert lead.post(f"/matters/{hand.matter.id}/extension", data=asked).status_code == 303
    assert REASON in text_of(office.get(f"/matters/{hand.matter.id}/extension/decision"))
    granted = office.post(
        f"/matters/{hand.matter.id}/extension/decision",
        data={"decision": "grant", "told_on": clock.today().isoformat(), **seen(hand)},
    )
    assert granted.status_code == 303
    session.refresh(hand.matter)
    assert hand.matter.due_on == due
    assert session.scalars(select(Extension.enterprise_told_on)).one() == clock.today()


def test_refusing_more_time_needs_a_reason(session, hand, office):
    until = hand.matter.due_on + timedelta(days=9)
    extensions.ask_extension(session, hand.matter.id, until, REASON, actor=hand.handler, now=clock.now())
    session.commit()
    answer = office.post(f"/matters/{hand.matter.id}/extension/decision", data={"decision": "refuse", **seen(hand)})
    assert answer.status_code == 422
    assert "不同意延期的，请写明理由" in text_of(answer)


def test_nobody_is_told_of_more_time_in_the_future(session, hand, office):
    until = hand.matter.due_on + timedelta(days=9)
    extensions.ask_extension(session, hand.matter.id, until, REASON, actor=hand.handler, now=clock.now())
    session.commit()
    granted = {"decision": "grant", "told_on": later(3), **seen(hand)}
    answer = office.post(f"/matters/{hand.matter.id}/extension/decision", data=granted)
    assert answer.status_code == 422
    assert "告知企业的日期不能晚于今天" in text_of(answer)
    assert session.scalars(select(Extension.state)).one() is ExtensionState.ASKED


def test_more_time_that_is_used_up_is_not_offered(session, hand, lead):
    until = hand.matter.due_on + timedelta(days=1)
    extensions.ask_extension(session, hand.matter.id, until, REASON, actor=hand.handler, now=clock.now())
    extensions.decide_extension(session, hand.matter.id, grant=True, actor=hand.signer, now=clock.now())
    session.commit()
    assert "延期次数已用完" in text_of(lead.get(f"/matters/{hand.matter.id}/extension"))
    page = text_of(lead.get(f"/matters/{hand.matter.id}"))
    assert f'href="/matters/{hand.matter.id}/extension"' not in page


def test_more_time_for_class_a_is_offered_to_leaders_only(session, hand, office, sign_in):
    until = hand.matter.due_on + timedelta(days=1)
    extensions.ask_extension(session, hand.matter.id, until, REASON, actor=hand.handler, now=clock.now())
    hand.matter.matter_class = MatterClass.A
    session.commit()
    there = f"/matters/{hand.matter.id}/extension/decision"
    assert "A类事项的延期由签批领导或牵头领导审批" in text_of(office.get(there))
    leader = sign_in(Role.LEADER, leader_id=hand.scene.receiver.id)
    assert "act_form" in text_of(leader.get(there))


def test_a_unit_takes_its_request_back(session, hand, lead):
    until = hand.matter.due_on + timedelta(days=9)
    extensions.ask_extension(session, hand.matter.id, until, REASON, actor=hand.handler, now=clock.now())
    session.commit()
    assert "撤回延期申请" in text_of(lead.get(f"/matters/{hand.matter.id}"))
    assert lead.post(f"/matters/{hand.matter.id}/extension/withdraw", data=seen(hand)).status_code == 303
    assert session.scalars(select(Extension.state)).one() is ExtensionState.WITHDRAWN


# --- pauses ----------------------------------------------------------------------


def test_the_office_suspends_and_resumes(session, hand, office):
    paused = {"reason": "等待法院判决结果再行办理", "review_on": later(20), **seen(hand)}
    assert office.post(f"/matters/{hand.matter.id}/suspend", data=paused).status_code == 303
    session.refresh(hand.matter)
    assert hand.matter.state is MatterState.SUSPENDED
    resumed = {"why": "判决已经生效，可以办理", **seen(hand)}
    assert office.post(f"/matters/{hand.matter.id}/resume", data=resumed).status_code == 303
    session.refresh(hand.matter)
    assert hand.matter.state is MatterState.HANDLING


def test_long_term_hold_is_the_leaders(session, hand, office, sign_in):
    data = {"reason": "须待上级规划批复后方能办理", "review_on": later(60), **seen(hand)}
    refused = office.post(f"/matters/{hand.matter.id}/hold", data=data)
    assert refused.status_code == 422
    assert "挂账由签批领导或牵头领导决定" in text_of(refused)
    leader = sign_in(Role.LEADER, leader_id=hand.scene.receiver.id)
    assert leader.post(f"/matters/{hand.matter.id}/hold", data=data).status_code == 303
    session.refresh(hand.matter)
    assert hand.matter.state is MatterState.LONG_TERM
    pauses.resume(session, hand.matter.id, "规划已经批复", actor=hand.signer, now=clock.now())
    session.commit()


def test_long_term_hold_is_not_offered_to_those_who_may_not_decide_it(hand, office, sign_in):
    there = f"/matters/{hand.matter.id}"
    assert f'href="{there}/hold"' not in text_of(office.get(there))
    assert "挂账由签批领导或牵头领导决定" in text_of(office.get(f"{there}/hold"))
    leader = sign_in(Role.LEADER, leader_id=hand.scene.receiver.id)
    assert f'href="{there}/hold"' in text_of(leader.get(there))


def test_a_date_in_the_past_is_no_day_of_review(session, hand, office):
    data = {"reason": "等待法院判决结果再行办理", "review_on": later(-1), **seen(hand)}
    answer = office.post(f"/matters/{hand.matter.id}/suspend", data=data)
    assert answer.status_code == 422
    assert "复核日期应在明天至一年以内" in text_of(answer)


# --- its end, and a new beginning -------------------------------------------------


def test_the_office_writes_down_that_the_enterprise_has_taken_its_matter_back(session, hand, office):
    answer = office.post(f"/matters/{hand.matter.id}/withdraw", data={"why": "企业已自行解决", **seen(hand)})
    assert answer.status_code == 303
    assert "企业撤回" in text_of(office.get(f"/matters/{hand.matter.id}"))


def test_a_new_instruction_leads_to_the_draft_of_the_next_slip(session, hand, office):
    closed(session, hand, now=clock.now())
    session.commit()
    answer = office.post(
        f"/matters/{hand.matter.id}/instruct-anew", data={"instruction": "请再核实资金到账情况", **seen(hand)}
    )
    draft = session.scalars(select(Slip).where(Slip.follows_id == hand.slip.id)).one()
    assert (answer.status_code, answer.location) == (303, f"/slips/{draft.id}")
    assert f"/slips/{hand.slip.id}" in text_of(office.get(f"/slips/{draft.id}"))
    assert f"/slips/{draft.id}" in text_of(office.get(f"/slips/{hand.slip.id}"))


def test_who_decided_meanwhile_is_said_and_nothing_is_lost(session, hand, office):
    stale = seen(hand)
    pauses.pause(
        session, hand.matter.id, PauseKind.SUSPENSION, "等待法院判决结果再行办理", clock.today() + timedelta(days=20),
        actor=hand.signer, now=clock.now(),
    )  # fmt: skip
    session.commit()
    answer = office.post(f"/matters/{hand.matter.id}/withdraw", data={"why": "企业已自行解决", **stale})
    assert answer.status_code == 409
    assert "企业已自行解决" in text_of(answer)
    session.refresh(hand.matter)
    assert hand.matter.state is MatterState.SUSPENDED


# --- tasks inside a unit ----------------------------------------------------------


def test_a_unit_splits_a_matter_among_its_people(session, hand, lead, office):
    there = f"/matters/{hand.matter.id}/tasks"
    assert lead.post(there, data={"what": "核对补贴资金台账", "handler": "申示例"}).status_code == 303
    task = session.scalars(select(UnitTask)).one()
    assert "核对补贴资金台账" in text_of(lead.get(there))
    assert lead.post(f"/matters/tasks/{task.id}", data={"outcome": "台账已核对无误"}).status_code == 303
    assert "台账已核对无误" in text_of(lead.get(there))
    assert office.get(there).status_code == 403


def test_a_task_without_anybody_is_refused_beside_its_field(hand, lead):
    answer = lead.post(f"/matters/{hand.matter.id}/tasks", data={"what": "核对补贴资金台账"})
    assert answer.status_code == 422
    assert "请选择经办人" in text_of(answer)


def test_a_task_of_another_unit_is_not_found(session, hand, lead, sign_in):
    task = unit_tasks.give_task(
        session, hand.matter.id, TaskGiven("核对台账", handler="申示例"), actor=hand.handler, now=clock.now()
    )
    session.commit()
    helper = sign_in(Role.UNIT, unit=hand.scene.units[1])
    assert helper.get(f"/matters/tasks/{task.id}").status_code == 404
    assert helper.post(f"/matters/tasks/{task.id}", data={"outcome": "已经核对"}).status_code == 404


# --- who may ---------------------------------------------------------------------


@pytest.mark.parametrize("page", ["report", "answer", "object", "extension", "extension/withdraw", "tasks"])
def test_only_units_open_the_pages_of_units(hand, office, lead, page):
    assert lead.get(f"/matters/{hand.matter.id}/{page}").status_code == 200
    assert office.get(f"/matters/{hand.matter.id}/{page}").status_code == 403


@pytest.mark.parametrize(
    "page", ["ruling", "extension/decision", "suspend", "hold", "resume", "withdraw", "instruct-anew"]
)
def test_units_do_not_open_the_pages_of_those_who_decide(hand, office, lead, page):
    assert lead.get(f"/matters/{hand.matter.id}/{page}").status_code == 403
    assert office.get(f"/matters/{hand.matter.id}/{page}").status_code == 200


def test_an_act_that_is_not_possible_now_says_why_instead_of_a_form(hand, office):
    page = text_of(office.get(f"/matters/{hand.matter.id}/resume"))
    assert "事项现为“在办”，不能恢复办理" in page
    assert "act_form" not in page


def test_the_page_offers_a_unit_its_acts_and_says_why_not_the_others(hand, lead, sign_in):
    page = text_of(lead.get(f"/matters/{hand.matter.id}"))
    for word in ("报告进展", "申请延期", "退回（异议）", "分派经办人"):
        assert f">{word}</a>" in page, word
    assert ">中止</a>" not in page
    helper = text_of(sign_in(Role.UNIT, unit=hand.scene.units[1]).get(f"/matters/{hand.matter.id}"))
    assert ">答复牵头单位</a>" in helper
    assert ">申请延期</a>" not in helper


def test_what_is_too_late_to_ask_for_is_not_offered_and_says_until_when_it_was(hand, sign_in):
    clock.stand_at(clock.now() + timedelta(days=20))
    lead = sign_in(Role.UNIT, unit=hand.scene.units[0])
    page = text_of(lead.get(f"/matters/{hand.matter.id}"))
    assert ">申请延期</a>" not in page
    assert ">退回（异议）</a>" not in page
    assert "延期申请须在 12月4日 周五 前提出，已过期限" in page
    assert "退回须在 11月23日 周一 前提出，已过期限" in page
    assert "已过期限" in text_of(lead.get(f"/matters/{hand.matter.id}/object"))


def test_a_leader_decides_only_what_is_his_own(session, hand, sign_in):
    due = hand.matter.due_on + timedelta(days=9)
    extensions.ask_extension(session, hand.matter.id, due, REASON, actor=hand.handler, now=clock.now())
    session.commit()
    official = sign_in(Role.LEADER, leader_id=hand.scene.official.id)
    assert ">审批延期</a>" in text_of(official.get(f"/matters/{hand.matter.id}"))
    other = sign_in(Role.LEADER, leader_id=hand.scene.other.id)
    data = {"decision": "grant", **seen(hand)}
    assert other.post(f"/matters/{hand.matter.id}/extension/decision", data=data).status_code == 404
    assert official.post(f"/matters/{hand.matter.id}/extension/decision", data=data).status_code == 303


def test_the_acts_of_a_matter_nobody_sees_are_not_found(hand, sign_in):
    stranger = sign_in(Role.UNIT, unit=hand.scene.units[2])
    for page in ("report", "tasks", "object"):
        assert stranger.get(f"/matters/{hand.matter.id}/{page}").status_code == 404


def test_a_matter_on_the_list_of_look_backs_is_not_put_there_again(session, hand, office):
    closed(session, hand, now=clock.now())
    session.commit()
    there = f"/matters/{hand.matter.id}"
    assert f'href="{there}/look-back"' in text_of(office.get(there))
    assert office.post(f"{there}/look-back", data={"planned_on": later(5), **seen(hand)}).status_code == 303
    assert f'href="{there}/look-back"' not in text_of(office.get(there))
    assert "已列入回头看" in text_of(office.get(f"{there}/look-back"))


def test_a_result_that_is_not_signed_yet_is_not_called_unreported(session, hand, office):
    results.propose_result(session, hand.matter.id, SOLVED, actor=hand.handler, now=clock.now())
    session.commit()
    page = text_of(office.get(f"/matters/{hand.matter.id}"))
    assert "单位拟报：已解决" in page
    assert "未报送" not in page
