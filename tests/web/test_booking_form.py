"""The booking form: its promised fields, what it refuses, and that nothing typed is lost."""

import io
import re
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal.domain.bookings import BookingState, Identity, Origin
from portal.domain.matters import MatterKind
from portal.domain.people import Role
from portal.domain.reception_days import DayState
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.files import StoredFile
from portal.store.models.matters import Matter
from portal.store.models.reception import ReceptionDay, Slot
from tests.booking_orders import the_district
from tests.builders import a_booking, a_leader, a_reception_day, an_enterprise

ADDRESS = "/bookings/new?day=2026-12-15"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def day(session):
    day = a_reception_day(slots=2)
    session.add_all([day, *the_district()])
    session.commit()
    return day


@pytest.fixture
def slots(day):
    return [slot.id for slot in day.slots]


@pytest.fixture
def office(sign_in, slots):
    return sign_in(Role.OFFICE)


def sent(slot, **changed):
    """Exactly the promised fields."""
    return {
        "slot": slot,
        "enterprise_name": "安澜表单企业有限公司",
        "credit_code": "91510503MA00000X3K",
        "registered_place": "云山市安澜区人民路1号",
        "visitor_name": "申示例",
        "visitor_phone": "138 0000 5678",
        "identity": "legal_representative",
        "matters-0-kind": "problem",
        "matters-0-category": "0301",
        "matters-0-title": "二期厂房补贴尚未兑现",
        "matters-0-detail": "协议约定的补贴尚未拨付。",
        "matters-1-kind": "suggestion",
        "matters-1-category": "0301",
        "matters-1-title": "建议设专窗",
        "matters-1-detail": "",
    } | changed


def hold(session, *places):
    """Somebody else has the only place of these slots of the day, counted from 0."""
    whole = selectinload(ReceptionDay.slots).selectinload(Slot.seats)
    day = session.scalars(select(ReceptionDay).where(ReceptionDay.day == date(2026, 12, 15)).options(whole)).one()
    session.add_all(a_booking(day, an_enterprise(), slot=place) for place in places)
    session.commit()


def page(answer):
    return answer.get_data(as_text=True)


def test_the_promised_fields_alone_make_a_booking(office, session, slots):
    answer = office.post(ADDRESS, data=sent(slots[0]))
    booking = session.scalars(select(Booking)).one()
    assert (answer.status_code, answer.location) == (303, f"/bookings/{booking.id}")
    assert (booking.state, booking.origin, booking.identity, booking.visitor_phone) == (
        BookingState.PENDING, Origin.APPLIED, Identity.LEGAL_REPRESENTATIVE, "13800005678",
    )  # fmt: skip
    matters = session.scalars(select(Matter).order_by(Matter.position)).all()
    assert [(it.kind, it.title) for it in matters] == [
        (MatterKind.PROBLEM, "二期厂房补贴尚未兑现"),
        (MatterKind.SUGGESTION, "建议设专窗"),
    ]
    assert session.scalars(select(Enterprise)).one().is_private


