from datetime import date

import pytest

from portal.domain.people import ADMINISTRATORS, Role
from portal.domain.reception_days import DayState
from portal.store.queries.reception_days import days_between
from portal.web.calendar.kept import Drawn, Kept
from tests.builders import a_booking, a_leader, a_reception_day, a_turn, an_enterprise

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
@pytest.mark.parametrize("page", ["/calendar/2026/12", "/calendar/2026"])
def test_everybody_in_business_sees_the_calendar(session, sign_in, role, page):
    session.add(leader := a_leader())
    session.flush()
    client = sign_in(role, leader_id=leader.id if role in (Role.LEADER, Role.SECRETARY) else None)
    assert client.get(page).status_code == 200
    assert client.get("/calendar/").headers["Location"] == "/calendar/2026/11"


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_administrators_have_no_calendar(sign_in, role):
    client = sign_in(role)
    assert [client.get(page).status_code for page in ("/calendar/", "/calendar/2026/12", "/calendar/2026")] == [403] * 3


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
    assert "区工商联会议室" not in page
    assert "本月没有接待日" in page


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


@pytest.mark.parametrize("address", ["/calendar/2026/12", "/calendar/2026"])
def test_htmx_gets_the_very_calendar_of_the_page(session, sign_in, address):
    a_day_with_everything(session)
    client = sign_in(Role.OFFICE)
    fragment = client.get(address, headers={"HX-Request": "true"})
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


def test_a_month_costs_two_statements_of_its_own_and_none_the_second_time(session, sign_in, statements):
    a_day_with_everything(session)
    client = sign_in(Role.OFFICE)
    client.get("/calendar/2026/11")
    statements.clear()
    client.get("/calendar/2026/12")
    cold = list(statements)
    assert sum("reception_day" in it for it in cold) == 2
    statements.clear()
    client.get("/calendar/2026/12")
    assert len(statements) == len(cold) - 2
    assert not any("reception_day" in it for it in statements)


def test_only_so_many_calendars_are_kept_and_the_oldest_goes_first():
    kept, drawn = Kept(most=2), []

    def draw(name):
        return kept.calendar(name, lambda: drawn.append(name) or Drawn(name, 0, None))

    for name in ("a", "b", "a", "c", "a", "b"):
        draw(name)
    assert drawn == ["a", "b", "c", "b"]
