from datetime import date
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from portal.domain.bookings import BookingState
from portal.domain.day_changes import ChangeKind, ChangeState
from portal.domain.leaves import LeaveState
from portal.domain.people import ADMINISTRATORS, Role
from portal.domain.reception_days import DayState
from portal.store.models.audit import AuditLine
from portal.store.models.duty import Leave
from portal.store.models.reception import DayChange, ReceptionDay
from portal.store.queries.reception_days import day_on
from tests.builders import a_booking, a_leader, a_reception_day, a_turn, an_enterprise
from tests.conftest import NOW
from tests.house.page_reader import Page

DAY, NEW = date(2026, 12, 15), date(2026, 12, 22)
HERE, THERE = "/reception-days/2026-12-15", "/reception-days/2026-12-22"


def text(answer, status=200):
    page = answer.get_data(as_text=True)
    assert answer.status_code == status, page[:2000]
    return page


@pytest.fixture
def a_day(session):
    """A planned day of 吴示宁 with one confirmed booking by 申示例 of 安澜甲公司."""
    day = a_reception_day(state=DayState.PLANNED, turns=[a_turn(a_leader(name="吴示宁"))])
    session.add_all([day, a_booking(day, an_enterprise(name="安澜甲公司"))])
    session.commit()
    return day


@pytest.fixture
def waiting(session, a_day):
    """A request to move the day, now published, that waits for approval."""
    a_day.state = DayState.PUBLISHED
    change = DayChange(
        reception_day_id=a_day.id, kind=ChangeKind.REDATE, from_day=DAY, to_day=NEW, reason="与市级会议冲突",
        state=ChangeState.WAITING, asked_by="办公室", asked_at=NOW,
    )  # fmt: skip
    session.add(change)
    session.commit()
    return change


def typed(day, **given):
    return {"version": day.version, "to_day": "2026-12-22", "on_rest_day": "", "reason": "与市级会议冲突"} | given


def test_a_new_date_is_looked_at_before_anything_is_moved(session, sign_in, a_day):
    leave = Leave(
        leader_id=a_day.turns[0].leader_id, starts_on=NEW, ends_on=NEW, reason="外出", state=LeaveState.APPROVED,
        asked_by="联络员", asked_at=NOW,
    )  # fmt: skip
    session.add(leave)
    session.commit()
    page = text(sign_in(Role.OFFICE).post(f"{HERE}/redate", data=typed(a_day, reason="暂", look="1")))
    for words in (
        "2026年12月22日 周二是工作日",
        "已批准请假",
        "1 家预约一起移到新日期",
        "最迟 2026年12月17日",
        'value="2026-12-22"',
        ">暂</textarea>",
    ):
        assert words in page.replace("\r\n", "").replace("\n", "")
    assert day_on(session, DAY).state is DayState.PLANNED


def test_a_new_date_may_come_with_the_address(sign_in, a_day):
    page = text(sign_in(Role.OFFICE).get(f"{HERE}/redate?to=2026-12-22&reason=放假安排调整"))
    assert ('value="2026-12-22"' in page, "放假安排调整" in page, "改到 2026年12月22日 周二会怎样" in page) == (
        True, True, True,
    )  # fmt: skip


def test_a_planned_day_is_moved_and_its_old_address_leads_to_the_new_one(session, sign_in, a_day):
    client = sign_in(Role.OFFICE)
    answer = client.post(f"{HERE}/redate", data=typed(a_day))
    assert (answer.status_code, answer.headers["Location"]) == (303, THERE)
    page = text(client.get(THERE))
    assert ("由2026年12月15日改期至此：与市级会议冲突" in page, "安澜甲公司" in page) == (True, True)
    old = client.get(HERE)
    assert (old.status_code, old.headers["Location"]) == (303, THERE)
    assert "2026年12月15日 周二的接待日已改期" in text(client.get(THERE))


