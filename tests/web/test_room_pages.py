"""The room and the calling board as pages."""

import io
import re
from datetime import date

import pytest
from sqlalchemy import select

from portal.domain.attendance import Attendance
from portal.domain.bookings import BookingState
from portal.domain.matters import MatterState
from portal.domain.people import Role
from portal.domain.reception_days import DayState
from portal.store.models.bookings import Booking, InvitedUnit, Photo, Reception
from portal.store.models.matters import Matter
from portal.store.models.office import OfficeSetting
from portal.store.models.reception import ReceptionDay
from tests.booking_orders import the_district
from tests.builders import a_booking, a_leader, a_matter, a_reception_day, a_turn, a_unit, an_enterprise
from tests.documents.test_pictures import a_photo

HTMX = {"HX-Request": "true"}
ROOM = "/room/2026-12-15"


@pytest.fixture
def ids(session):
    leader, unit = a_leader(), a_unit(short_name="区住建局")
    day = a_reception_day()
    day.turns = [a_turn(leader)]
    first = a_booking(day, an_enterprise(name="安澜甲有限公司"), visitor_name="钱示例")
    second = a_booking(day, an_enterprise(name="安澜乙有限公司"), slot=1)
    matter = a_matter(first, title="二期厂房补贴尚未兑现")
    invited = InvitedUnit(booking=first, unit=unit, attendance=Attendance.INVITED)
    session.add_all([leader, unit, day, first, second, matter, invited, *the_district()])
    session.commit()
    return {
        "leader": leader.id, "unit": unit.id, "day": day.id, "first": first.id, "second": second.id, "matter": matter.id,
    }  # fmt: skip


@pytest.fixture
def office(sign_in, ids):
    return sign_in(Role.OFFICE)


@pytest.fixture
def receiving(office, ids):
    """The first enterprise is in the room."""
    office.post(f"{ROOM}/open")
    for act in ("check-in", "start"):
        office.post(f"/room/bookings/{ids['first']}/{act}")
    return office


def page(answer):
    return answer.get_data(as_text=True)


def record(**changed):
    return {"inquiry": "", "department_reports": "", "crux": "", "approach": "", "answer": "", "recorder": ""} | changed


def test_the_room_of_the_next_day_opens_first(office):
    assert office.get("/room/").location == ROOM
    assert office.get("/room/?day=2026-12-15").location == ROOM


def test_the_room_shows_queue_matters_and_units(office):
    html = page(office.get(ROOM))
    assert all(
        it in html for it in ("安澜甲有限公司", "安澜乙有限公司", "二期厂房补贴尚未兑现", "区住建局", "1号", "2号")
    )


def test_a_day_is_walked_from_opening_to_closing(receiving, session, ids):
    name = f"matter{ids['matter']}-"
    settled = {f"{name}disposition": "settle", f"{name}answer": "本月拨付", f"{name}version": 1}
    receiving.post(f"/room/matters/{ids['matter']}/disposition", data=settled)
    receiving.post(f"/room/bookings/{ids['first']}/record", data=record(inquiry="询问进度", version=1))
    receiving.post(f"/room/bookings/{ids['first']}/finish")
    assert "1 家已确认而未到的企业记为爽约：安澜乙有限公司" in page(receiving.get(f"{ROOM}/close"))
    assert receiving.post(f"{ROOM}/close").status_code == 303
    session.expire_all()
    assert session.get_one(ReceptionDay, ids["day"]).state is DayState.CLOSED
    assert session.get_one(Booking, ids["first"]).state is BookingState.FINISHED
    assert session.get_one(Booking, ids["second"]).state is BookingState.NO_SHOW
    assert session.get_one(Matter, ids["matter"]).state is MatterState.SETTLED
    assert session.scalars(select(Reception)).one().inquiry == "询问进度"


