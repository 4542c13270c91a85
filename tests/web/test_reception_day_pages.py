from datetime import date, time
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from portal.domain.attendance import Attendance
from portal.domain.bookings import BookingState
from portal.domain.people import ADMINISTRATORS, Role
from portal.domain.reception_days import DayState
from portal.store.models.bookings import InvitedUnit
from portal.store.models.reception import ReceptionDay, SlotTemplate, Venue
from portal.store.queries.reception_days import day_on, slots_of_day
from tests.builders import a_booking, a_leader, a_reception_day, a_turn, a_unit, an_enterprise

DAY = date(2026, 12, 15)
HERE = "/reception-days/2026-12-15"
BUSINESS = [role for role in Role if role not in ADMINISTRATORS]
PLAN = {
    "rule": "monthday", "month_day": "15", "place": "2", "weekday": "4", "dates": "", "first_month": "2027-01",
    "months": "12", "on_holiday": "next", "make_up_days": "y", "venue": "区工商联会议室", "starts_at": "09:20",
    "slot_minutes": "40", "gap_minutes": "0", "slots": "6", "seats": "1",
}  # fmt: skip
EXTRA = {key: PLAN[key] for key in ("venue", "starts_at", "slot_minutes", "gap_minutes", "slots", "seats")}


def text(answer, status=200):
    page = answer.get_data(as_text=True)
    assert answer.status_code == status, page[:2000]
    return page


@pytest.fixture
def a_day(session):
    """A published day with its main receiver and one confirmed booking by 申示例 of 安澜甲公司."""
    leader = a_leader(name="吴示宁", post="区长")
    turn = a_turn(
        leader,
        why="主接待尚未轮到过",
        passed_over=[{"leader": "郑示和", "why": "主接待已轮 1 次，多于吴示宁的 0 次。"}],
    )
    day = a_reception_day(turns=[turn], slots=3)
    session.add_all([day, a_booking(day, an_enterprise(name="安澜甲公司"))])
    session.commit()
    return day


def selects(statements):
    return sum(it.startswith("SELECT") for it in statements)


def post(client, address, **given):
    return client.post(address, data=given)


# --- the list ---


@pytest.mark.parametrize("role", BUSINESS)
def test_everybody_in_business_sees_the_list_and_the_day(session, sign_in, a_day, role):
    leader_id = a_day.turns[0].leader_id if role in (Role.LEADER, Role.SECRETARY) else None
    client = sign_in(role, leader_id=leader_id)
    assert "12月15日 周二" in text(client.get("/reception-days/"))
    assert "吴示宁" in text(client.get(HERE))


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_administrators_have_no_reception_days(sign_in, a_day, role):
    client = sign_in(role)
    for page in ("/reception-days/", "/reception-days/list.xlsx", HERE):
        assert client.get(page).status_code == 403


@pytest.mark.parametrize("role", [role for role in BUSINESS if role is not Role.OFFICE])
def test_only_the_office_acts(session, sign_in, a_day, role):
    leader_id = a_day.turns[0].leader_id if role in (Role.LEADER, Role.SECRETARY) else None
    client = sign_in(role, leader_id=leader_id)
    for page in ("/reception-days/plan", "/reception-days/new", f"{HERE}/change", f"{HERE}/cancel", f"{HERE}/slots"):
        assert client.get(page).status_code == 403
    for act in ("publish", "withdraw", "restore", "cancel", "change", "slots", "slots/1/remove"):
        assert post(client, f"{HERE}/{act}", version=1).status_code == 403
    for act in ("plan", "plan/apply", "new"):
        assert post(client, f"/reception-days/{act}", **PLAN).status_code == 403


def test_the_list_tells_the_coming_days_from_the_past(session, sign_in, a_day):
    session.add(a_reception_day(day=date(2026, 11, 16), state=DayState.CLOSED))
    session.commit()
    client = sign_in(Role.OFFICE)
    assert "11月16日" not in text(client.get("/reception-days/"))
    past = text(client.get("/reception-days/?span=past"))
    assert ("11月16日" in past, "12月15日" in past) == (True, False)
    both = text(client.get("/reception-days/?span=all"))
    assert both.index("11月16日") < both.index("12月15日")
    assert "12月15日" not in text(client.get("/reception-days/?span=all&state=closed"))
    assert "编排接待日" in text(client.get("/reception-days/?state=cancelled"))


