import re
from datetime import date

import pytest

from portal.domain.people import ADMINISTRATORS, Actor, Role
from portal.domain.reception_days import DayState
from portal.domain.workdays import DayKind
from portal.services.calendar_days import set_day
from portal.store.queries.reception_days import days_between
from portal.web.calendar.kept import Kept
from tests.builders import a_booking, a_leader, a_reception_day, a_turn, an_enterprise
from tests.conftest import NOW
from tests.services.acting import audited

PAGES = ["/calendar/2026/12", "/calendar/2026", "/calendar/2026/list"]
HTMX = {"HX-Request": "true"}
BUSINESS = [role for role in Role if role not in ADMINISTRATORS]


def text(answer):
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def a_day_with_everything(session):
    leader = a_leader(name="吴示宁", post="区长")
    day = a_reception_day(turns=[a_turn(leader, post="区长")], slots=3)
    session.add_all([day, a_booking(day, an_enterprise())])
    session.commit()


@pytest.mark.parametrize("role", BUSINESS)
@pytest.mark.parametrize("page", PAGES)
def test_everybody_in_business_sees_the_calendar(session, sign_in, role, page):
    session.add(leader := a_leader())
    session.flush()
    client = sign_in(role, leader_id=leader.id if role in (Role.LEADER, Role.SECRETARY) else None)
    assert client.get(page).status_code == 200
    assert client.get("/calendar/").headers["Location"] == "/calendar/2026/11"


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_administrators_have_no_calendar(sign_in, role):
    client = sign_in(role)
    assert [client.get(page).status_code for page in ("/calendar/", *PAGES)] == [403] * 4


def test_a_month_shows_place_duty_bookings_and_what_is_missing(session, sign_in):
    a_day_with_everything(session)
    page = text(sign_in(Role.OFFICE).get("/calendar/2026/12"))
    for words in ("区工商联会议室", "<b>吴示宁</b> 区长", "1/3 已约", "缺参加", "缺补位", "/reception-days/2026-12-15"):
        assert words in page
    assert "缺主接待" not in page


def test_what_is_past_is_not_missing_anybody(session, sign_in):
    session.add(a_reception_day(day=date(2026, 11, 16)))
    session.commit()
    assert "缺主接待" not in text(sign_in(Role.OFFICE).get("/calendar/2026/11"))


def test_a_cancelled_day_is_no_reception_day(session, sign_in):
    session.add(a_reception_day(state=DayState.CANCELLED))
    session.commit()
    page = text(sign_in(Role.OFFICE).get("/calendar/2026/12"))
    assert 'class="event"' not in page
    assert "本月没有接待日" in page
    assert "接待日（已取消）" in page


def test_holidays_make_up_days_and_the_lunar_calendar_are_shown(sign_in):
    client = sign_in(Role.OFFICE)
    october = text(client.get("/calendar/2026/10"))
    assert "国庆节" in october
    assert october.count('<span class="badge">班</span>') == 1
    assert "冬至" in text(client.get("/calendar/2026/12"))


def test_a_year_not_announced_says_so_and_an_announced_one_does_not(sign_in):
    client = sign_in(Role.OFFICE)
    for page in ("/calendar/2027/3", "/calendar/2027"):
        assert "2027年放假安排尚未公布" in text(client.get(page))
    assert "尚未公布" not in text(client.get("/calendar/2026/10"))


def test_a_year_links_its_reception_days_and_months(session, sign_in):
    a_day_with_everything(session)
    page = text(sign_in(Role.OFFICE).get("/calendar/2026"))
    assert page.count('class="small-month"') == 12
    assert 'href="/reception-days/2026-12-15"' in page
    assert 'href="/calendar/2026/3"' in page


@pytest.mark.parametrize("page", ["/calendar/2026/13", "/calendar/2026/0", "/calendar/1999/1", "/calendar/2101"])
def test_a_month_or_year_that_is_none_is_not_found(sign_in, page):
    assert sign_in(Role.OFFICE).get(page).status_code == 404


@pytest.mark.parametrize("address", [*PAGES, "/calendar/2026/12?venue=区工商联会议室"])
def test_htmx_gets_the_very_calendar_of_the_page(session, sign_in, address):
    a_day_with_everything(session)
    client = sign_in(Role.OFFICE)
    fragment = client.get(address, headers=HTMX)
    assert text(fragment).strip() in text(client.get(address))
    assert "HX-Request" in fragment.headers["Vary"]


def test_a_change_is_seen_at_once(session, sign_in):
    a_day_with_everything(session)
    office = sign_in(Role.OFFICE)
    assert "区工商联会议室" in text(office.get("/calendar/2026/12"))
    version = days_between(session, date(2026, 12, 1))[0].version
    given = {"venue": "望岳街道会议室", "starts_at": "09:00", "theme": "", "version": version}
    assert office.post("/reception-days/2026-12-15/change", data=given).status_code == 303
    assert "望岳街道会议室" in text(office.get("/calendar/2026/12"))


@pytest.mark.parametrize("address", ["/calendar/2026/12", "/calendar/2026/12?leader=1", "/calendar/2026/list"])
def test_a_calendar_costs_four_statements_of_its_own_and_none_the_second_time(session, sign_in, statements, address):
    a_day_with_everything(session)
    client = sign_in(Role.OFFICE)
    client.get("/calendar/2026/11")
    statements.clear()
    client.get(address)
    cold = list(statements)
    statements.clear()
    client.get(address)
    assert len(statements) == len(cold) - 4
    assert not any("reception_day" in it or "leader" in it for it in statements)


def test_a_kept_month_asks_who_is_here_and_whether_anything_changed_and_nothing_else(session, sign_in, statements):
    a_day_with_everything(session)
    client = sign_in(Role.OFFICE)
    client.get("/calendar/2026/12")
    statements.clear()
    client.get("/calendar/2026/12")
    assert all("audit_head" in it or "sign_in" in it for it in statements)
    assert len(statements) <= 2


