"""Where the papers of a visit are asked for, by whom, and what is said when there is none."""

import re
from datetime import date

import pytest

from portal.domain.bookings import BookingState, Identity
from portal.domain.matters import MatterState
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.domain.refusals import RefusalGround
from portal.services.bookings import refuse_booking
from tests.booking_orders import the_district
from tests.builders import a_booking, a_leader, a_matter, a_reception_day, a_turn, an_enterprise
from tests.conftest import NOW
from tests.documents.slip_sheets import page_texts
from tests.services.acting import audited

DAY = date(2026, 12, 15)
HERE = "/reception-days/2026-12-15"


def text(answer, status=200):
    page = answer.get_data(as_text=True)
    assert answer.status_code == status, page[:2000]
    return page


def pages(answer):
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), answer.get_data(as_text=True)[:2000]
    return page_texts(answer.data)


@pytest.fixture
def leader(session):
    session.add(found := a_leader())
    session.commit()
    return found


@pytest.fixture
def bookings(session, leader):
    """Three bookings of a day of this leader's, two of them confirmed."""
    day = a_reception_day(slots=3, turns=[a_turn(leader)])
    found = [
        a_booking(day, an_enterprise(name="安澜甲公司"), identity=Identity.AUTHORISED_REPRESENTATIVE),
        a_booking(day, an_enterprise(name="安澜乙公司"), slot=1),
        a_booking(day, an_enterprise(name="安澜丙公司"), slot=2, state=BookingState.PENDING),
    ]
    session.add_all([*found, *the_district()])
    session.commit()
    return found


def test_the_slip_is_offered_on_the_bookings_page_and_printed(sign_in, bookings):
    client, address = sign_in(Role.OFFICE), f"/bookings/{bookings[0].id}/appointment-slip.pdf"
    assert f'href="{address}"' in text(client.get(f"/bookings/{bookings[0].id}"))
    (page,) = pages(client.get(address))
    assert ("安澜甲公司" in page, bookings[0].code in page, "13800005678" in page) == (True, True, False)


@pytest.mark.parametrize("state,label", [(BookingState.WAITING, "候补登记单"), (BookingState.CANCELLED, None)])
def test_the_page_offers_what_can_be_printed(session, sign_in, bookings, state, label):
    booking = bookings[0]
    booking.state, booking.seat, booking.waiting_since = state, None, booking.booked_at
    session.commit()
    client, address = sign_in(Role.OFFICE), f"/bookings/{booking.id}/appointment-slip.pdf"
    page = text(client.get(f"/bookings/{booking.id}"))
    assert (address in page) == (label is not None)
    if label:
        assert (label in page, label in pages(client.get(address))[0]) == (True, True)
        return
    assert "没有来访预约单可打" in page
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/bookings/{booking.id}")
    assert "需要来访时请重新登记预约" in text(client.get(f"/bookings/{booking.id}"))


def test_the_slips_of_a_day_are_printed_together(session, sign_in, bookings):
    client, address = sign_in(Role.OFFICE), f"{HERE}/appointment-slips.pdf"
    assert f'href="{address}"' in text(client.get(f"{HERE}/papers"))
    assert [name in page for name, page in zip(("甲", "乙"), pages(client.get(address)), strict=True)] == [True, True]
    for booking in bookings:
        booking.state = BookingState.PENDING
    session.commit()
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{HERE}/papers")
    assert "请先审核确认预约" in text(client.get(f"{HERE}/papers"))
    text(client.get("/reception-days/2026-12-16/appointment-slips.pdf"), 404)


def test_a_blank_letter_is_offered_beside_the_upload_and_on_the_booking(sign_in, bookings):
    client = sign_in(Role.OFFICE)
    assert 'href="/bookings/authorisation-letter.pdf"' in text(client.get("/bookings/new?day=2026-12-15"))
    enterprise_id = bookings[0].enterprise_id
    page = text(client.get(f"/bookings/new?day=2026-12-15&enterprise={enterprise_id}"))
    assert f'href="/bookings/authorisation-letter.pdf?enterprise={enterprise_id}"' in page
    of_the_booking = f"/bookings/authorisation-letter.pdf?booking={bookings[0].id}"
    for page in ("", "/visitor"):
        assert of_the_booking in text(client.get(f"/bookings/{bookings[0].id}{page}"))
    assert "安澜甲公司" not in pages(client.get("/bookings/authorisation-letter.pdf"))[0]
    (page,) = pages(client.get(of_the_booking))
    assert ("安澜甲公司" in page, "申示例" in page, "2026年12月15日" in page) == (True, True, True)
    assert "安澜甲公司" in pages(client.get(f"/bookings/authorisation-letter.pdf?enterprise={enterprise_id}"))[0]
    text(client.get("/bookings/authorisation-letter.pdf?enterprise=4711"), 404)


