"""The disk is full, the database locked or only readable: a clear page, everything typed still on it, nothing half done."""

import resource
import sqlite3
from io import BytesIO

import pytest
from sqlalchemy import func, select

from portal.domain.errors import CannotKeep
from portal.domain.people import Role
from portal.services import uploads
from portal.store.audit_trail import verify
from portal.store.extension import db
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from tests.booking_orders import the_district
from tests.builders import a_booking, a_reception_day, an_enterprise
from tests.web.test_booking_form import ADDRESS, HTMX, PDF, sent

TROUBLES = {"max_page_count=1": "磁盘已满", "query_only=ON": "只能读取"}


@pytest.fixture
def day(session):
    day = a_reception_day(slots=2)
    session.add_all([day, *the_district()])
    session.commit()
    return day


@pytest.fixture
def slot(day):
    return day.slots[0].id


@pytest.fixture
def office(sign_in, slot):
    return sign_in(Role.OFFICE)


@pytest.fixture
def locked(session):
    """Somebody else writes into the database file, and does not end."""
    session.rollback()
    other = sqlite3.connect(db.engine.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


def nothing_is_kept(session):
    session.rollback()
    counts = [session.scalar(select(func.count()).select_from(kind)) for kind in (Booking, Enterprise, Matter)]
    return counts == [0, 0, 0] and verify(session)[1] is None


@pytest.mark.parametrize("htmx", [{}, HTMX], ids=["browser", "htmx"])
@pytest.mark.parametrize("pragma", TROUBLES)
def test_a_booking_that_cannot_be_kept_stays_on_the_page(office, session, slot, on_every_connection, pragma, htmx):
    on_every_connection(pragma)
    fields = sent(slot, **{"matters-0-detail": "补贴尚未拨付。" * 200})
    answer = office.post(ADDRESS, data=fields, headers=htmx)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 503
    assert TROUBLES[pragma] in page
    assert "数据没有改变" in page
    assert all(text in page for text in ("安澜表单企业有限公司", "建议设专窗", "补贴尚未拨付。" * 200))
    assert nothing_is_kept(session)


def test_a_booking_nobody_could_write_for_too_long_stays_on_the_page(
    office, session, slot, on_every_connection, locked
):
    on_every_connection("busy_timeout=5")
    answer = office.post(ADDRESS, data=sent(slot))
    assert answer.status_code == 503
    assert "系统此刻较忙" in answer.get_data(as_text=True)
    assert "安澜表单企业有限公司" in answer.get_data(as_text=True)
    locked.rollback()
    assert nothing_is_kept(session)


def test_the_same_form_sent_again_when_there_is_room_is_one_booking(office, session, slot, on_every_connection, locked):
    on_every_connection("busy_timeout=5")
    fields = sent(slot, form_token="f" * 32)
    assert office.post(ADDRESS, data=fields).status_code == 503
    locked.rollback()
    assert [office.post(ADDRESS, data=fields).status_code for _ in range(2)] == [303, 303]
    assert session.scalar(select(func.count(Booking.id))) == 1


@pytest.mark.parametrize("htmx", [{}, HTMX], ids=["browser", "htmx"])
def test_a_pressed_button_whose_act_cannot_be_kept_says_so(sign_in, session, on_every_connection, htmx):
    booking = a_booking(a_reception_day(), an_enterprise())
    session.add(booking)
    session.commit()
    office = sign_in(Role.OFFICE)
    on_every_connection("query_only=ON")
    answer = office.post(f"/room/bookings/{booking.id}/check-in", headers=htmx)
    assert answer.status_code == 503
    assert "只能读取" in answer.get_data(as_text=True)


def test_pages_can_be_looked_at_while_nothing_can_be_kept(office, day, on_every_connection):
    on_every_connection("query_only=ON")
    assert [office.get(path).status_code for path in ("/", ADDRESS, f"/room/{day.day}")] == [200, 200, 200]


def test_a_letter_the_disk_has_no_room_for_is_said_beside_its_field_and_leaves_nothing(tmp_path):
    folder, (soft, hard) = tmp_path / "uploads", resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        with pytest.raises(CannotKeep, match="磁盘已满") as refusal:
            uploads.accept(folder, "a.pdf", BytesIO(PDF), megabytes=1, field="authorisation")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert refusal.value.field == "authorisation"
    assert [it for it in folder.rglob("*") if it.is_file()] == []