def test_when_one_is_done_the_next_who_waits_is_offered(receiving, ids):
    receiving.post(f"/room/bookings/{ids['first']}/finish")
    address = f"{ROOM}?booking={ids['first']}"
    assert "没有等候的企业" in page(receiving.get(address))
    receiving.post(f"/room/bookings/{ids['second']}/check-in")
    assert "叫下一家 2号" in page(receiving.get(address))


def test_closing_with_a_matter_undecided_is_refused_and_says_which(receiving, session, ids):
    number = session.get_one(Matter, ids["matter"]).number
    answer = receiving.post(f"{ROOM}/close")
    assert answer.status_code == 422
    assert number in page(answer)


def test_opening_on_another_day_is_asked_about(office):
    assert "不是接待日当天" in page(office.get(f"{ROOM}/open"))
    assert office.post(f"{ROOM}/open").status_code == 303
    again = office.post(f"{ROOM}/open", follow_redirects=True)
    assert "不能变更为" in page(again)


def test_what_cannot_be_done_is_said_on_the_page(office, ids):
    answer = office.post(f"/room/bookings/{ids['first']}/start", follow_redirects=True)
    assert "请先点“开始接待”" in page(answer)
    assert office.post(f"/room/bookings/{ids['first']}/start", headers=HTMX).status_code == 422
    assert office.post(f"/room/bookings/{ids['first']}/dance").status_code == 404


def test_attendance_is_noted_with_one_press_and_taken_back(receiving, session, ids):
    address = f"/room/bookings/{ids['first']}/units/{ids['unit']}"
    for pressed, name, noted in (("attended", "陶示例", Attendance.ATTENDED), ("", "", Attendance.INVITED)):
        assert receiving.post(address, data={"attendance": pressed, "representative": name}).status_code == 303
        invited = session.scalars(select(InvitedUnit).execution_options(populate_existing=True)).one()
        assert (invited.attendance, invited.representative) == (noted, name)
    alone = receiving.post(address, data={"attendance": "absent"}, headers=HTMX)
    assert page(alone).strip().startswith(f'<form id="attendance_row-{ids["unit"]}"')
    assert page(alone).strip() in page(receiving.get(ROOM))
    too_long = receiving.post(address, data={"attendance": "attended", "representative": "长" * 41}, headers=HTMX)
    assert too_long.status_code == 422
    assert "长" * 41 in page(too_long)
    assert receiving.post(f"/room/bookings/{ids['first']}/units/99", data={}).status_code == 404


def scan(browser, typed, **headers):
    return browser.post(f"{ROOM}/scan", data={"scan": typed}, headers=headers)


def test_a_scan_checks_in_and_comes_back_to_the_box_with_and_without_script(office, session, ids):
    answer = scan(office, "1号")
    assert answer.status_code == 303
    html = page(office.get(answer.location))
    assert "1号 安澜甲有限公司 已签到" in html
    assert "撤销签到" in html
    assert "autofocus" in html[html.index('id="scan-text"') :][:400]
    again = scan(office, session.get_one(Booking, ids["first"]).code, **HTMX)
    assert page(again).strip().startswith('<div id="scan_result"')
    assert "已经签到" in page(again)
    assert again.headers["HX-Trigger"] == "room-changed"
    assert session.get_one(Booking, ids["first"], populate_existing=True).state is BookingState.ARRIVED


def test_a_scan_that_means_several_offers_them_and_one_that_means_nobody_offers_to_register(office):
    several = scan(office, "安澜")
    html = page(office.get(several.location))
    assert "不止一家" in html
    assert html.count("/check-in") >= 2
    nobody = page(scan(office, "查无此家", **HTMX))
    assert "没有找到“查无此家”的预约" in nobody
    assert "今天已没有空余名额" in nobody


def test_who_comes_without_a_booking_is_registered_where_a_place_is_free(office, session, ids):
    booking = session.get_one(Booking, ids["second"])
    booking.state, booking.seat_id = BookingState.CANCELLED, None
    session.commit()
    found = page(scan(office, "查无此家", **HTMX))
    assert "origin=walk_in" in found
    assert f"slot={booking.slot_id}" in found
    assert "预约已取消" in page(scan(office, booking.code, **HTMX))