@pytest.mark.parametrize("role", [Role.LEADER, Role.SECRETARY, Role.UNIT, Role.SUPERVISOR, Role.SYSTEM])
def test_nobody_but_the_office_prints_them(sign_in, leader, bookings, role):
    client = sign_in(role, leader_id=leader.id if role in (Role.LEADER, Role.SECRETARY) else None)
    for address in (
        f"/bookings/{bookings[0].id}/appointment-slip.pdf",
        "/bookings/authorisation-letter.pdf",
        f"{HERE}/appointment-slips.pdf",
    ):
        assert client.get(address).status_code == 403
    if role is Role.LEADER:
        assert "appointment-slip" not in text(client.get(f"/bookings/{bookings[0].id}"))
        assert "appointment-slip" not in text(client.get(HERE))


def test_how_the_office_is_reached_is_a_setting(sign_in, bookings):
    client = sign_in(Role.OFFICE)
    assert "办公室联系方式" in text(client.get("/admin/office"))


@pytest.fixture
def refused(session, bookings):
    """The booking of 安澜丙公司 refused with its one matter, as a page would have done it."""
    booking = bookings[2]
    matter = a_matter(booking, title="二期厂房补贴尚未兑现")
    session.add(matter)
    session.commit()
    with audited() as records:
        refuse_booking(
            records, booking.id, "", "", ground=RefusalGround.LITIGATION, actor=Actor(1, "办公室", Role.OFFICE), now=NOW
        )
    return booking, matter


def test_a_refusal_is_printed_for_the_booking_and_for_the_matter(sign_in, refused):
    booking, matter = refused
    client = sign_in(Role.OFFICE)
    for page, address in (
        (f"/bookings/{booking.id}", f"/bookings/{booking.id}/refusal-notice.pdf"),
        (f"/matters/{matter.id}", f"/matters/{matter.id}/refusal-notice.pdf"),
    ):
        assert f'href="{address}"' in text(client.get(page))
        (paper,) = pages(client.get(address))
        assert ("安澜丙公司" in paper, "二期厂房补贴" in paper, "已经或应当通过诉讼解决" in paper) == (True, True, True)
    assert "已经或应当通过诉讼解决" in text(client.get(f"/matters/{matter.id}"))
    assert "已经或应当通过诉讼解决" in text(client.get("/ledger/"))


def test_what_is_received_has_no_notice_and_says_so_on_its_page(session, sign_in, bookings):
    session.add(matter := a_matter(bookings[0]))
    session.commit()
    client = sign_in(Role.OFFICE)
    for page in (f"/bookings/{bookings[0].id}", f"/matters/{matter.id}"):
        assert "refusal-notice" not in text(client.get(page))
        answer = client.get(f"{page}/refusal-notice.pdf")
        assert (answer.status_code, answer.headers["Location"]) == (303, page)
        assert "没有不予受理" in text(client.get(page))


def test_one_matter_refused_in_the_room_has_its_notice_on_the_bookings_page(session, sign_in, bookings):
    session.add(matter := a_matter(bookings[0]))
    bookings[0].state = BookingState.FINISHED
    session.commit()
    client = sign_in(Role.OFFICE)
    data = {"disposition": "refuse", "ground": "petition", "answer": "", "version": matter.version}
    assert client.post(f"/matters/{matter.id}/dispose", data=data).status_code == 303
    address = f"/matters/{matter.id}/refusal-notice.pdf"
    for page in (f"/bookings/{bookings[0].id}", f"{HERE.replace('reception-days', 'room')}?booking={bookings[0].id}"):
        assert f'href="{address}"' in text(client.get(page))
    assert "信访部门已受理" in pages(client.get(address))[0]


def test_a_decision_is_changed_from_what_was_decided(sign_in, refused):
    page = text(sign_in(Role.OFFICE).get(f"/matters/{refused[1].id}/dispose"))
    assert re.search(r'<option[^>]*selected[^>]*value="litigation"', page)
    assert "已经或应当通过诉讼解决：" not in page


@pytest.mark.parametrize("role", [Role.LEADER, Role.UNIT, Role.SUPERVISOR])
def test_nobody_but_the_office_prints_refusals(sign_in, leader, refused, role):
    client = sign_in(role, leader_id=leader.id if role is Role.LEADER else None)
    for address in (f"/bookings/{refused[0].id}", f"/matters/{refused[1].id}"):
        assert client.get(f"{address}/refusal-notice.pdf").status_code == 403


def test_a_ground_brings_its_channel_along_for_the_script_and_the_form_says_what_happens_without(sign_in, bookings):
    page = text(sign_in(Role.OFFICE).get(f"/bookings/{bookings[2].id}/refuse"))
    assert re.search(r'<select[^>]*data-brings="channel"', page)
    assert re.search(r'<option[^>]*data-text="向受理该事项的信访部门查询办理进展"[^>]*>信访部门已受理', page)
    assert "留空即用所选情形的渠道" in page


def test_the_figures_say_on_which_grounds(session, sign_in, bookings):
    session.add(matter := a_matter(bookings[0], raised_on=DAY))
    bookings[0].state = BookingState.FINISHED
    bookings[0].reception_day.state = DayState.ONGOING
    matter.state, matter.ended_reason, matter.refusal_ground = MatterState.REFUSED, "理由", RefusalGround.PETITION
    session.commit()
    assert "信访部门已受理，尚在办理期限内 1" in text(sign_in(Role.OFFICE).get("/statistics/?year=2026"))