@pytest.mark.parametrize(
    "given,status,words",
    [
        ({"to_day": ""}, 422, "请选择改到哪一天"),
        ({"to_day": "2026-12-20"}, 422, "是周末，如确需安排"),
        ({"to_day": "2026-12-29"}, 422, "12月29日 周二已有接待日（已发布）"),
        ({"version": 99}, 409, "别人已修改这个接待日"),
    ],
)
def test_a_refused_move_keeps_what_was_typed(session, sign_in, a_day, given, status, words):
    session.add(a_reception_day(day=date(2026, 12, 29)))
    session.commit()
    page = text(sign_in(Role.OFFICE).post(f"{HERE}/redate", data=typed(a_day, **given)), status)
    assert (words in page, "与市级会议冲突</textarea>" in page) == (True, True)
    assert f'value="{given.get("to_day", "2026-12-22")}"' in page
    assert session.scalar(select(func.count(DayChange.id))) == 0


def test_a_published_day_is_asked_for_and_says_so(session, sign_in, a_day):
    a_day.state = DayState.PUBLISHED
    session.commit()
    client = sign_in(Role.OFFICE)
    assert "提交改期申请" in text(client.get(f"{HERE}/redate"))
    answer = client.post(f"{HERE}/redate", data=typed(a_day))
    assert answer.headers["Location"] == "/reception-days/changes"
    assert "已提交改期申请，等待领导批准" in text(client.get("/reception-days/changes"))
    page = text(client.get(HERE))
    assert ("的申请等待领导批准" in page, f"{HERE}/redate" in page) == (True, False)


def test_a_leader_approves_from_the_workbench(session, sign_in, waiting):
    client = sign_in(Role.LEADER)
    here = f"/reception-days/changes/{waiting.id}"
    assert ("等我批准的改期与取消" in (page := text(client.get("/"))), here in page) == (True, True)
    page = text(client.get(here))
    assert ("与市级会议冲突" in page, "没有冲突" in page, f"{here}/approve" in page) == (True, True, True)
    assert ("时段和 1 家预约一起移到新日期" in page, "轮值（吴示宁）" in page) == (True, True)
    assert client.post(f"{here}/approve").status_code == 303
    assert day_on(session, NEW).state is DayState.PUBLISHED
    assert client.post(f"{here}/approve").status_code == 409
    assert "等我批准的改期与取消" not in text(client.get("/"))


@pytest.mark.parametrize("role", [Role.LEADER, Role.SECRETARY, Role.OFFICE])
def test_the_page_of_a_waiting_request_keeps_to_the_house(sign_in, waiting, role):
    page = Page.of(text(sign_in(role).get(f"/reception-days/changes/{waiting.id}")))
    assert (page.headings, page.troubles) == (1, [])


def test_a_leader_declines_with_a_reason(session, sign_in, waiting):
    client, here = sign_in(Role.LEADER), f"/reception-days/changes/{waiting.id}"
    assert "不批准须写明意见" in text(client.post(f"{here}/decline", data={"remark": "不"}), 422)
    assert client.post(f"{here}/decline", data={"remark": "会议可以调开"}).status_code == 303
    page = text(client.get(here))
    assert ("会议可以调开" in page, "未批准" in page, f"{here}/approve" in page) == (True, True, False)


def test_the_office_records_an_approval_on_paper(session, sign_in, waiting):
    client, here = sign_in(Role.OFFICE), f"/reception-days/changes/{waiting.id}"
    late = {"approver": "郑示和 区长", "approved_on": "2026-11-23"}
    page = text(client.post(f"{here}/paper", data=late), 422)
    assert ("不能晚于今天" in page, 'value="郑示和 区长"' in page) == (True, True)
    assert client.post(f"{here}/paper", data=late | {"approved_on": "2026-11-20"}).status_code == 303
    page = text(client.get(here))
    assert ("纸面批准，办公室登记" in page, "电话告知名单 1 家" in page) == (True, True)


def test_the_office_withdraws_a_request(session, sign_in, waiting):
    client, here = sign_in(Role.OFFICE), f"/reception-days/changes/{waiting.id}"
    assert client.post(f"{here}/withdraw").status_code == 303
    assert "已撤回" in text(client.get(here))
    assert day_on(session, DAY).state is DayState.PUBLISHED


def test_a_cancellation_waits_too(session, sign_in, a_day):
    a_day.state = DayState.PUBLISHED
    session.commit()
    client = sign_in(Role.OFFICE)
    assert "领导批准后才取消" in text(client.get(f"{HERE}/cancel"))
    assert client.post(f"{HERE}/cancel", data={"version": a_day.version, "reason": "市级会议"}).status_code == 303
    assert day_on(session, DAY).state is DayState.PUBLISHED
    assert session.scalar(select(DayChange.kind)) is ChangeKind.CANCEL


