"""Closing in the browser: every step on its page, queues that reach zero, batches, files, papers; and what comes after."""

from io import BytesIO

import pytest
from sqlalchemy import select

from portal.domain.matters import MatterState
from portal.domain.people import Role
from portal.services import closing, result_opinions, results
from portal.store.models.handling import Closing, HandlingFile, LookBack
from portal.store.models.matters import Matter
from portal.store.models.people import Account
from portal.store.models.voices import CallBack
from tests.handled_matters import CONTENT, SOLVED, a_matter_in_hand, closed, to_review
from tests.slip_builders import NOW, OFFICE

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF\n"
RESULT = {"result": "solved", "told": "已会同有关部门到现场核实并办结。", "answered_how": "not_yet"}
OPINION = {"resolved": "fully", "grade": "content", "how": "phone", "by": "王示例 总经理"}
POINTS = ["facts", "solved", "lawful", "format"]


@pytest.fixture
def it(session):
    return a_matter_in_hand(session)


@pytest.fixture
def office(sign_in):
    return sign_in(Role.OFFICE)


def heads(session, unit):
    session.execute(Account.__table__.update().where(Account.unit_id == unit.id).values(heads_unit=True))
    session.commit()


def state_of(session, it):
    session.expire_all()
    return session.get(Matter, it.matter.id).state


