"""Units asked to sit in: by category, told once, naming who comes."""

from datetime import date, datetime
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from portal.clock import ZONE
from portal.domain.attendance import Attendance
from portal.domain.bookings import BookingState
from portal.domain.errors import NotAllowed, NotFound, RuleBroken
from portal.domain.people import Actor, Role
from portal.services import preparations
from portal.services.categories import set_usual_units
from portal.store.models.bookings import InvitedUnit
from portal.store.models.messages import Message
from portal.store.queries.category_units import usual_units
from portal.store.queries.preparations import preparation_of_day
from tests.booking_orders import OFFICE
from tests.builders import a_booking, a_category, a_matter, a_reception_day, a_unit, an_account, an_enterprise

NOW = datetime(2026, 12, 10, 9, 0, tzinfo=ZONE)


@pytest.fixture
def those(session):
    """Two enterprises on the 15th, the second with an urgent matter; a unit usual for their category, another that is not."""
    upper = a_category()
    lower = a_category(parent_code=upper.code)
    unit, other = a_unit(short_name="区财政局"), a_unit(short_name="区住建局")
    day = a_reception_day(slots=3)
    plain, urgent = a_booking(day, an_enterprise()), a_booking(day, an_enterprise(), slot=1)
    session.add_all([upper, lower, unit, other, day, plain, urgent])
    session.add_all([a_matter(plain, lower, title="补贴兑现"), a_matter(urgent, lower, urgent=True)])
    session.flush()
    session.add(an_account(Role.UNIT, unit_id=unit.id))
    session.commit()
    set_usual_units(session, upper.code, [unit.id], actor=OFFICE, now=NOW)
    session.commit()
    return SimpleNamespace(
        day=day, plain=plain, urgent=urgent, unit=unit.id, other=other.id, upper=upper.code, lower=lower.code
    )


def invited(session, booking):
    return set(session.scalars(select(InvitedUnit.unit_id).where(InvitedUnit.booking_id == booking.id)))


def subjects(session):
    return session.scalars(select(Message.subject).order_by(Message.id)).all()


def clerk(unit_id):
    return Actor(2, "区财政局", Role.UNIT, unit_id=unit_id)


def test_a_category_without_units_of_its_own_has_those_above_it(session, those):
    assert usual_units(session, [those.lower]) == {those.lower: (those.unit,)}
    set_usual_units(session, those.lower, [those.other], actor=OFFICE, now=NOW)
    session.commit()
    assert usual_units(session, [those.lower]) == {those.lower: (those.other,)}


def test_only_the_office_says_which_units_are_usual(session, those):
    with pytest.raises(NotAllowed):
        set_usual_units(session, those.lower, [those.unit], actor=clerk(those.unit), now=NOW)


def test_the_usual_units_come_to_those_chosen_already_and_are_told_when_where_and_why(session, those):
    preparations.invite_units(session, those.plain.id, [those.other], actor=OFFICE, now=NOW)
    assert preparations.invite_usual(session, those.plain.id, actor=OFFICE, now=NOW) == 1
    session.commit()
    assert invited(session, those.plain) == {those.unit, those.other}
    told = session.scalars(select(Message)).one()
    assert told.subject == f"请参加12月15日 周二 09:00的企业接待：{those.plain.enterprise.name}"
    assert "补贴兑现" in told.body
    assert "13800005678" not in told.body


def test_a_whole_day_is_invited_by_category_once(session, those):
    assert preparations.invite_usual_for_day(session, those.day.id, actor=OFFICE, now=NOW) == 2
    session.commit()
    with pytest.raises(RuleBroken, match="没有可补的邀请"):
        preparations.invite_usual_for_day(session, those.day.id, actor=OFFICE, now=NOW)
    assert len(subjects(session)) == 2


def test_a_unit_that_falls_out_is_told_so(session, those):
    preparations.invite_units(session, those.plain.id, [those.unit], actor=OFFICE, now=NOW)
    session.commit()
    preparations.invite_units(session, those.plain.id, [], actor=OFFICE, now=NOW)
    session.commit()
    assert [it[:4] for it in subjects(session)] == ["请参加1", "不必再参"]


def test_a_unit_names_who_comes_and_nobody_else_does(session, those):
    preparations.invite_units(session, those.plain.id, [those.unit], actor=OFFICE, now=NOW)
    session.commit()
    preparations.name_representative(session, those.plain.id, "王示例", "副局长", actor=clerk(those.unit), now=NOW)
    session.commit()
    kept = session.scalars(select(InvitedUnit)).one()
    assert (kept.representative, kept.attendance) == ("王示例 副局长", Attendance.INVITED)
    with pytest.raises(NotFound):
        preparations.name_representative(session, those.plain.id, "某", "", actor=clerk(those.other), now=NOW)
    with pytest.raises(RuleBroken, match="姓名和职务"):
        preparations.name_representative(session, those.plain.id, "某", "长" * 40, actor=clerk(those.unit), now=NOW)


def test_nobody_names_anybody_for_a_booking_that_was_cancelled(session, those):
    preparations.invite_units(session, those.plain.id, [those.unit], actor=OFFICE, now=NOW)
    those.plain.state, those.plain.seat = BookingState.CANCELLED, None
    session.commit()
    with pytest.raises(RuleBroken, match="取消"):
        preparations.name_representative(session, those.plain.id, "某", "", actor=clerk(those.unit), now=NOW)


def test_the_day_s_preparation_begins_with_the_most_pressing_and_costs_few_statements(session, those, statements):
    statements.clear()
    found = preparation_of_day(session, those.day.id)
    assert [it.id for it in found.bookings] == [those.urgent.id, those.plain.id]
    assert (found.matters, found.checked, found.unasked, found.to_suggest) == (2, 0, 2, 2)
    assert [it.suggested for it in found.bookings] == [((those.unit, "区财政局"),)] * 2
    assert found.overdue(date(2026, 12, 15)) == 0
    assert len(statements) <= 8