def test_htmx_is_sent_on_to_the_booking(office, slots):
    answer = office.post(ADDRESS, data=sent(slots[0]), headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/bookings/1")


def test_a_wrong_check_digit_is_warned_of_and_booked(office, session, slots):
    answer = office.post(ADDRESS, data=sent(slots[0], credit_code="91350211M0000XUF46"), follow_redirects=True)
    assert answer.status_code == 200
    assert "校验位不符" in page(answer)
    assert session.scalars(select(Booking)).one()


def test_a_name_like_another_is_warned_of_and_booked(office, session, slots):
    session.add(an_enterprise(name="安澜表单企业有限责任公司"))
    session.commit()
    answer = office.post(ADDRESS, data=sent(slots[0]), follow_redirects=True)
    assert "名称相近的“安澜表单企业有限责任公司”" in page(answer)


def test_a_code_of_another_enterprise_is_an_error(office, session, slots):
    session.add(an_enterprise(name="安澜别家有限公司", credit_code="91510503MA00000X3K"))
    session.commit()
    answer = office.post(ADDRESS, data=sent(slots[0]))
    assert answer.status_code == 422
    assert "已属于“安澜别家有限公司”" in page(answer)


def test_errors_stand_beside_their_fields_and_what_was_typed_stays(office, session, slots):
    wrong = sent(
        slots[0],
        registered_place="云山市临江区江边路8号",
        visitor_phone="138000",
        identity="authorised_representative",
        **{"matters-1-title": "没有类别的一条", "matters-1-category": ""},
    )
    answer = office.post(ADDRESS, data=wrong)
    html = page(answer)
    assert answer.status_code == 422
    for field, words in [
        ("registered_place", "不在云山市安澜区内"),
        ("visitor_phone", "11 位"),
        ("authorisation", "授权委托书"),
        ("matters-1-category", "请选择类别"),
    ]:
        error = re.search(rf'<p class="[^"]*error" id="{field}-error">(.*?)</p>', html, re.DOTALL)
        assert error, field
        assert words in error[1]
    for typed in (
        "安澜表单企业有限公司",
        "云山市临江区江边路8号",
        "138000",
        "没有类别的一条",
        "协议约定的补贴尚未拨付。",
    ):
        assert typed in html
    assert session.scalars(select(Booking)).all() == []


def test_a_reason_lets_an_enterprise_of_another_place_in(office, session, slots):
    reason = "总部拟迁入本区，区领导同意"
    answer = office.post(ADDRESS, data=sent(slots[0], registered_place="云山市临江区1号", override_reason=reason))
    assert answer.status_code == 303
    assert session.scalars(select(Booking)).one().override_reason == reason


def test_blank_rows_are_no_matters_and_no_matter_is_an_error(office, slots):
    blank = {name: "" for name in sent(slots[0]) if re.match(r"matters-\d-(title|detail)", name)}
    answer = office.post(ADDRESS, data=sent(slots[0]) | blank)
    assert answer.status_code == 422
    assert "请至少填写一条诉求" in page(answer)


@pytest.mark.parametrize("field, value", [("slot", "x"), ("slot", "99999"), ("identity", "x"), ("matters-0-kind", "x")])
def test_words_that_are_none_of_the_choices_are_refused(office, slots, field, value):
    assert office.post(ADDRESS, data=sent(slots[0]) | {field: value}).status_code == 422


def test_a_full_slot_answers_409_with_what_is_free_and_the_form_as_typed(office, session, day, slots):
    hold(session, 0)
    answer = office.post(ADDRESS, data=sent(slots[0]))
    html = page(answer)
    assert answer.status_code == 409
    assert f'name="book_at" value="{slots[1]}">10:00–10:40（余 1 个）' in html
    assert html.index('name="waits" value="any">') < html.index('name="waits" value="slot">')
    assert "二期厂房补贴尚未兑现" in html
    assert office.post(ADDRESS, data=sent(slots[1])).status_code == 303


def test_a_full_day_offers_the_days_after(office, session, day, slots):
    later = a_reception_day(day=date(2027, 1, 15), slots=1)
    session.add(later)
    session.flush()
    later_slot = later.slots[0].id
    hold(session, 0, 1)
    html = page(office.post(ADDRESS, data=sent(slots[0])))
    assert "2027年1月15日 周五 09:00–09:40（余 1 个）" in html
    assert f'value="{later_slot}"' in html
    assert office.post(ADDRESS, data=sent(later_slot)).status_code == 303


def test_a_second_booking_that_day_answers_409_and_leads_to_the_first(office, session, slots):
    office.post(ADDRESS, data=sent(slots[0]))
    answer = office.post(ADDRESS, data=sent(slots[1]))
    assert answer.status_code == 409
    assert 'href="/bookings/1"' in page(answer)


def test_sending_the_form_again_leads_to_the_first_booking_and_says_so(office, session, slots):
    form = sent(slots[0], form_token="t" * 32)
    assert office.post(ADDRESS, data=form).location == "/bookings/1"
    answer = office.post(ADDRESS, data=form, follow_redirects=True)
    assert answer.request.path == "/bookings/1"
    assert "没有重复登记" in page(answer)
    assert len(session.scalars(select(Booking)).all()) == 1


def test_every_fresh_form_has_a_token_of_its_own(office):
    tokens = {re.search(r'name="form_token"[^>]*value="([^"]+)"', page(office.get(ADDRESS)))[1] for _ in range(3)}
    assert len(tokens) == 3


def letter(name="委托书.pdf", data=PDF):
    return {"identity": "authorised_representative", "authorisation": (io.BytesIO(data), name)}


def test_a_letter_is_kept_outside_the_web_and_handed_out_with_a_line(office, app, session, slots):
    office.post(ADDRESS, data=sent(slots[0]) | letter())
    stored = session.scalars(select(StoredFile)).one()
    assert (stored.name, stored.media_type, stored.size) == ("委托书.pdf", "application/pdf", len(PDF))
    assert not list(Path(app.static_folder).rglob(stored.sha256))
    assert office.get("/bookings/1/letter").status_code == 405
    with office.post("/bookings/1/letter") as answer:
        assert answer.data == PDF
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    lines = session.scalars(select(AuditLine.summary).where(AuditLine.act == "personal_data_seen")).all()
    assert len(lines) == 1
    assert "授权委托书" in lines[0]


def test_a_disguised_letter_is_refused_beside_its_field(office, session, slots):
    answer = office.post(ADDRESS, data=sent(slots[0]) | letter(data=b"MZ\x90 a program"))
    assert answer.status_code == 422
    assert "内容不是PDF、JPG 或 PNG" in page(answer)
    assert session.scalars(select(StoredFile)).all() == []


def test_a_letter_that_was_accepted_need_not_be_chosen_again(office, session, slots):
    html = page(office.post(ADDRESS, data=sent(slots[0], visitor_phone="1") | letter()))
    assert "已收到“委托书.pdf”" in html
    kept = re.search(r'name="authorisation_kept"[^>]*value="([^"]+)"', html)[1]
    form = sent(slots[0], identity="authorised_representative", authorisation_kept=kept)
    assert office.post(ADDRESS, data=form).status_code == 303
    assert session.scalars(select(Booking)).one().authorisation_id is not None


def test_a_letter_nobody_handed_in_cannot_be_claimed(office, slots):
    form = sent(slots[0], identity="authorised_representative", authorisation_kept="0" * 64 + ":委托书.pdf")
    assert office.post(ADDRESS, data=form).status_code == 422


def test_a_matter_can_be_added_and_removed_without_script(office, slots):
    added = office.post(ADDRESS, data=sent(slots[0], add_row="1"))
    assert added.status_code == 200
    assert page(added).count("<legend>诉求</legend>") == 4
    removed = page(office.post(ADDRESS, data=sent(slots[0], remove_row="0")))
    assert "二期厂房补贴尚未兑现" not in removed
    assert "建议设专窗" in removed


def test_an_enterprise_is_found_and_picked_without_script(office, session, slots):
    known = an_enterprise(name="安澜制造有限公司", initials="alzzyxgs", credit_code="91110000101623741K")
    session.add(known)
    session.commit()
    found = page(office.post(ADDRESS, data=sent(slots[0], enterprise_name="alzz", credit_code="", find_enterprise="1")))
    assert f'name="pick_enterprise" value="{known.id}"' in found
    picked = page(office.post(ADDRESS, data=sent(slots[0], pick_enterprise=known.id)))
    assert 'value="安澜制造有限公司"' in picked
    assert 'value="91110000101623741K"' in picked
    assert "二期厂房补贴尚未兑现" in picked


def test_typing_a_name_brings_what_is_on_file(office, session):
    session.add(an_enterprise(name="安澜制造有限公司", initials="alzzyxgs"))
    session.commit()
    answer = office.get("/bookings/enterprise-matches?enterprise_name=alzz", headers=HTMX)
    assert page(answer).strip().startswith('<div id="enterprise_matches"')
    assert "安澜制造有限公司" in page(answer)
    warning = page(office.get("/bookings/credit-code-check?credit_code=91350211M0000XUF46", headers=HTMX))
    assert "校验位" in warning


@pytest.mark.parametrize("address, words", [
    ("/bookings/new?day=2026-12-16", "不是接待日"),
    ("/bookings/new?day=nonsense", "地址中的日期不正确"),
])  # fmt: skip
def test_a_day_that_is_none_is_404_and_says_where_to_go(office, address, words):
    answer = office.get(address)
    assert answer.status_code == 404
    assert words in page(answer)


def test_without_a_day_the_next_one_with_a_place_is_taken(office):
    assert "12月15日 周二预约登记" in page(office.get("/bookings/new"))


def test_a_closed_day_takes_nobody_and_says_so(office, session, day):
    day.state = DayState.CLOSED
    session.commit()
    assert "不能再登记预约" in page(office.get(ADDRESS))


def test_a_page_carries_the_very_fragment_htmx_gets(office):
    token = re.compile(r'value="[^"]{32}"|value="[^"]*" id="csrf_token"')
    whole, fragment = (token.sub("", page(it)) for it in (office.get(ADDRESS), office.get(ADDRESS, headers=HTMX)))
    assert fragment.strip() in whole


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICE])
def test_nobody_but_the_office_books(sign_in, session, day, role):
    leader = None
    if role in (Role.LEADER, Role.SECRETARY):
        leader = a_leader()
        session.add(leader)
        session.commit()
    browser = sign_in(role, leader_id=leader.id if leader else None)
    assert browser.get(ADDRESS).status_code == 403
    assert browser.post(ADDRESS, data={}).status_code == 403


def test_a_stranger_is_asked_to_sign_in(app, day):
    assert app.test_client().get(ADDRESS).location.startswith("/login")
