"""A year nobody has announced is warned of on every page that counts with it, and on no other (domain 6)."""

from datetime import date, datetime

import pytest

from portal import clock
from portal.almanac.notices import read_notice
from portal.clock import ZONE
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.services.announcements import import_arrangement
from portal.store.extension import transaction
from tests.builders import a_booking, a_leader, a_reception_day, a_turn, an_enterprise
from tests.notice_texts import NOTICE_2027
from tests.slip_builders import a_scene, a_signed_slip

WARNING = "2027年放假安排尚未公布"
DAY = date(2027, 1, 15)
ON_THE_DAY = [
    "/calendar/2027/1",
    "/calendar/2027",
    "/admin/calendar?year=2027",
    "/duty/",
    "/reception-days/",
    "/reception-days/2027-01-15",
    "/reception-days/2027-01-15/change",
    "/reception-days/2027-01-15/redate",
    "/reception-days/new?day=2027-03-03",
    "/bookings/",
    "/bookings/1",
    "/bookings/new?day=2027-01-15",
]
ON_THE_LIMIT = ["/slips/", "/slips/1", "/matters/", "/matters/1"]


def warned(browser, address):
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return WARNING in answer.get_data(as_text=True)


def announced():
    with transaction() as session:
        import_arrangement(session, read_notice(NOTICE_2027), actor=Actor.system(), now=clock.now())


def a_day_of_2027(session):
    day = a_reception_day(day=DAY, turns=[a_turn(a_leader())])
    session.add_all([day, a_booking(day, an_enterprise())])
    session.commit()


def test_every_page_about_a_day_of_that_year_warns_until_it_is_imported(session, sign_in):
    a_day_of_2027(session)
    browser = sign_in(Role.OFFICE)
    assert [it for it in ON_THE_DAY if not warned(browser, it)] == []
    announced()
    assert [it for it in ON_THE_DAY if warned(browser, it)] == []


def test_every_page_about_a_limit_in_that_year_warns_until_it_is_imported(session, sign_in):
    slip = a_signed_slip(session, a_scene(session))
    browser = sign_in(Role.OFFICE)
    assert [it for it in ON_THE_LIMIT if warned(browser, it)] == []
    slip.due_on = DAY
    for entry in slip.entries:
        entry.matter.due_on = DAY
    session.commit()
    assert [it for it in ON_THE_LIMIT if not warned(browser, it)] == []
    announced()
    assert [it for it in ON_THE_LIMIT if warned(browser, it)] == []


@pytest.mark.parametrize("today,expected", [(date(2026, 11, 22), False), (date(2026, 12, 20), True)])
def test_a_proposed_limit_in_that_year_is_warned_of_before_it_is_drafted(session, sign_in, today, expected):
    clock.stand_at(datetime(today.year, today.month, today.day, 9, 0, tzinfo=ZONE))
    scene = a_scene(session, day=date(2026, 11, 16))
    assert warned(sign_in(Role.OFFICE), f"/slips/new?matter={scene.ids[0]}") is expected


@pytest.mark.parametrize("role", [Role.OFFICE, Role.UNIT, Role.SUPERVISOR, Role.LEADER, Role.SECRETARY])
def test_the_workbench_warns_once_that_year_has_begun(session, sign_in, role):
    leader = a_leader()
    session.add(a_reception_day(day=DAY, turns=[a_turn(leader)]))
    session.commit()
    clock.stand_at(datetime(2027, 1, 5, 9, 0, tzinfo=ZONE))
    serves = {"leader_id": leader.id} if role in (Role.LEADER, Role.SECRETARY) else {}
    assert warned(sign_in(role, **serves), "/")


def test_pages_about_an_announced_year_do_not_warn(session, sign_in):
    session.add(a_reception_day(day=date(2026, 12, 15)))
    session.commit()
    browser = sign_in(Role.OFFICE)
    calm = [
        "/",
        "/calendar/2026/12",
        "/admin/calendar?year=2026",
        "/duty/",
        "/reception-days/",
        "/reception-days/2026-12-15",
    ]
    assert [it for it in calm if warned(browser, it)] == []


def test_a_rota_plan_over_that_year_warns(session, sign_in):
    session.add_all([a_reception_day(day=DAY, state=DayState.PLANNED), a_leader(), a_leader(), a_leader()])
    session.commit()
    browser = sign_in(Role.OFFICE)
    assert warned(browser, "/duty/plans/new")
    made = browser.post("/duty/plans/new", data={"first": "2027-01-01", "last": "2027-01-31", "mode": "fill"})
    assert made.status_code == 303, made.get_data(as_text=True)
    assert warned(browser, made.headers["Location"])