def test_the_list_costs_three_statements_however_long(session, sign_in, statements):
    client = sign_in(Role.OFFICE)
    client.get("/reception-days/")
    session.add_all(a_reception_day(day=date(2027, 1, number), turns=[a_turn(a_leader())]) for number in range(1, 29))
    session.commit()
    statements.clear()
    text(client.get("/reception-days/"))
    assert sum("FROM reception_day" in it or "FROM duty_turn" in it for it in statements) == 3


def test_the_list_pages_by_key(session, sign_in):
    session.add_all(a_reception_day(day=date(2027, month, day)) for month in range(1, 6) for day in range(1, 15))
    session.commit()
    client = sign_in(Role.OFFICE)
    first = text(client.get("/reception-days/"))
    assert ("共 70 条" in first, "2027年4月6日" in first, "2027年4月9日" in first) == (True, True, False)
    after = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert "2027年4月9日" in text(client.get(after))


def test_the_list_leaves_as_a_spreadsheet(sign_in, a_day):
    answer = sign_in(Role.SUPERVISOR).get("/reception-days/list.xlsx")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[0][:6] == ["日期", "星期", "状态", "开始", "地点", "主接待"]
    assert rows[1][:6] == [DAY, "周二", "已发布", "09:00", "区工商联会议室", "吴示宁（副区长）"]


@pytest.mark.parametrize(
    "address", ["/reception-days/", "/reception-days/?span=all", HERE, f"{HERE}/change", f"{HERE}/cancel"]
)
def test_htmx_gets_the_very_fragment_of_the_page(sign_in, a_day, address):
    client = sign_in(Role.OFFICE)
    fragment = text(client.get(address, headers={"HX-Request": "true"}))
    assert fragment.strip() in text(client.get(address))


# --- one day ---


def test_a_day_shows_duty_reasons_and_who_was_passed_over(sign_in, a_day):
    page = text(sign_in(Role.OFFICE).get(HERE))
    for words in (
        "2026年12月15日 周二",
        "已发布",
        "主接待尚未轮到过",
        "郑示和",
        "缺参加",
        "缺补位",
        "1/3 已约",
        "每月15日",
    ):
        assert words in page


def test_the_office_sees_who_comes(session, sign_in, a_day):
    page = text(sign_in(Role.OFFICE).get(HERE))
    assert ("安澜甲公司" in page, "申示例" in page, "法定代表人" in page) == (True, True, True)


def test_the_leader_on_duty_sees_who_comes(sign_in, a_day):
    assert "申示例" in text(sign_in(Role.LEADER, leader_id=a_day.turns[0].leader_id).get(HERE))


def test_another_leader_sees_the_enterprise_but_no_visitor(session, sign_in, a_day):
    session.add(other := a_leader())
    session.flush()
    page = text(sign_in(Role.LEADER, leader_id=other.id).get(HERE))
    assert ("安澜甲公司" in page, "申示例" in page) == (True, False)


def test_the_supervisor_sees_no_visitor_and_no_reasons(sign_in, a_day):
    page = text(sign_in(Role.SUPERVISOR).get(HERE))
    assert ("安澜甲公司" in page, "申示例" in page, "主接待尚未轮到过" in page) == (True, False, False)


def test_a_unit_sees_only_the_enterprises_it_was_invited_to(session, sign_in, a_day):
    unit = a_unit()
    second = a_booking(a_day, an_enterprise(name="安澜乙公司"), slot=1)
    second.invited = [InvitedUnit(unit=unit, attendance=Attendance.INVITED)]
    session.add(second)
    session.commit()
    page = text(sign_in(Role.UNIT, unit=unit).get(HERE))
    assert ("安澜乙公司" in page, "安澜甲公司" in page, "申示例" in page) == (True, False, False)
    assert "2/3 已约" in page


def test_a_date_without_reception_is_not_found_in_words(sign_in):
    page = text(sign_in(Role.OFFICE).get("/reception-days/2026-12-16"), 404)
    assert "2026年12月16日不是接待日" in page
    assert "接待日列表或日历" in page


