"""How many enterprises and matters a day takes: the office's rule, a day's own figure, and the schema behind both."""

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from portal.domain.errors import Conflict, RuleBroken
from portal.services.bookings import Full, book, cancel_booking
from portal.services.day_caps import change_caps
from portal.services.day_plans import DayLayout, add_day
from portal.services.office_settings import change_rules
from portal.store.extension import transaction
from portal.store.models.reception import ReceptionDay
from tests.booking_orders import OFFICE, an_order, the_district
from tests.builders import a_reception_day


@pytest.fixture
def day(session):
    day = a_reception_day(slots=3, seats=2)
    session.add_all([day, *the_district()])
    session.commit()
    return day


@pytest.fixture
def slots(day):
    """The ids of its slots, which stay when the day is read again."""
    return [slot.id for slot in day.slots]


def caps(session):
    return session.execute(select(ReceptionDay.most_groups, ReceptionDay.most_matters)).all()


def act(verb, *words, now, **given):
    with transaction() as session:
        return verb(session, *words, actor=OFFICE, now=now, **given)


def test_a_new_day_takes_the_offices_caps(session, day, now):
    act(change_rules, {"groups_a_day": 3, "matters_a_day": 15}, now=now)
    layout = DayLayout("会议室", day.starts_at)
    act(add_day, date(2027, 1, 15), layout, "", now=now)
    assert caps(session) == [(3, 15), (3, 15)]


def test_a_changed_rule_reaches_the_days_that_had_the_old_one_but_not_a_days_own_figure(session, day, now):
    own = a_reception_day(day=date(2027, 1, 15), most_groups=9)
    past = a_reception_day(day=date(2026, 11, 16))
    session.add_all([own, past])
    session.commit()
    act(change_rules, {"groups_a_day": 4}, now=now)
    assert caps(session) == [(4, 0), (9, 0), (0, 0)]


def test_a_changed_rule_never_goes_below_what_is_booked(session, slots, now):
    for slot_id in slots:
        act(book, an_order(slot_id), now=now)
    act(change_rules, {"groups_a_day": 2}, now=now)
    assert caps(session) == [(3, 0)]


def test_the_cap_on_enterprises_is_kept_and_a_cancelled_booking_makes_room(session, day, slots, now):
    act(change_caps, day.id, 1, 0, version=1, now=now)
    first = act(book, an_order(slots[0]), now=now)
    with pytest.raises(Full, match="当天最多接待 1 家"):
        act(book, an_order(slots[1]), now=now)
    act(cancel_booking, first.id, "企业来电取消", now=now)
    act(book, an_order(slots[1]), now=now)
    assert session.scalar(select(ReceptionDay.groups_booked)) == 1


def test_the_cap_on_matters_counts_what_is_registered_when_booking(session, day, slots, now):
    act(change_caps, day.id, 0, 3, version=1, now=now)
    two = an_order(slots[0], matters=an_order(slots[0]).matters * 2)
    act(book, two, now=now)
    with pytest.raises(Full, match="当天最多受理 3 项诉求，已登记 2 项"):
        act(book, an_order(slots[1], matters=two.matters), now=now)
    act(book, an_order(slots[1]), now=now)


def test_a_reason_lets_one_in_above_the_cap_without_counting(session, day, slots, now):
    act(change_caps, day.id, 1, 0, version=1, now=now)
    act(book, an_order(slots[0]), now=now)
    let_in = act(book, an_order(slots[1], over_limit_reason="区长批示加开一家"), now=now)
    assert let_in.counted is False
    assert session.scalar(select(ReceptionDay.groups_booked)) == 1


def test_the_schema_keeps_the_cap_whatever_the_code_does(session, day):
    session.execute(text("UPDATE reception_day SET most_groups = 1, groups_booked = 1"))
    with pytest.raises(IntegrityError, match="groups_within_their_cap"):
        session.execute(text("UPDATE reception_day SET groups_booked = groups_booked + 1"))


@pytest.mark.parametrize(
    "groups,matters,field",
    [(-1, 0, "most_groups"), (201, 0, "most_groups"), (0, 501, "most_matters"), (0, -5, "most_matters")],
)
def test_a_cap_out_of_bounds_is_refused_beside_its_field(day, now, groups, matters, field):
    with pytest.raises(RuleBroken) as refused:
        act(change_caps, day.id, groups, matters, version=1, now=now)
    assert refused.value.field == field


def test_a_cap_below_what_is_booked_says_how_many_there_are(day, slots, now):
    for slot_id in slots[:2]:
        act(book, an_order(slot_id), now=now)
    with pytest.raises(RuleBroken, match="当天已登记 2 家，上限不能更低"):
        act(change_caps, day.id, 1, 0, version=1, now=now)


def test_two_people_do_not_overwrite_each_others_caps(day, now):
    act(change_caps, day.id, 5, 0, version=1, now=now)
    with pytest.raises(Conflict):
        act(change_caps, day.id, 6, 0, version=1, now=now)
