import re
from datetime import date
from html import unescape

import pytest
from sqlalchemy import select

from portal.domain.bookings import BookingState
from portal.domain.matters import MatterKind
from portal.domain.people import Role
from portal.domain.reception_days import DayState
from portal.store.models.audit import AuditLine
from portal.store.models.reception import Venue
from portal.store.queries.reception_days import day_file, day_on
from tests.builders import a_booking, a_category, a_leader, a_matter, a_reception_day, a_turn, an_enterprise
from tests.conftest import NOW
from tests.documents.slip_sheets import page_texts

DAY = date(2026, 12, 15)
HERE = "/reception-days/2026-12-15"


def text(answer, status=200):
    page = answer.get_data(as_text=True)
    assert answer.status_code == status, page[:2000]
    return page


@pytest.fixture
def a_day(session):
    """A published day of 吴示宁 in the room of an enterprise."""
    lender = an_enterprise(name="安澜甲公司")
    session.add(lender)
    session.flush()
    day = a_reception_day(venue="安澜甲公司会议室", turns=[a_turn(a_leader(name="吴示宁", post="区长"))])
    session.add_all([day, Venue(name="安澜甲公司会议室", address="安澜大道1号", enterprise_id=lender.id)])
    session.commit()
    return day


def test_the_day_names_the_enterprise_that_lends_its_room(sign_in, a_day):
    page = text(sign_in(Role.OFFICE).get(HERE))
    assert ("安澜大道1号" in page, "在企业开展" in page, "安澜甲公司" in page) == (True, True, True)
    unit = text(sign_in(Role.UNIT).get(HERE))
    assert ("安澜甲公司" in unit, "/enterprises/" in unit) == (True, False)


def test_the_notice_is_printed_by_the_server(sign_in, a_day):
    client = sign_in(Role.OFFICE)
    assert f"{HERE}/papers" in text(client.get(HERE))
    assert f"{HERE}/notice.pdf" in text(client.get(f"{HERE}/papers"))
    answer = client.get(f"{HERE}/notice.pdf")
    assert answer.mimetype == "application/pdf"
    (page,) = page_texts(answer.data)
    assert ("安澜甲公司会议室（安澜大道1号）" in page, "草稿" in page) == (True, False)


def test_a_draft_is_the_offices_own(session, sign_in, a_day):
    a_day.state = DayState.PLANNED
    session.commit()
    client = sign_in(Role.OFFICE)
    assert "接待通告（草稿）" in text(client.get(f"{HERE}/papers"))
    assert "草稿" in page_texts(client.get(f"{HERE}/notice.pdf").data)[0]
    assert "通告尚在拟稿" in text(sign_in(Role.SUPERVISOR).get(f"{HERE}/notice.pdf"), 403)


@pytest.mark.parametrize("role", [Role.LEADER, Role.SECRETARY, Role.UNIT, Role.SUPERVISOR])
def test_everybody_in_business_reads_a_published_notice_and_prints_no_plates(sign_in, a_day, role):
    client = sign_in(role)
    page = text(client.get(f"{HERE}/papers"))
    assert (f"{HERE}/notice.pdf" in page, "desk-plates" in page, "phone-list" in page) == (True, False, False)
    assert client.get(f"{HERE}/notice.pdf").status_code == 200
    assert client.get(f"{HERE}/desk-plates.pdf").status_code == 403
    assert client.post(f"{HERE}/noticed", data={"version": 1}).status_code == 403


def test_desk_plates_are_printed_a_page_a_leader(sign_in, a_day):
    client = sign_in(Role.OFFICE)
    assert f"{HERE}/desk-plates.pdf" in text(client.get(f"{HERE}/papers"))
    (page,) = page_texts(client.get(f"{HERE}/desk-plates.pdf").data)
    assert page.count("吴示宁") == 2


@pytest.mark.parametrize("paper", ["notice.pdf", "desk-plates.pdf"])
def test_what_cannot_be_printed_is_said_on_the_page_of_the_papers(session, sign_in, paper):
    session.add(a_reception_day())
    session.commit()
    client = sign_in(Role.OFFICE)
    answer = client.get(f"{HERE}/{paper}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{HERE}/papers")
    assert "请先排班或指定主接待" in text(client.get(f"{HERE}/papers"))