@pytest.mark.parametrize(
    "address", ["/reception-days/2026-02-30", "/reception-days/20261215", "/reception-days/tomorrow"]
)
def test_an_address_that_is_no_date_is_not_found(sign_in, address):
    assert sign_in(Role.OFFICE).get(address).status_code == 404


def test_a_day_costs_the_same_number_of_statements_however_full(session, sign_in, a_day, statements):
    client = sign_in(Role.OFFICE)
    client.get(HERE)
    statements.clear()
    client.get(HERE)
    before, full = selects(statements), a_reception_day(day=date(2026, 12, 22), slots=9)
    session.add_all([full, *(a_booking(full, an_enterprise(), slot=number) for number in range(9))])
    full.turns = [a_turn(a_leader(), seat=seat) for seat in ("main", "accompanying", "standby")]
    session.commit()
    statements.clear()
    text(client.get("/reception-days/2026-12-22"))
    assert selects(statements) == before


# --- acts ---


def test_a_day_without_main_receiver_is_not_published_and_says_why(session, sign_in):
    session.add(day := a_reception_day(state=DayState.PLANNED))
    session.commit()
    client = sign_in(Role.OFFICE)
    assert post(client, f"{HERE}/publish", version=day.version).status_code == 303
    assert "还没有安排主接待领导" in text(client.get(HERE))
    assert day_on(session, DAY).state is DayState.PLANNED


def test_a_day_is_withdrawn_published_cancelled_and_restored_from_its_page(session, sign_in, a_day):
    client = sign_in(Role.OFFICE)
    for act, state in (
        ("withdraw", "planned"),
        ("cancel", "cancelled"),
        ("restore", "planned"),
        ("publish", "published"),
    ):
        given = {"version": day_on(session, DAY).version, "reason": "市级会议冲突"}
        assert post(client, f"{HERE}/{act}", **given).status_code == 303
        assert day_on(session, DAY).state.value == state
        assert text(client.get(HERE))


def test_cancelling_says_first_what_will_happen(sign_in, a_day):
    page = text(sign_in(Role.OFFICE).get(f"{HERE}/cancel"))
    for words in ("当日 1 家预约同时取消", "安澜甲公司", "吴示宁", "不再计入次数"):
        assert words in page


def test_cancelling_without_a_reason_keeps_the_page(session, sign_in, a_day):
    page = text(post(sign_in(Role.OFFICE), f"{HERE}/cancel", version=a_day.version, reason="忙"), 422)
    assert "须写明理由，不少于 4 个字" in page
    assert ">忙</textarea>" in page.replace("\r\n", "").replace("\n", "")
    assert day_on(session, DAY).state is DayState.PUBLISHED


def test_whoever_changes_an_old_version_is_told_and_loses_nothing(session, sign_in, a_day):
    client, version = sign_in(Role.OFFICE), a_day.version
    given = {"venue": "望岳街道会议室", "starts_at": "09:30", "theme": "融资专场", "version": version}
    assert post(client, f"{HERE}/change", **given).status_code == 303
    late = text(post(client, f"{HERE}/change", **(given | {"venue": "清溪街道会议室"})), 409)
    assert "别人已修改这个接待日" in late
    assert 'value="清溪街道会议室"' in late
    row = day_on(session, DAY)
    assert (row.venue, row.starts_at, row.theme) == ("望岳街道会议室", time(9, 30), "融资专场")
    assert slots_of_day(session, row.id)[0].starts_at == time(9, 30)


def test_a_press_on_an_old_version_is_a_conflict(sign_in, a_day):
    assert post(sign_in(Role.OFFICE), f"{HERE}/withdraw", version=99).status_code == 409


def test_a_press_without_its_version_is_refused(sign_in, a_day):
    assert post(sign_in(Role.OFFICE), f"{HERE}/withdraw").status_code == 400


