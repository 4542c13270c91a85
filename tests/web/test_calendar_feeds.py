"""The feeds over HTTP: who keeps them, who reads them, and how calendar programs ask again."""

import re
from html import unescape

import pytest

from portal.domain.people import ADMINISTRATORS, Role
from tests.builders import a_leader, a_reception_day, a_turn
from tests.calendars import events
from tests.web.test_calendar_pages import BUSINESS, text


def address_on(page):
    """The path of the first feed's address on the page."""
    return re.search(r'value="http://[^/]+(/calendar/feed/[^"]+\.ics)"', unescape(page))[1]


def opened(client, scope="whole"):
    assert client.post(f"/calendar/feed/{scope}/make").status_code == 303
    return address_on(text(client.get("/calendar/feed")))


def test_whoever_knows_the_address_reads_the_feed_without_signing_in(app, session, sign_in):
    session.add(a_reception_day(turns=[a_turn(a_leader(name="吴示宁"), post="区长")]))
    session.commit()
    answer = app.test_client().get(opened(sign_in(Role.UNIT)))
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert "private" in answer.headers["Cache-Control"]
    (event,) = events(answer.data).values()
    assert event.description == "主接待：吴示宁 区长"


def test_a_program_that_has_the_latest_gets_it_only_once(app, session, sign_in):
    session.add(a_reception_day())
    session.commit()
    office = sign_in(Role.OFFICE)
    address, program = opened(office), app.test_client()
    mark = program.get(address).headers["ETag"]
    again = program.get(address, headers={"If-None-Match": mark})
    assert (again.status_code, again.data) == (304, b"")
    given = {"venue": "望岳街道会议室", "starts_at": "09:00", "theme": "", "version": 1}
    assert office.post("/reception-days/2026-12-15/change", data=given).status_code == 303
    changed = program.get(address, headers={"If-None-Match": mark})
    assert changed.status_code == 200
    assert next(iter(events(changed.data).values())).place == "望岳街道会议室"


def test_an_unknown_address_is_not_found(app, session):
    for token in ("x", "A" * 43, "../../etc/passwd"):
        assert app.test_client().get(f"/calendar/feed/{token}.ics").status_code == 404


def test_renewing_says_what_it_does_and_then_closes_the_old_address(app, sign_in):
    office = sign_in(Role.OFFICE)
    old = opened(office)
    assert "原地址立即失效" in text(office.get("/calendar/feed/whole/renew"))
    assert app.test_client().get(old).status_code == 200
    assert office.post("/calendar/feed/whole/renew").status_code == 303
    new = address_on(text(office.get("/calendar/feed")))
    assert [app.test_client().get(it).status_code for it in (old, new)] == [404, 200]


def test_closing_says_what_it_does_and_then_closes(app, sign_in):
    office = sign_in(Role.OFFICE)
    address = opened(office)
    assert "停止日历订阅" in text(office.get("/calendar/feed/whole/close"))
    assert office.post("/calendar/feed/whole/close").status_code == 303
    assert app.test_client().get(address).status_code == 404
    assert "开通订阅" in text(office.get("/calendar/feed"))


@pytest.mark.parametrize("role", BUSINESS)
def test_only_who_has_leaders_is_offered_turns_of_their_own(session, sign_in, role):
    session.add(leader := a_leader())
    session.flush()
    has_leaders = role in (Role.LEADER, Role.SECRETARY)
    page = text(sign_in(role, leader_id=leader.id if has_leaders else None).get("/calendar/feed"))
    assert "全部接待日" in page
    assert ("我的轮值" in page) is has_leaders


def test_a_leader_reads_the_own_turns(app, session, sign_in):
    wu, other = a_leader(name="吴示宁"), a_leader(name="郑示安")
    session.add_all(
        [
            a_reception_day(turns=[a_turn(wu)]),
            a_reception_day(day=a_reception_day().day.replace(day=22), turns=[a_turn(other)]),
        ]
    )
    session.commit()
    (event,) = events(app.test_client().get(opened(sign_in(Role.LEADER, leader_id=wu.id), "personal")).data).values()
    assert event.title == "吴示宁：接待日主接待"


def test_the_office_is_told_that_it_has_no_turns_of_its_own(sign_in):
    office = sign_in(Role.OFFICE)
    assert office.post("/calendar/feed/personal/make").status_code == 303
    assert "没有个人轮值可以订阅" in text(office.get("/calendar/feed"))


def test_opening_twice_is_refused_and_what_is_not_open_cannot_be_renewed(sign_in):
    office = sign_in(Role.OFFICE)
    for act in ("renew", "close"):
        assert office.get(f"/calendar/feed/whole/{act}").headers["Location"] == "/calendar/feed"
        assert office.post(f"/calendar/feed/whole/{act}").status_code == 404
    assert office.get("/calendar/feed/everything/renew").status_code == 404
    opened(office)
    assert office.post("/calendar/feed/whole/make").status_code == 303
    assert "这个订阅已经开通" in text(office.get("/calendar/feed"))


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_administrators_keep_no_feeds(sign_in, role):
    client = sign_in(role)
    assert client.get("/calendar/feed").status_code == 403
    assert client.post("/calendar/feed/whole/make").status_code == 403


def test_one_person_does_not_see_anothers_address(sign_in):
    theirs = opened(sign_in(Role.OFFICE))
    assert theirs not in text(sign_in(Role.SUPERVISOR).get("/calendar/feed"))


@pytest.mark.usefixtures("counting_requests")
def test_too_many_guesses_from_one_place_are_stopped(app):
    answers = [app.test_client().get(f"/calendar/feed/guess{number}.ics").status_code for number in range(121)]
    assert (answers[-2], answers[-1]) == (404, 429)
