from datetime import date, time

import pytest

from portal.documents.calendar_feed import calendar_feed
from portal.domain.day_changes import ChangeKind
from portal.domain.feeds import FeedScope
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.services.day_changes import Wish, approve_on_paper, ask
from portal.services.duty import assign_turn, remove_turn
from portal.services.feed_sheets import feed_sheet, uid_space
from portal.store.extension import db, transaction
from portal.store.models.reception import ReceptionDay
from portal.store.queries.feeds import FeedHolder
from tests.builders import a_booking, a_leader, a_reception_day, a_turn, an_enterprise
from tests.calendars import events
from tests.conftest import NOW
from tests.services.acting import audited

OFFICE = Actor(1, "办公室", Role.OFFICE)
SOURCE = "https://portal.example:8443/calendar/feed/secret.ics"
TODAY = NOW.date()


def sheet(session, *, leaders=(), scope=None, today=TODAY, source=SOURCE):
    scope = scope or (FeedScope.PERSONAL if leaders else FeedScope.WHOLE)
    actor = Actor(7, "示例", Role.SECRETARY if leaders else Role.UNIT, None, frozenset(leaders))
    return feed_sheet(session, FeedHolder(3, scope, NOW, actor), source=source, district="安澜区", today=today)


def read(session, **asked):
    return events(calendar_feed(sheet(session, **asked)))


@pytest.fixture
def duty(session):
    """A published day in December on which 吴示宁 receives; answers the day and the leaders 吴示宁 and 郑示安."""
    wu, zheng = a_leader(name="吴示宁"), a_leader(name="郑示安")
    day = a_reception_day(turns=[a_turn(wu, post="区长")])
    session.add_all([day, zheng, a_booking(day, an_enterprise(name="安澜示例秘密有限公司"))])
    session.commit()
    return day, wu, zheng


def test_the_whole_feed_says_when_where_and_who(session, duty):
    day, *_ = duty
    (event,) = read(session).values()
    assert event.uid == f"reception-day-{day.id}@{uid_space()}"
    assert (event.title, event.place, event.status) == ("民营企业接待日", "区工商联会议室", "CONFIRMED")
    assert event.description == "主接待：吴示宁 区长"
    assert (event.starts.time(), event.ends.time()) == (time(9, 0), time(10, 40))


def test_no_visitor_enterprise_or_telephone_is_in_it(session, duty):
    text = calendar_feed(sheet(session)).decode()
    assert not any(word in text for word in ("秘密", "申示例", "13800005678"))


@pytest.mark.parametrize(
    "state, status",
    [
        (DayState.PLANNED, "TENTATIVE"),
        (DayState.PUBLISHED, "CONFIRMED"),
        (DayState.ONGOING, "CONFIRMED"),
        (DayState.CLOSED, "CONFIRMED"),
        (DayState.CANCELLED, "CANCELLED"),
    ],
)
def test_the_state_of_a_day_is_a_status_programs_know(session, state, status):
    session.add(a_reception_day(state=state))
    session.commit()
    (event,) = read(session).values()
    assert event.status == status


def test_days_from_twelve_months_back_on_are_in_it(session):
    session.add_all([a_reception_day(day=date(2025, 10, 31)), a_reception_day(day=date(2025, 11, 1))])
    session.commit()
    assert [it.starts.date() for it in read(session).values()] == [date(2025, 11, 1)]


def test_a_day_without_slots_lasts_half_a_working_day(session):
    session.add(a_reception_day(slots=0))
    session.commit()
    (event,) = read(session).values()
    assert (event.ends - event.starts).total_seconds() == 3 * 3600


def change(day, wish):
    """Ask for a change of the day and have it approved, as the office does."""
    with audited() as records:
        asked = ask(records, day.id, wish, actor=OFFICE, now=NOW)
        approve_on_paper(records, asked.id, approver="吴示宁 区长", approved_on=TODAY, actor=OFFICE, now=NOW)


def test_a_portal_that_moves_to_another_address_keeps_its_uids(session, duty):
    before, after = sheet(session), sheet(session, source="https://elsewhere.example/calendar/feed/secret.ics")
    assert (after.uid, [it.uid for it in after.events]) == (before.uid, [it.uid for it in before.events])
    assert "example" not in before.events[0].uid


def test_a_day_keeps_its_uid_through_another_date(session, duty):
    day, *_ = duty
    (before,) = read(session).values()
    change(day, Wish(ChangeKind.REDATE, "会场另有安排", to_day=date(2026, 12, 18)))
    (after,) = read(session).values()
    assert after.uid == before.uid
    assert after.starts.date() == date(2026, 12, 18)
    assert after.sequence > before.sequence


