"""The calls to make: whom, what, one press each, full numbers only with a line in the trail."""

from io import BytesIO

import pikepdf
import pytest
from sqlalchemy import func, select

from portal.domain.messages import MessageState
from portal.domain.people import Role
from portal.domain.visitor_news import Occasion
from portal.services.telling import tell_visitor
from portal.store.models.audit import AuditLine
from portal.store.models.messages import Message
from tests.builders import a_booking, a_reception_day, an_enterprise
from tests.conftest import NOW

PHONE = "13800005678"


@pytest.fixture
def office(sign_in):
    return sign_in(Role.OFFICE)


@pytest.fixture
def call(session):
    booking = a_booking(a_reception_day(), an_enterprise(name="安澜示例农业有限公司"), visitor_phone=PHONE)
    session.add(booking)
    session.commit()
    tell_visitor(session, booking.id, Occasion.CONFIRMED, now=NOW)
    session.commit()
    return session.scalars(select(Message)).one()


def read(browser, address="/messages/calls"):
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def looked(session):
    return session.scalar(select(func.count()).where(AuditLine.act == "personal_data_seen"))


def test_the_list_says_whom_to_call_and_what_to_say_with_the_number_masked(office, call):
    page = read(office)
    for said in ("安澜示例农业有限公司", "预约已确认", "区工商联会议室", "138****5678", "1 家待通知"):
        assert said in page, said
    assert PHONE not in page
    workbench = read(office, "/")
    assert "企业待电话通知" in workbench
    assert '<b class="count">1<span class="unseen"> 家待通知' in workbench


def test_a_number_is_shown_in_full_once_and_written_down(office, call, session):
    page = office.post(f"/messages/calls/{call.id}/number").get_data(as_text=True)
    assert PHONE in page
    assert looked(session) == 1
    assert PHONE not in read(office)


def test_a_call_is_ticked_off_with_one_press_and_the_press_can_be_undone(office, call, session):
    assert office.post(f"/messages/calls/{call.id}/called", data={"remark": "本人接听"}).status_code == 303
    session.refresh(call)
    assert (call.state, call.sent_at, call.done_by, call.remark) == (MessageState.SENT, NOW, "工商联办公室", "本人接听")
    assert "没有要打的电话" in read(office)
    assert "家待通知</span>" not in read(office, "/"), "the navigation has counted again"
    assert "本人接听" in read(office, "/messages/calls?state=sent")
    again = office.post(f"/messages/calls/{call.id}/called", follow_redirects=True).get_data(as_text=True)
    assert "没有重复登记" in again
    office.post(f"/messages/calls/{call.id}/undo")
    session.refresh(call)
    assert (call.state, call.sent_at, call.done_by) == (MessageState.WAITING, None, "")


def test_a_call_nobody_answered_stays_on_the_list_and_is_counted(office, call, session):
    for _ in range(2):
        office.post(f"/messages/calls/{call.id}/missed")
    assert "2 次未接通" in read(office)
    office.post(f"/messages/calls/{call.id}/undo")
    session.refresh(call)
    assert (call.state, call.attempts) == (MessageState.WAITING, 1)


def test_a_remark_that_is_too_long_is_said_and_nothing_is_noted(office, call, session):
    data = {"remark": "长" * 101}
    answer = office.post(f"/messages/calls/{call.id}/called", data=data, follow_redirects=True)
    assert "备注最多 100 个字" in answer.get_data(as_text=True)
    session.refresh(call)
    assert call.state is MessageState.WAITING


def test_the_printed_list_holds_the_numbers_and_the_trail_says_who_printed_it(office, call, session):
    answer = office.post("/messages/calls.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert len(pikepdf.open(BytesIO(answer.data)).pages) == 1
    assert looked(session) == 1
    assert office.post("/messages/calls.pdf?q=没有这家").status_code == 422
    assert office.get("/messages/calls.pdf").status_code == 405, "looking at numbers is written down, so it is no GET"


@pytest.mark.parametrize("role", [Role.LEADER, Role.UNIT, Role.SUPERVISOR, Role.SYSTEM])
def test_only_the_office_sees_whom_to_call(sign_in, call, role, session):
    browser = sign_in(role)
    assert browser.get("/messages/calls").status_code == 403
    assert browser.post(f"/messages/calls/{call.id}/number").status_code == 403
    assert looked(session) == 0


def test_what_is_no_call_cannot_be_ticked(office, session):
    assert office.post("/messages/calls/99/called").status_code == 404


def test_many_messages_are_given_up_or_sent_again_at_once(office, call, session):
    office.post("/messages/outbox/many", data={"act": "drop", "message": [call.id, 99]})
    session.refresh(call)
    assert call.state is MessageState.DROPPED
    office.post("/messages/outbox/many?channel=call", data={"act": "retry", "all": "1"})
    session.refresh(call)
    assert call.state is MessageState.WAITING
    said = office.post("/messages/outbox/many?channel=mail", data={"act": "drop", "all": "1"}, follow_redirects=True)
    assert "没有可以这样办理的" in said.get_data(as_text=True)
    session.refresh(call)
    assert call.state is MessageState.WAITING, "what the filter leaves out is not touched"
    assert "还没有勾选" in office.post("/messages/outbox/many", data={"act": "drop"}, follow_redirects=True).get_data(
        as_text=True
    )