def test_slots_are_added_and_taken_away_on_the_change_page(session, sign_in, a_day):
    client = sign_in(Role.OFFICE)
    given = {"starts_at": "14:00", "minutes": "30", "seats": "2", "room": "二号接待室", "version": a_day.version}
    assert post(client, f"{HERE}/slots", **given).status_code == 303
    page = text(client.get(f"{HERE}/change"))
    assert ("14:00—14:30" in page, "二号接待室" in page) == (True, True)
    booked, free = slots_of_day(session, a_day.id)[:2]
    assert f"/slots/{booked.id}/remove" not in page
    version = day_on(session, DAY).version
    assert post(client, f"{HERE}/slots/{free.id}/remove", version=version).status_code == 303
    assert free.id not in [it.id for it in slots_of_day(session, a_day.id)]


def test_a_slot_that_overlaps_comes_back_with_what_was_typed(sign_in, a_day):
    given = {"starts_at": "09:10", "minutes": "33", "seats": "1", "version": a_day.version}
    page = text(post(sign_in(Role.OFFICE), f"{HERE}/slots", **given), 422)
    assert ("重叠" in page, 'value="33"' in page) == (True, True)


# --- planning ---


def test_a_plan_is_previewed_before_anything_is_made(session, sign_in):
    page = text(post(sign_in(Role.OFFICE), "/reception-days/plan", **PLAN))
    for words in ("每月15日", "2027年2月15日 周一", "建立这 12 个接待日", "预测", "2027年放假安排尚未公布"):
        assert words in page
    assert session.scalar(select(func.count(ReceptionDay.id))) == 0


def test_applying_a_plan_twice_makes_every_day_once_and_says_so(session, sign_in):
    client = sign_in(Role.OFFICE)
    assert post(client, "/reception-days/plan/apply", **PLAN).status_code == 303
    assert "已建立 12 个接待日" in text(client.get("/reception-days/"))
    assert post(client, "/reception-days/plan/apply", **PLAN).status_code == 303
    assert "已有的 12 个保持不变" in text(client.get("/reception-days/"))
    assert session.scalar(select(func.count(ReceptionDay.id))) == 12


@pytest.mark.parametrize(
    "given,label,first",
    [
        ({"rule": "weekday", "place": "2", "weekday": "4"}, "每月第2个周五", "2027年1月8日 周五"),
        ({"rule": "weekday", "place": "-1", "weekday": "0"}, "每月最后一个周一", "2027年1月25日 周一"),
        ({"rule": "dates", "dates": "2027-01-20\r\n2027-03-10"}, "指定日期（共 2 天）", "2027年1月20日 周三"),
    ],
)
def test_a_rule_is_built_from_its_own_fields(sign_in, given, label, first):
    page = text(post(sign_in(Role.OFFICE), "/reception-days/plan", **(PLAN | given)))
    assert (label in page, first in page) == (True, True)


@pytest.mark.parametrize(
    "given,words",
    [
        ({"rule": "dates", "dates": "明天"}, "请每行填写一个日期"),
        ({"month_day": ""}, "请填写每月几日"),
        ({"month_day": "32"}, "请填写 1 至 31 的整数"),
        ({"first_month": "明年"}, "不是有效的日期"),
        ({"months": "99"}, "请填写 1 至 60 的整数"),
        ({"starts_at": "25:00"}, "不是有效的时间"),
        ({"slots": "40", "slot_minutes": "60"}, "当天最多排"),
        ({"venue": " "}, "请填写接待地点"),
    ],
)
@pytest.mark.parametrize("act", ["plan", "plan/apply"])
def test_a_plan_that_makes_no_sense_comes_back_with_what_was_typed(session, sign_in, given, words, act):
    page = text(post(sign_in(Role.OFFICE), f"/reception-days/{act}", **(PLAN | {"slot_minutes": "37"} | given)), 422)
    assert words in page.split("data-summary")[1].split("</ul>")[0]
    if "slot_minutes" not in given:
        assert 'value="37"' in page
    assert session.scalar(select(func.count(ReceptionDay.id))) == 0


def test_so_many_a_year_are_proposed_from_their_own_field(sign_in):
    client = sign_in(Role.OFFICE)
    page = text(post(client, "/reception-days/plan", **(PLAN | {"rule": "yearly", "times": "4"})))
    assert ("全年4次" in page, "建立这 4 个接待日" in page, "协商确定" in page) == (True, True, True)
    page = text(post(client, "/reception-days/plan", **(PLAN | {"rule": "yearly", "times": ""})), 422)
    assert "请填写全年几次，1 至 12。" in page