def test_the_notice_goes_from_due_to_public_to_out_of_date(session, sign_in, a_day):
    client = sign_in(Role.OFFICE)
    assert "最迟 12月10日 周四公布" in text(client.get(HERE))
    assert client.post(f"{HERE}/noticed", data={"version": day_on(session, DAY).version}).status_code == 303
    page = text(client.get(HERE))
    assert ("11月22日 09:00 公布" in page, f"{HERE}/noticed" in page) == (True, False)
    given = {"venue": "区工商联会议室", "starts_at": "09:00", "theme": "", "version": day_on(session, DAY).version}
    client.post(f"{HERE}/change", data=given)
    page = text(client.get(HERE))
    assert ("通告须重新发布" in page, "标记已重新公布" in page) == (True, True)
    client.post(f"{HERE}/noticed", data={"version": day_on(session, DAY).version})
    assert day_file(session, DAY).notice_holds


def test_a_day_that_was_held_no_longer_asks_for_its_notice(session, sign_in, a_day):
    a_day.state, a_day.sequence, a_day.noticed_sequence, a_day.noticed_at = DayState.CLOSED, 3, 2, NOW
    session.commit()
    page = text(sign_in(Role.OFFICE).get(HERE))
    assert ("须重新发布" in page, "没有标记公布" in page, f"{HERE}/noticed" in page) == (False, False, False)


def test_the_workbench_counts_notices_that_press(session, sign_in, a_day):
    client = sign_in(Role.OFFICE)
    page = text(client.get("/"))
    assert ("最迟 12月10日 周四公布" in page, f"{HERE}#papers" in page) == (True, False)
    session.add(a_reception_day(day=date(2026, 11, 24)))
    session.commit()
    page = text(client.get("/"))
    assert ("逾期未公布" in page, "/reception-days/2026-11-24#papers" in page) == (True, True)


@pytest.fixture
def a_booking_of_the_day(session, a_day):
    booking = a_booking(a_day, an_enterprise(name="安澜乙公司"))
    session.add_all([booking, a_matter(booking, title="厂房用地")])
    session.commit()
    return booking


@pytest.mark.usefixtures("a_day")
def test_papers_that_wait_say_what_for(sign_in):
    page = text(sign_in(Role.OFFICE).get(f"{HERE}/papers"))
    assert (page.count("还没有企业预约。") >= 2, f"{HERE}/brief.pdf" in page) == (True, False)


@pytest.mark.parametrize("paper", ["brief.pdf", "phone-list.pdf", "phone-list.xlsx"])
def test_an_empty_day_is_told_and_not_printed(sign_in, a_day, paper):
    client = sign_in(Role.OFFICE)
    answer = client.get(f"{HERE}/{paper}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{HERE}/papers")
    assert "请先登记预约" in text(client.get(f"{HERE}/papers"))


@pytest.mark.usefixtures("a_booking_of_the_day")
def test_the_phone_list_is_masked_until_somebody_presses_the_button(session, sign_in):
    client = sign_in(Role.OFFICE)
    masked = page_texts(client.get(f"{HERE}/phone-list.pdf").data)[0]
    assert ("138****5678" in masked, "13800005678" in masked) == (True, False)
    assert "personal_data_seen" not in session.scalars(select(AuditLine.act)).all()
    full = client.post(f"{HERE}/phone-list.pdf")
    assert "13800005678" in page_texts(full.data)[0]
    assert session.scalars(select(AuditLine.act)).all().count("personal_data_seen") == 1
    workbook = client.post(f"{HERE}/phone-list.xlsx")
    assert workbook.mimetype.endswith("spreadsheetml.sheet")
    assert session.scalars(select(AuditLine.act)).all().count("personal_data_seen") == 2


@pytest.mark.usefixtures("a_booking_of_the_day")
def test_the_brief_is_for_those_who_serve_on_the_day(sign_in, a_day):
    (turn,) = a_day.turns
    for role in (Role.LEADER, Role.SECRETARY):
        client = sign_in(role, leader_id=turn.leader_id)
        assert f"{HERE}/brief.pdf" in text(client.get(f"{HERE}/papers"))
        cover, page = page_texts(client.get(f"{HERE}/brief.pdf").data)
        assert ("厂房用地" in cover, "安澜乙公司" in page, "13800005678" in page) == (True, True, False)
    stranger = sign_in(Role.LEADER)
    assert f"{HERE}/brief.pdf" not in text(stranger.get(f"{HERE}/papers"))
    assert "当班的领导" in text(stranger.get(f"{HERE}/brief.pdf"), 403)


@pytest.mark.parametrize("paper", ["phone-list.pdf", "phone-list.xlsx", "sign-in-sheet.pdf"])
@pytest.mark.parametrize("role", [Role.LEADER, Role.UNIT, Role.SUPERVISOR])
def test_what_names_everybody_is_the_offices_own(sign_in, a_day, role, paper):
    assert sign_in(role).get(f"{HERE}/{paper}").status_code == 403