def test_where_walk_ins_are_not_received_the_page_says_so_and_leads_to_a_later_day(sign_in, ids, session):
    later = a_reception_day(day=date(2027, 1, 15))
    session.add_all([later, OfficeSetting(name="walk_ins", value="never")])
    session.commit()
    office = sign_in(Role.OFFICE)
    html = page(office.get(ROOM))
    assert "没有预约的企业12月15日 周二不安排接待" in html, "today is another day"
    assert "/bookings/new?day=2027-01-15" in html
    assert "origin=walk_in" not in html


def test_a_day_past_says_nothing_of_those_who_come_without_a_booking(sign_in, ids, session):
    session.get_one(ReceptionDay, ids["day"]).day = date(2026, 11, 16)
    session.add(OfficeSetting(name="walk_ins", value="never"))
    session.commit()
    assert "没有预约的企业" not in page(sign_in(Role.OFFICE).get("/room/2026-11-16"))


@pytest.mark.parametrize(
    "state, said", [(BookingState.LEFT, "企业未等接待即已离开"), (BookingState.NO_SHOW, "企业没有到场")]
)
def test_no_record_is_promised_of_who_is_gone(office, session, ids, state, said):
    assert "开始接待以后在这里记录" in page(office.get(f"{ROOM}?booking={ids['first']}"))
    session.get_one(Booking, ids["first"]).state = state
    session.commit()
    html = page(office.get(f"{ROOM}?booking={ids['first']}"))
    assert said in html
    assert "开始接待以后在这里记录" not in html


def test_a_scan_is_refused_in_words_while_the_day_takes_nobody(office, session, ids):
    session.get_one(ReceptionDay, ids["day"]).state = DayState.PLANNED
    session.commit()
    assert "接待日" in page(scan(office, "1号", **HTMX))
    assert session.get_one(Booking, ids["first"], populate_existing=True).state is BookingState.CONFIRMED


def test_the_number_of_persons_is_corrected(office, session, ids):
    scan(office, "1号")
    office.post(f"/room/bookings/{ids['first']}/persons", data={"persons": "3"})
    assert session.get_one(Booking, ids["first"], populate_existing=True).persons_came == 3
    wrong = office.post(f"/room/bookings/{ids['first']}/persons", data={"persons": "many"}, follow_redirects=True)
    assert "1 至 99" in page(wrong)


def test_two_who_call_the_next_at_once_are_told_who_is_called(office, ids):
    office.post(f"{ROOM}/open")
    for each in ("1号", "2号"):
        scan(office, each)
    called = office.post(f"{ROOM}/call-next", data={"room": ""})
    assert f"booking={ids['first']}" in called.location
    assert "已经叫到接待室" in page(office.post(f"{ROOM}/call-next", data={"room": ""}, follow_redirects=True))
    assert office.post(f"{ROOM}/call-next", data={"room": ""}, headers=HTMX).status_code == 409


def test_the_queue_is_asked_for_again_only_while_the_day_goes_on_and_answers_nothing_when_nothing_changed(office, ids):
    assert 'hx-trigger="every' not in page(office.get(ROOM))
    office.post(f"{ROOM}/open")
    html = page(office.get(ROOM))
    address = re.search(r'id="queue".*?hx-get="([^"]+)"', html)[1].replace("&amp;", "&")
    assert office.get(address, headers=HTMX).status_code == 204
    scan(office, "2号")
    changed = office.get(address, headers=HTMX)
    assert changed.status_code == 200
    assert "等候 0 分钟" in page(changed)
    assert "<textarea" not in page(changed)