def test_only_so_many_calendars_are_kept_and_the_oldest_goes_first():
    kept, drawn = Kept(most=2), []

    def draw(name):
        return kept.drawn(name, lambda: drawn.append(name) or name)

    for name in ("a", "b", "a", "c", "a", "b"):
        draw(name)
    assert drawn == ["a", "b", "c", "b"]


def two_days(session):
    """吴示宁 at the federation on the 15th, 郑示安 at the street on the 22nd; answers the id of the first."""
    wu, zheng = a_leader(name="吴示宁", post="区长"), a_leader(name="郑示安", post="副区长")
    session.add_all(
        [
            a_reception_day(turns=[a_turn(wu, post="区长")]),
            a_reception_day(day=date(2026, 12, 22), venue="望岳街道会议室", turns=[a_turn(zheng)]),
        ]
    )
    session.commit()
    return wu.id


def faded(page):
    """The days that stand back."""
    return re.findall(r'<td class="[^"]*faded[^"]*"[^>]*>.*?href="/reception-days/([^"]+)"', page, re.DOTALL)


def test_a_leaders_days_stand_out_and_the_others_are_faded(session, sign_in):
    wu = two_days(session)
    client = sign_in(Role.OFFICE)
    for address in ("/calendar/2026/12", "/calendar/2026"):
        page = text(client.get(f"{address}?leader={wu}"))
        assert faded(page) == ["2026-12-22"]
        assert "吴示宁：1 个" in page
        assert "其他 1 个淡化显示" in page
        assert faded(text(client.get(address))) == []
    assert '<b class="asked">吴示宁</b>' in text(client.get(f"/calendar/2026/12?leader={wu}"))


def test_a_venue_and_a_leader_together_must_both_fit(session, sign_in):
    wu = two_days(session)
    client = sign_in(Role.OFFICE)
    assert faded(text(client.get("/calendar/2026/12?venue=望岳街道会议室"))) == ["2026-12-15"]
    page = text(client.get(f"/calendar/2026/12?leader={wu}&venue=望岳街道会议室"))
    assert faded(page) == ["2026-12-15", "2026-12-22"]
    assert "吴示宁、望岳街道会议室：0 个" in page


def test_a_list_leaves_out_what_is_not_asked_for(session, sign_in):
    wu = two_days(session)
    client = sign_in(Role.OFFICE)
    page = text(client.get(f"/calendar/2026/list?leader={wu}"))
    assert "/reception-days/2026-12-15" in page
    assert "/reception-days/2026-12-22" not in page
    assert "其他 1 个没有列出" in page
    assert "没有符合条件的接待日" in text(client.get(f"/calendar/2027/list?leader={wu}"))


def test_a_leader_or_venue_nobody_knows_counts_as_not_said(session, sign_in):
    two_days(session)
    client = sign_in(Role.OFFICE)
    for words in ("leader=999", "leader=x", "venue=月球"):
        page = text(client.get(f"/calendar/2026/12?{words}"))
        assert faded(page) == []
        assert "接待日 2 个" in page


def test_the_filter_stays_on_the_way_to_neighbours_and_other_views(session, sign_in):
    wu = two_days(session)
    page = text(sign_in(Role.OFFICE).get(f"/calendar/2026/12?leader={wu}"))
    for there in ("/calendar/2026/11", "/calendar/2027/1", "/calendar/2026", "/calendar/2026/list"):
        assert f'href="{there}?leader={wu}"' in page
        assert f'hx-get="{there}?leader={wu}"' in page


def test_a_day_says_its_lunar_date_its_holiday_and_who_says_so(session, sign_in):
    a_day_with_everything(session)
    client = sign_in(Role.OFFICE)
    assert "农历丙午年八月廿一" in text(client.get("/calendar/2026/10"))
    assert "国庆节（法定节假日），官方安排" in text(client.get("/calendar/2026/10"))
    assert "元旦（法定节假日），预测（安排尚未公布）" in text(client.get("/calendar/2027/1"))
    december = text(client.get("/calendar/2026/12"))
    for words in ("接待日（已发布） 09:00 区工商联会议室", "主接待：吴示宁 区长", "已约 1/3"):
        assert words in december


def test_every_day_of_a_year_not_announced_is_marked(sign_in):
    client = sign_in(Role.OFFICE)
    assert text(client.get("/calendar/2027/3")).count('<span class="guess">预测</span>') == 31
    assert '<span class="guess">' not in text(client.get("/calendar/2026/3"))
    assert len(re.findall(r'<td class="[^"]*guessed', text(client.get("/calendar/2027")))) == 365


def test_the_working_calendar_is_made_anew_only_when_a_day_of_it_was_set(session, app, sign_in):
    a_day_with_everything(session)
    office = sign_in(Role.OFFICE)
    office.get("/calendar/2026/12")
    before = app.extensions["working_calendar"]["calendar"]
    version = days_between(session, date(2026, 12, 1))[0].version
    given = {"venue": "望岳街道会议室", "starts_at": "09:00", "theme": "", "version": version}
    assert office.post("/reception-days/2026-12-15/change", data=given).status_code == 303
    office.get("/calendar/2026/12")
    assert app.extensions["working_calendar"]["calendar"] is before
    with audited() as records:
        actor = Actor(1, "办公室", Role.OFFICE)
        set_day(records, date(2026, 12, 30), DayKind.LOCAL, "区庆", "区政府通知", actor=actor, now=NOW)
    assert "区庆（地方假日），本单位设置" in text(office.get("/calendar/2026/12"))
    assert app.extensions["working_calendar"]["calendar"] is not before