@pytest.mark.usefixtures("a_booking_of_the_day")
def test_the_sign_in_sheet_has_those_who_come(sign_in):
    pages = page_texts(sign_in(Role.OFFICE).get(f"{HERE}/sign-in-sheet.pdf").data)
    assert ("安澜乙公司" in pages[0], "参加单位" in pages[-1]) == (True, True)


@pytest.mark.parametrize("paper", ["papers", "brief.pdf", "phone-list.pdf", "phone-list.xlsx", "sign-in-sheet.pdf"])
def test_a_date_without_a_day_has_no_papers(sign_in, paper):
    assert sign_in(Role.OFFICE).get(f"/reception-days/2026-12-16/{paper}").status_code == 404


def test_every_figure_of_the_summary_leads_to_as_many_rows(session, sign_in, a_day):
    a_day.state = DayState.CLOSED
    category = a_category()
    for slot, state in ((0, BookingState.FINISHED), (1, BookingState.NO_SHOW)):
        booking = a_booking(a_day, an_enterprise(name=f"安澜{state.label}公司"), slot=slot, state=state)
        session.add_all([booking, a_matter(booking, category, kind=MatterKind.SUGGESTION)])
    session.commit()
    client = sign_in(Role.OFFICE)
    page = unescape(text(client.get(f"{HERE}/summary")))
    found = re.findall(r'<a href="([^"]+)">([^<]+)</a></span>\s*<strong>(\d+)', page)
    assert len(found) == 21
    for address, label, value in found:
        if address.startswith("#"):
            assert f'id="{address[1:]}"' in page
        else:
            rows = text(client.get(address)).count('class="row-link"')
            assert rows == int(value), (label, address)


@pytest.mark.usefixtures("a_booking_of_the_day")
def test_the_summary_waits_for_the_day_to_begin_and_says_that_it_is_not_over(session, sign_in, a_day):
    client = sign_in(Role.OFFICE)
    for address in (f"{HERE}/summary", f"{HERE}/summary.pdf"):
        assert client.get(address).headers["Location"] == f"{HERE}/papers"
    assert "接待还没有开始" in text(client.get(f"{HERE}/papers"))
    a_day.state = DayState.ONGOING
    session.commit()
    assert "尚未结束" in text(client.get(f"{HERE}/summary"))
    assert "尚未结束" in page_texts(client.get(f"{HERE}/summary.pdf").data)[0]


def test_the_summary_is_for_those_who_serve_and_for_supervision(session, sign_in, a_day):
    (turn,) = a_day.turns
    a_day.state = DayState.CLOSED
    session.commit()
    for client in (sign_in(Role.SUPERVISOR), sign_in(Role.SECRETARY, leader_id=turn.leader_id)):
        assert f"{HERE}/summary.pdf" in text(client.get(f"{HERE}/summary"))
        assert f"{HERE}/summary.pdf" in text(client.get(f"{HERE}/papers"))
    text(sign_in(Role.LEADER).get(f"{HERE}/summary"), 403)
    text(sign_in(Role.UNIT).get(f"{HERE}/summary"), 403)


@pytest.mark.usefixtures("a_booking_of_the_day")
def test_registration_forms_are_blank_or_filled_in(sign_in):
    client = sign_in(Role.OFFICE)
    page = text(client.get(f"{HERE}/papers"))
    assert ("来访登记表（空白）" in page, 'name="blank"' in page) == (True, True)
    (front, _) = page_texts(client.get(f"{HERE}/registration-forms.pdf").data)
    assert ("安澜乙公司" in front, "厂房用地" in front, "13800005678" in front) == (True, True, False)
    assert len(page_texts(client.get(f"{HERE}/registration-forms.pdf?blank=3").data)) == 6
    text(sign_in(Role.LEADER).get(f"{HERE}/registration-forms.pdf"), 403)


@pytest.mark.usefixtures("a_day")
@pytest.mark.parametrize("asked", ["", "?blank=0", "?blank=51", "?blank=三", "?blank=", "?blank=1e3"])
def test_forms_that_cannot_be_printed_are_told(sign_in, asked):
    client = sign_in(Role.OFFICE)
    assert client.get(f"{HERE}/registration-forms.pdf{asked}").headers["Location"] == f"{HERE}/papers"
    assert ("1 至 50" if asked else "可以打印空白登记表") in text(client.get(f"{HERE}/papers"))