def page(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status, answer.get_data(as_text=True)[:400]
    return answer.get_data(as_text=True)


def sent(client, address, status=303, **form):
    answer = client.post(address, data=form)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def test_the_whole_way_by_everybodys_pages(session, it, sign_in, office):
    unit = sign_in(Role.UNIT, unit=it.scene.units[0])
    leader = sign_in(Role.LEADER, leader_id=it.scene.receiver.id)
    where = f"/matters/{it.matter.id}"
    sent(unit, f"{where}/propose", files=(BytesIO(PDF), "批复.pdf"), **RESULT)
    assert state_of(session, it) is MatterState.PROPOSED
    assert "批复.pdf" in page(unit, where)
    heads(session, it.scene.units[0])
    assert "待审签 1" in page(unit, "/closings/")
    sent(unit, f"{where}/head-sign", decision="yes")
    told = page(office, f"{where}/opinion")
    assert "新的办结时限" in told
    assert "企业意见" in told
    sent(office, f"{where}/opinion", **OPINION)
    sent(office, f"{where}/review", decision="yes", points=POINTS)
    assert "待销号审批 1" in page(leader, "/closings/")
    sent(leader, f"{where}/approve", decision="yes")
    assert state_of(session, it) is MatterState.CLOSED
    assert "都审批了" in page(leader, "/closings/")
    assert "销号审批表" in page(unit, where)


def test_what_is_missing_is_said_beside_its_field_and_the_file_need_not_be_chosen_again(session, it, sign_in):
    unit, where = sign_in(Role.UNIT, unit=it.scene.units[0]), f"/matters/{it.matter.id}/propose"
    told = sent(unit, where, 422, **(RESULT | {"told": "好"}), files=(BytesIO(PDF), "批复.pdf"))
    assert "不少于 10 个字" in told
    kept = told.split('name="files_kept" value="')[1].split('"')[0]
    assert kept.endswith(":批复.pdf")
    sent(unit, where, files_kept=kept, **RESULT)
    assert session.scalars(select(HandlingFile.caption)).all() == ["批复.pdf"]


def test_a_result_without_evidence_or_with_a_wrong_file_is_refused(session, it, sign_in):
    unit, where = sign_in(Role.UNIT, unit=it.scene.units[0]), f"/matters/{it.matter.id}/propose"
    assert "佐证材料" in sent(unit, where, 422, **RESULT)
    assert "内容不是" in sent(unit, where, 422, files=(BytesIO(b"MZ"), "程序.pdf"), **RESULT)
    assert state_of(session, it) is MatterState.HANDLING


def test_the_same_result_sent_twice_is_one(session, it, sign_in):
    unit, where = sign_in(Role.UNIT, unit=it.scene.units[0]), f"/matters/{it.matter.id}/propose"
    for _ in range(2):
        sent(unit, where, files=(BytesIO(PDF), "批复.pdf"), form_token="a" * 32, **RESULT)
    assert len(session.scalars(select(Closing)).all()) == 1


def test_explained_is_completed_and_not_solved(session, it, sign_in, office):
    unit = sign_in(Role.UNIT, unit=it.scene.units[0])
    heads(session, it.scene.units[0])
    where = f"/matters/{it.matter.id}"
    explained = RESULT | {"result": "explained", "basis": "某办法第八条"}
    sent(unit, f"{where}/propose", files=(BytesIO(PDF), "答复函.pdf"), **explained)
    sent(unit, f"{where}/head-sign", decision="yes")
    told = page(office, where)
    assert "已办结" in told
    assert "不算解决" in told
    assert "未销号" in told


def test_a_head_who_sends_back_says_why(session, it, sign_in):
    unit = sign_in(Role.UNIT, unit=it.scene.units[0])
    heads(session, it.scene.units[0])
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    session.commit()
    where = f"/matters/{it.matter.id}/head-sign"
    assert "请写明理由" in sent(unit, where, 422, decision="no")
    sent(unit, where, decision="no", why="请补充拨款凭证")
    assert state_of(session, it) is MatterState.HANDLING


def test_a_page_shown_before_somebody_else_acted_is_refused_and_keeps_what_was_typed(session, it, office):
    to_review(session, it)
    session.commit()
    seen = it.matter.version
    closing.review(session, it.matter.id, passed=True, actor=OFFICE, now=NOW)
    session.commit()
    form = {"version": seen, "decision": "no", "remark": "材料不全，请补"}
    assert "材料不全，请补" in sent(office, f"/matters/{it.matter.id}/review", 409, **form)


def test_who_may_not_act_reads_why_instead_of_a_form(session, it, sign_in, office):
    assert "现在不能审核办理结果" in page(office, f"/matters/{it.matter.id}/review")
    to_review(session, it)
    closing.review(session, it.matter.id, passed=True, actor=OFFICE, now=NOW)
    session.commit()
    assert "没有授权办公室代批" in page(office, f"/matters/{it.matter.id}/approve")
    stranger = sign_in(Role.UNIT, unit=it.scene.units[2])
    page(stranger, f"/matters/{it.matter.id}/propose", 404)
    assert stranger.get(f"/matters/{it.matter.id}/review").status_code == 403


def test_a_file_is_given_out_only_to_those_who_see_its_matter(session, it, sign_in, office):
    unit = sign_in(Role.UNIT, unit=it.scene.units[0])
    sent(unit, f"/matters/{it.matter.id}/propose", files=(BytesIO(PDF), "批复.pdf"), **RESULT)
    file_id = session.scalar(select(HandlingFile.id))
    answer = office.get(f"/matters/{it.matter.id}/files/{file_id}")
    assert (answer.status_code, answer.data) == (200, PDF)
    stranger = sign_in(Role.UNIT, unit=it.scene.units[2])
    page(stranger, f"/matters/{it.matter.id}/files/{file_id}", 404)


def test_several_are_reviewed_together_and_the_one_that_cannot_go_is_named(session, it, office):
    first, second = it.scene.matters
    to_review(session, it)
    session.commit()
    shown = {"shown": [first.id, second.id], "matters": [first.id, second.id], "points": POINTS, "mode": "rest"}
    results.propose_result(session, second.id, SOLVED, actor=it.handler, now=NOW)
    session.commit()
    assert "不在这一步" in page(office, f"/closings/batch?step=review&matter={first.id}&matter={second.id}")
    refused = sent(office, "/closings/batch?step=review", 422, **(shown | {"mode": "nothing"}))
    assert "全部没有办理" in refused
    assert state_of(session, it) is MatterState.REVIEWING
    told = sent(office, "/closings/batch?step=review", 200, **shown)
    assert "已办理 1 件" in told
    assert "未办理 1 件" in told
    assert state_of(session, it) is MatterState.APPROVING
    again = sent(office, "/closings/batch?step=review", 200, **shown)
    assert "此前已办理 1 件" in again


def test_a_batch_that_was_not_checked_in_every_point_is_not_reviewed_and_keeps_what_was_typed(session, it, office):
    to_review(session, it)
    session.commit()
    shown = {"shown": [it.matter.id], "matters": [it.matter.id], "points": POINTS[:2], "mode": "rest"}
    refused = sent(office, "/closings/batch?step=review", 422, **shown, remark="两件都已到现场核对")
    assert "每一件都核对无误才能批量通过" in refused
    assert "两件都已到现场核对" in refused
    assert state_of(session, it) is MatterState.REVIEWING


def test_a_batch_is_only_for_who_may_do_the_step(session, it, sign_in, office):
    leader = sign_in(Role.LEADER, leader_id=it.scene.receiver.id)
    assert leader.get("/closings/batch?step=review&matter=1").status_code == 403
    assert office.get("/closings/batch").status_code == 303
    assert office.get("/closings/batch?step=review").status_code == 303


def test_a_unit_reports_several_with_each_ones_own_evidence(session, it, sign_in):
    unit = sign_in(Role.UNIT, unit=it.scene.units[0])
    first, second = it.scene.matters
    assert first.number in page(unit, "/closings/propose-together")
    assert "每一件自己的佐证材料" in page(unit, f"/closings/propose-together?matter={first.id}&matter={second.id}")
    form = {
        "shown": [first.id, second.id],
        "matters": [first.id, second.id],
        "mode": "rest",
        "common": (BytesIO(PDF), "纪要.pdf"),
        f"own{first.id}": (BytesIO(PDF + b"1%%EOF"), "甲.pdf"),
        "form_token": "b" * 32,
    }
    told = sent(unit, "/closings/propose-together", 200, **(RESULT | form))
    assert "没有附这一件自己的佐证材料" in told
    assert sorted(session.scalars(select(HandlingFile.caption)).all()) == ["甲.pdf", "纪要.pdf"]


@pytest.mark.parametrize("step", ["", "head", "opinion", "review", "approval", "closed", "all", "nonsense"])
def test_every_queue_opens_for_everybody_of_the_business_and_leaves_as_a_file(session, it, sign_in, step):
    closed(session, it)
    session.commit()
    client = sign_in(Role.SUPERVISOR)
    page(client, f"/closings/?step={step}&q={it.matter.number}&overdue=1")
    assert client.get(f"/closings/closings.xlsx?step={step}").status_code == 200


def test_an_overdue_opinion_asks_to_be_telephoned_about_and_is_never_taken_for_granted(session, it, office, app):
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    results.head_signs(session, it.matter.id, actor=it.head, now=NOW)
    it.matter.step_due_on = NOW.date().replace(day=10)
    session.commit()
    assert "未答复，请电话询问" in page(office, "/closings/?step=opinion")
    assert state_of(session, it) is MatterState.CONFIRMING


def test_the_papers_come_from_the_record(session, it, sign_in, office):
    page(office, f"/closings/{it.matter.id}/closing-form.pdf", 422)
    closed(session, it)
    session.commit()
    for name in ("closing-form", "result-report"):
        answer = office.get(f"/closings/{it.matter.id}/{name}.pdf")
        assert (answer.status_code, answer.data[:4]) == (200, b"%PDF")
    supervisor = sign_in(Role.SUPERVISOR)
    shown = page(supervisor, f"/matters/{it.matter.id}")
    assert "企****" in shown
    assert "企业负责人" not in shown


def test_a_look_back_from_its_order_to_its_finding(session, it, sign_in, office):
    closed(session, it)
    session.commit()
    supervisor = sign_in(Role.SUPERVISOR)
    sent(office, f"/matters/{it.matter.id}/look-back", planned_on="2026-11-25")
    waits = session.scalars(select(LookBack)).one()
    who = session.scalar(select(Account.id).where(Account.role == Role.SUPERVISOR))
    sent(office, f"/look-backs/{waits.id}/assign", assignee_id=who)
    assert it.matter.number in page(supervisor, "/look-backs/?state=mine")
    told = {"finding": "not_done", "told": "到企业现场查看，没有落实。", "done_on": "2026-11-22"}
    assert "回头看的情况" in sent(supervisor, f"/look-backs/{waits.id}/record", 422, **(told | {"told": "没"}))
    sent(supervisor, f"/look-backs/{waits.id}/record", files=(BytesIO(PDF), "现场.pdf"), **told)
    assert state_of(session, it) is MatterState.HANDLING
    assert "现场.pdf" in page(supervisor, f"/look-backs/{waits.id}")
    assert supervisor.get(f"/look-backs/{waits.id}/record-form.pdf").status_code == 200
    assert "已有记录" in page(supervisor, f"/look-backs/{waits.id}/record")
    sent(supervisor, f"/look-backs/{waits.id}/record", 409, **told)
    for state in ("open", "due", "mine", "done", "fake", "all"):
        page(supervisor, f"/look-backs/?state={state}&why=ordered&finding=not_done&q={it.matter.number}")
    assert supervisor.get("/look-backs/look-backs.xlsx?state=all").status_code == 200


def test_a_unit_reads_the_finding_and_not_what_was_said(session, it, sign_in, office):
    closed(session, it)
    session.commit()
    sent(office, f"/matters/{it.matter.id}/look-back", planned_on="2026-11-25")
    waits = session.scalars(select(LookBack)).one()
    told = {"finding": "partly", "told": "企业私下说窗口还在推诿。", "done_on": "2026-11-22"}
    sent(office, f"/look-backs/{waits.id}/record", files=(BytesIO(PDF), "现场.pdf"), **told)
    unit = sign_in(Role.UNIT, unit=it.scene.units[0])
    shown = page(unit, f"/matters/{it.matter.id}")
    assert "部分落实" in shown
    assert "推诿" not in shown
    file_id = session.scalar(select(HandlingFile.id).where(HandlingFile.look_back_id == waits.id))
    page(unit, f"/matters/{it.matter.id}/files/{file_id}", 404)
    assert unit.get(f"/look-backs/{waits.id}").status_code == 403


def test_a_call_back_is_entered_and_a_discontented_one_offers_to_take_the_matter_up_again(session, it, sign_in, office):
    closed(session, it)
    session.commit()
    where = f"/call-backs/{it.matter.id}"
    assert it.matter.number in page(office, "/call-backs/")
    assert "请选择解决程度" in sent(office, where, 422, reached="yes", how="phone", by="王示例")
    assert "没有联系上的" in sent(office, where, 422, reached="no", how="phone")
    sent(office, where, reached="no", how="phone", told="两次拨打无人接听")
    sad = {"resolved": "not", "grade": "discontent", "told": "款项没有到账"}
    sent(office, where, reached="yes", how="phone", by="王示例 总经理", **sad)
    assert "都回访了" in page(office, "/call-backs/")
    assert "重新办理" in page(office, where)
    assert session.scalar(select(LookBack.why)) == "discontent"
    assert len(session.scalars(select(CallBack)).all()) == 2
    sent(office, f"/matters/{it.matter.id}/reopen", why="企业回访说款项没有到账")
    assert state_of(session, it) is MatterState.HANDLING
    supervisor = sign_in(Role.SUPERVISOR)
    for state in ("waiting", "reached", "given_up", "lapsed", "all"):
        page(supervisor, f"/call-backs/?state={state}&overdue=1&q=x")
    assert supervisor.get("/call-backs/call-backs.xlsx?state=all").status_code == 200


def test_a_whole_queue_costs_the_same_few_statements(session, it, office, statements):
    for matter in it.scene.matters:
        results.propose_result(session, matter.id, SOLVED, actor=it.handler, now=NOW)
        results.head_signs(session, matter.id, actor=it.head, now=NOW)
    result_opinions.give_opinion(session, it.matter.id, CONTENT, actor=OFFICE, now=NOW)
    session.commit()
    page(office, "/closings/?step=review")
    statements.clear()
    page(office, "/closings/?step=review")
    assert len(statements) < 20