def test_asking_again_costs_few_statements(office, session, ids, statements):
    office.post(f"{ROOM}/open")
    address = re.search(r'id="queue".*?hx-get="([^"]+)"', page(office.get(ROOM)))[1].replace("&amp;", "&")
    statements.clear()
    assert office.get(address, headers=HTMX).status_code == 204
    assert len([it for it in statements if it.startswith("SELECT")]) <= 3
    scan(office, "2号")
    office.get(address, headers=HTMX)
    statements.clear()
    assert office.get(address, headers=HTMX).status_code == 200
    assert len([it for it in statements if it.startswith("SELECT")]) <= 5


def send_photos(browser, *files, **given):
    data = {"photos": [(io.BytesIO(data), name) for name, data in files], **given}
    return browser.post(f"{ROOM}/photos", data=data, content_type="multipart/form-data")


def test_photos_are_handed_in_seen_captioned_and_deleted(office, sign_in, session, ids):
    answer = send_photos(office, ("甲.jpg", a_photo()), ("乙.png", a_photo(kind="PNG")), booking=str(ids["first"]))
    assert answer.status_code == 303
    first, second = session.scalars(select(Photo.id).order_by(Photo.id)).all()
    html = page(office.get(f"{ROOM}/photos"))
    assert f"/room/photos/{first}/small.jpg" in html
    assert f"/room/photos/{second}/small.jpg" in page(office.get(f"{ROOM}?booking={ids['first']}"))
    picture = office.get(f"/room/photos/{first}.jpg")
    assert (picture.mimetype, picture.headers["Cache-Control"]) == ("image/jpeg", "no-cache, private")
    assert b"SECRET-CAMERA" not in picture.data
    tag = {"If-None-Match": picture.headers["ETag"]}
    assert office.get(f"/room/photos/{first}.jpg", headers=tag).status_code == 304
    office.post(f"/room/photos/{first}/caption", data={"caption": "座谈现场"})
    assert "座谈现场" in page(office.get(f"{ROOM}/photos"))
    leader = sign_in(Role.LEADER, leader_id=ids["leader"])
    assert leader.get(f"/room/photos/{first}/small.jpg").status_code == 200
    assert "上传照片" not in page(leader.get(f"{ROOM}/photos"))
    assert send_photos(leader, ("甲.jpg", a_photo())).status_code == 403
    assert "不能恢复" in page(office.get(f"/room/photos/{first}/delete"))
    assert office.post(f"/room/photos/{first}/delete").status_code == 303
    assert office.get(f"/room/photos/{first}.jpg").status_code == 404
    assert sign_in(Role.UNIT).get(f"/room/photos/{second}.jpg").status_code == 403


def test_the_bytes_of_a_deleted_photo_are_gone(office, session, instance):
    send_photos(office, ("甲.jpg", a_photo()))
    [photo_id] = session.scalars(select(Photo.id)).all()
    kept = [it for it in (instance / "uploads").rglob("*") if it.is_file()]
    assert len(kept) == 1
    office.post(f"/room/photos/{photo_id}/delete")
    assert not kept[0].exists()


def test_of_several_photos_the_good_ones_are_kept_and_the_others_named(office, session):
    answer = send_photos(office, ("好.jpg", a_photo()), ("坏.jpg", b"%PDF-1.7"))
    assert "没有保存：“坏.jpg”不是 JPG 或 PNG" in page(office.get(answer.location))
    for files in ((("坏.jpg", b"x"),), (("空.png", b""),), ()):
        refused = send_photos(office, *files)
        assert refused.status_code == 422
        assert "照片没有保存" in page(refused)


def test_more_may_be_handed_in_as_photos_than_a_form_may_hold(office, app):
    app.config["MAX_CONTENT_LENGTH"] = 1000
    assert send_photos(office, ("甲.jpg", a_photo())).status_code == 303
    assert app.test_client().post(f"{ROOM}/photos", data={"x": "y" * 2000}).status_code in (303, 413)