def test_the_same_records_give_the_same_bytes(session, duty):
    assert calendar_feed(sheet(session)) == calendar_feed(sheet(session))
    later = sheet(session, today=date(2026, 11, 30))
    assert calendar_feed(later) == calendar_feed(sheet(session))


def test_a_personal_feed_holds_the_turns_of_ones_own_leaders_only(session, duty):
    day, wu, zheng = duty
    (event,) = read(session, leaders=[wu.id]).values()
    assert event.uid == f"duty-{day.id}-{wu.id}@{uid_space()}"
    assert (event.title, event.status) == ("吴示宁：接待日主接待", "CONFIRMED")
    assert read(session, leaders=[zheng.id]) == {}


def test_a_turn_that_passes_to_another_is_cancelled_for_the_one_and_new_for_the_other(session, duty):
    day, wu, zheng = duty
    (before,) = read(session, leaders=[wu.id]).values()
    with audited() as records:
        assign_turn(records, day.id, DutySeat.MAIN, 1, zheng.id, "工作需要调整", holder=wu.id, actor=OFFICE, now=NOW)
    (lost,) = read(session, leaders=[wu.id]).values()
    assert (lost.uid, lost.status) == (before.uid, "CANCELLED")
    assert lost.sequence > before.sequence
    (won,) = read(session, leaders=[zheng.id]).values()
    assert (won.uid, won.status) == (f"duty-{day.id}-{zheng.id}@{uid_space()}", "CONFIRMED")
    assert set(read(session, leaders=[wu.id, zheng.id])) == {lost.uid, won.uid}


def test_a_turn_that_comes_back_comes_back_with_a_higher_number(session, duty):
    day, wu, _ = duty
    day.state = DayState.PLANNED
    session.commit()
    with audited() as records:
        remove_turn(records, day.id, DutySeat.MAIN, 1, "临时外出开会", holder=wu.id, actor=OFFICE, now=NOW)
    (lost,) = read(session, leaders=[wu.id]).values()
    with audited() as records:
        assign_turn(records, day.id, DutySeat.STANDBY, 1, wu.id, "会议取消了", holder=None, actor=OFFICE, now=NOW)
    (back,) = read(session, leaders=[wu.id]).values()
    assert (back.uid, back.status, back.title) == (lost.uid, "TENTATIVE", "吴示宁：接待日补位（计划）")
    assert back.sequence > lost.sequence


def test_a_cancelled_day_is_cancelled_in_both_feeds_and_says_no_reason(session, duty):
    day, wu, _ = duty
    before = day.sequence
    change(day, Wish(ChangeKind.CANCEL, "安澜示例秘密有限公司来不了"))
    session.expire_all()
    for asked in ({}, {"leaders": [wu.id]}):
        (event,) = read(session, **asked).values()
        assert event.status == "CANCELLED"
        assert event.sequence > before
        assert "秘密" not in event.title + event.description
    assert session.get_one(ReceptionDay, day.id).state is DayState.CANCELLED


def test_a_feed_costs_as_many_statements_for_many_days_as_for_one(session, duty, statements):
    session.add_all([a_reception_day(day=date(2027, month, 15)) for month in range(1, 13)])
    session.commit()
    session.connection()
    statements.clear()
    sheet(session)
    assert len(statements) == 4
    statements.clear()
    sheet(session, leaders=[duty[1].id])
    assert len(statements) == 5


def test_both_engines_give_the_same_feed(each_app):
    with each_app.app_context():
        records = db.session()
        records.info["unaudited"] = True
        wu, zheng = a_leader(name="吴示宁"), a_leader(name="郑示安", post="副区长")
        day = a_reception_day(turns=[a_turn(wu, post="区长")])
        records.add_all([day, zheng])
        records.commit()
        records.info.pop("unaudited")
        with transaction() as acting:
            assign_turn(acting, day.id, DutySeat.MAIN, 1, zheng.id, "工作需要调整", holder=wu.id, actor=OFFICE, now=NOW)
        (whole,) = read(records).values()
        (lost,) = read(records, leaders=[wu.id]).values()
        db.session.remove()
    assert (whole.description, whole.starts.hour, whole.ends.hour) == ("主接待：郑示安 副区长", 9, 10)
    assert (lost.status, lost.sequence) == ("CANCELLED", whole.sequence)