def test_a_day_left_to_the_office_leads_to_adding_it_by_hand(sign_in):
    given = PLAN | {"on_holiday": "manual", "first_month": "2026-02", "months": "1"}
    client = sign_in(Role.OFFICE)
    page = text(post(client, "/reception-days/plan", **given))
    assert ("待定" in page, "/reception-days/new?day=2026-02-15" in page) == (True, True)
    assert 'value="2026-02-15"' in text(client.get("/reception-days/new?day=2026-02-15"))


@pytest.fixture
def a_template(session):
    template = SlotTemplate(
        name="全天八场", starts_at=time(9, 30), slot_minutes=35, gap_minutes=5, slots=8, seats=2,
        break_from=time(12), break_minutes=90,
    )  # fmt: skip
    session.add(template)
    session.commit()
    return template


@pytest.mark.parametrize("page,given", [("plan", PLAN), ("new", EXTRA | {"day": "2026-12-16", "reason": ""})])
def test_a_template_fills_in_the_slots_and_keeps_what_else_was_typed(session, sign_in, a_template, page, given):
    given = given | {"venue": "望岳街道会议室", "template": str(a_template.id), "use_template": "1"}
    shown = text(post(sign_in(Role.OFFICE), f"/reception-days/{page}", **given))
    for words in ('value="望岳街道会议室"', 'value="09:30"', 'value="35"', 'value="12:00"', 'value="90"', 'value="8"'):
        assert words in shown
    assert session.scalar(select(func.count(ReceptionDay.id))) == 0


def test_a_template_named_in_the_address_fills_in_the_slots(sign_in, a_template):
    client = sign_in(Role.OFFICE)
    for page in ("plan", "new"):
        shown = text(client.get(f"/reception-days/{page}?template={a_template.id}"))
        assert ('value="09:30"' in shown, 'value="35"' in shown) == (True, True)


def test_a_day_added_from_a_template_keeps_the_break_free(session, sign_in, a_template):
    given = EXTRA | {"starts_at": "11:00", "slots": "2", "break_from": "12:00", "break_minutes": "90"}
    post(sign_in(Role.OFFICE), "/reception-days/new", day="2026-12-16", reason="", **given)
    row = day_on(session, date(2026, 12, 16))
    assert [it.starts_at for it in slots_of_day(session, row.id)] == [time(11), time(13, 30)]


def test_venues_are_offered_where_a_place_is_written(session, sign_in, a_day):
    session.add_all([Venue(name="区政务中心三楼", address="安澜大道1号"), Venue(name="旧会议室", active=False)])
    session.commit()
    client = sign_in(Role.OFFICE)
    for page in ("/reception-days/plan", "/reception-days/new", f"{HERE}/change"):
        shown = text(client.get(page))
        assert ('<option value="区政务中心三楼">' in shown, "旧会议室" in shown) == (True, False)


def test_a_sunday_is_added_with_its_reason(session, sign_in):
    client = sign_in(Role.OFFICE)
    page = text(post(client, "/reception-days/new", day="2026-12-20", reason="", **EXTRA), 422)
    assert "是周末，请写明安排理由" in page
    done = post(client, "/reception-days/new", day="2026-12-20", reason="首次接待，周日开展", **EXTRA)
    assert done.headers["Location"] == "/reception-days/2026-12-20"
    assert "手工增加：首次接待，周日开展" in text(client.get("/reception-days/2026-12-20"))


def test_a_date_that_is_taken_is_a_conflict_and_keeps_what_was_typed(sign_in, a_day):
    page = text(post(sign_in(Role.OFFICE), "/reception-days/new", day="2026-12-15", reason="再加一场", **EXTRA), 409)
    assert ("已有接待日（已发布）" in page, 'value="再加一场"' in page) == (True, True)


def test_an_arrived_booking_shows_its_state_in_the_band(session, sign_in, a_day):
    booking = a_booking(a_day, an_enterprise(name="安澜丙公司"), slot=2, state=BookingState.ARRIVED)
    session.add(booking)
    session.commit()
    assert "安澜丙公司（已到访）" in text(sign_in(Role.OFFICE).get(HERE))