def test_the_list_is_filtered_and_empty_it_says_what_to_do(session, sign_in, waiting):
    client = sign_in(Role.SECRETARY)
    page = text(client.get("/reception-days/changes"))
    assert ("待批准的申请" in page, page.count("与市级会议冲突")) == (True, 2)  # once, and once as its full text
    assert "与市级会议冲突" in text(client.get("/reception-days/changes?kind=redate"))
    assert "没有符合条件的申请" in text(client.get("/reception-days/changes?state=refused"))
    sheet = CalamineWorkbook.from_filelike(BytesIO(client.get("/reception-days/changes.xlsx").data))
    assert sheet.get_sheet_by_index(0).to_python()[1][:5] == [DAY, "改期", NEW, "与市级会议冲突", "待批准"]
    assert "与市级会议冲突" in text(client.get("/reception-days/changes?state=waiting&kind=redate"))
    assert "没有符合条件的申请" in text(client.get("/reception-days/changes?kind=cancel"))
    session.delete(waiting)
    session.commit()
    assert "还没有改期或取消过接待日" in text(client.get("/reception-days/changes"))


def test_full_numbers_on_the_telephone_list_take_a_press_that_is_written_down(session, sign_in, a_day):
    client = sign_in(Role.OFFICE)
    page = text(client.get(f"{HERE}/telephone"))
    assert ("安澜甲公司" in page, "138****5678" in page, "13800005678" in page) == (True, True, False)
    assert session.scalar(select(func.count(AuditLine.id)).where(AuditLine.act == "personal_data_seen")) == 0
    assert "13800005678" in text(client.post(f"{HERE}/telephone"))
    assert session.scalar(select(func.count(AuditLine.id)).where(AuditLine.act == "personal_data_seen")) == 1


def test_after_a_cancellation_the_telephone_list_still_names_those_booked(session, sign_in, a_day):
    client = sign_in(Role.OFFICE)
    client.post(f"{HERE}/cancel", data={"version": a_day.version, "reason": "市级会议"})
    page = text(client.get(f"{HERE}/telephone"))
    assert ("安澜甲公司" in page, "已取消。理由：市级会议" in page) == (True, True)


def test_a_day_nobody_booked_has_nobody_to_call(session, sign_in):
    booking_free = a_reception_day(slots=1)
    booking_free.slots[0].seats.clear()
    session.add(booking_free)
    session.commit()
    assert "没有需要电话告知的企业" in text(sign_in(Role.OFFICE).get(f"{HERE}/telephone"))


def test_a_day_on_which_somebody_came_is_not_cancelled(session, sign_in, a_day):
    booked = a_booking(a_day, an_enterprise(), slot=1, state=BookingState.ARRIVED)
    session.add(booked)
    session.commit()
    page = text(sign_in(Role.OFFICE).post(f"{HERE}/cancel", data={"version": a_day.version, "reason": "市级会议"}), 422)
    assert "已有企业到访，不能取消" in page
    assert session.scalar(select(ReceptionDay.state)) is DayState.PLANNED


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICE])
def test_only_the_office_asks_and_keeps(sign_in, waiting, role):
    client = sign_in(role)
    for page in (f"{HERE}/redate", f"{HERE}/cancel", f"{HERE}/telephone"):
        assert client.get(page).status_code == 403
    for act in ("paper", "withdraw"):
        assert client.post(f"/reception-days/changes/{waiting.id}/{act}").status_code == 403
    readers = (Role.LEADER, Role.SECRETARY)
    for page in ("/reception-days/changes", f"/reception-days/changes/{waiting.id}"):
        assert client.get(page).status_code == (200 if role in readers else 403)
    if role in {*ADMINISTRATORS, Role.UNIT, Role.SUPERVISOR, Role.SECRETARY}:
        assert client.post(f"/reception-days/changes/{waiting.id}/approve").status_code == 403


@pytest.mark.parametrize("address", [f"{HERE}/redate?to=2026-12-22", "/reception-days/changes"])
def test_htmx_gets_the_very_fragment_of_the_page(sign_in, a_day, address):
    client = sign_in(Role.OFFICE)
    fragment = text(client.get(address, headers={"HX-Request": "true"}))
    assert fragment.strip() in text(client.get(address))