def test_a_leader_watches_the_room_of_his_day_without_buttons(sign_in, receiving, session, ids):
    leader = sign_in(Role.LEADER, leader_id=ids["leader"])
    assert leader.get("/room/").location == ROOM
    html = page(leader.get(ROOM))
    assert "安澜甲有限公司" in html
    assert "<form" not in html[html.index('class="room"') :]
    assert leader.post(f"{ROOM}/close").status_code == 403
    assert leader.post(f"/room/bookings/{ids['first']}/finish").status_code == 403


def test_a_leader_of_another_day_finds_no_room(sign_in, session, ids):
    stranger = a_leader()
    session.add(stranger)
    session.commit()
    leader = sign_in(Role.LEADER, leader_id=stranger.id)
    assert leader.get(ROOM).status_code == 404
    assert "没有您参加的接待日" in page(leader.get("/room/"))


@pytest.mark.parametrize("role", [Role.UNIT, Role.SUPERVISOR, Role.AUDITOR, Role.SECURITY, Role.SYSTEM])
def test_others_do_not_enter_the_room(sign_in, ids, role):
    browser = sign_in(role)
    assert browser.get(ROOM).status_code == 403
    assert browser.get("/room/").status_code == 403


def test_the_room_costs_the_same_however_many_wait(office, session, ids, statements):
    def cost():
        statements.clear()
        office.get(ROOM)
        return len([it for it in statements if it.startswith("SELECT")])

    cost()
    before = cost()
    more = a_reception_day(day=session.get_one(ReceptionDay, ids["day"]).day.replace(day=16), slots=6)
    bookings = [a_booking(more, an_enterprise(), slot=slot) for slot in range(6)]
    session.add_all([*bookings, *(a_matter(booking) for booking in bookings)])
    session.commit()
    statements.clear()
    office.get("/room/2026-12-16")
    assert len([it for it in statements if it.startswith("SELECT")]) == before


def test_the_board_needs_no_sign_in_and_names_nobody(app, receiving):
    answer = app.test_client().get("/board/2026-12-15")
    html = page(answer)
    assert answer.status_code == 200
    assert "1号" in html
    assert "正在接待" in html
    for secret in ("安澜甲有限公司", "安澜乙有限公司", "钱示例", "138"):
        assert secret not in html


def test_the_board_asks_again_until_the_day_is_over_with_and_without_script(app, receiving, ids):
    browser = app.test_client()
    live = page(browser.get("/board/2026-12-15"))
    assert 'hx-trigger="every 5s"' in live
    assert '<noscript><meta http-equiv="refresh"' in live
    assert page(browser.get("/board/2026-12-15", headers=HTMX)).strip() in live
    name = f"matter{ids['matter']}-"
    receiving.post(
        f"/room/matters/{ids['matter']}/disposition", data={f"{name}disposition": "assign", f"{name}version": 1}
    )
    receiving.post(f"/room/bookings/{ids['first']}/finish")
    receiving.post(f"{ROOM}/close")
    over = page(browser.get("/board/2026-12-15"))
    assert "hx-trigger" not in over[over.index("<main") :]
    assert "refresh" not in over
    assert "今天的接待已经结束" in over


def test_the_board_says_that_the_day_has_not_begun_and_costs_one_statement_at_most_until_something_happens(
    app, office, ids, statements
):
    browser = app.test_client()
    assert "接待还没有开始，12月15日 周二 09:00 开始" in page(browser.get("/board/2026-12-15", headers=HTMX))
    statements.clear()
    for _ in range(5):
        browser.get("/board/2026-12-15", headers=HTMX)
    assert len([it for it in statements if it.startswith("SELECT")]) <= 5
    office.post(f"{ROOM}/open")
    office.post(f"/room/bookings/{ids['first']}/check-in")
    office.post(f"{ROOM}/call-next", data={"room": ""})
    assert "<strong>1号</strong>" in page(browser.get("/board/2026-12-15", headers=HTMX))


@pytest.mark.parametrize("address", ["/board/2026-12-16", "/board/nonsense", "/room/2026-12-16", "/room/2026-02-30"])
def test_a_date_without_reception_day_is_404(office, address):
    assert office.get(address).status_code == 404
