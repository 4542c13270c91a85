from datetime import date

import pytest

from portal.domain.bookings import BookingState, Identity
from portal.domain.errors import NotAllowed, RuleBroken
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.services.office_settings import change_rules
from portal.services.registration_papers import blank_forms, prefilled_forms
from portal.store.models.bookings import Companion
from portal.store.queries.reception_days import day_on
from tests.builders import a_booking, a_category, a_matter, a_reception_day, an_enterprise
from tests.conftest import NOW
from tests.services.acting import audited

OFFICE = Actor(1, "办公室", Role.OFFICE)
DAY = date(2026, 12, 15)


@pytest.fixture
def a_day(session):
    """甲 is confirmed with two matters, 乙 not yet."""
    day = a_reception_day(slots=3)
    first = a_booking(
        day, an_enterprise(name="甲公司", credit_code="91110000101623741K"), slot=1, visitor_post="董事长",
        identity=Identity.AUTHORISED_REPRESENTATIVE, companions=[Companion(position=2, name="郑示和", post="总监")],
    )  # fmt: skip
    pending = a_booking(day, an_enterprise(name="乙公司"), slot=2, state=BookingState.PENDING)
    category = a_category(name="用地")
    session.add_all([first, pending])
    session.add_all([a_matter(first, category, title=title, position=n) for n, title in ((2, "第二"), (1, "第一"))])
    session.commit()
    return day


def prefilled(session, actor=OFFICE):
    return prefilled_forms(session, day_on(session, DAY), actor=actor, now=NOW)


def blanks(session, count, actor=OFFICE):
    return blank_forms(session, day_on(session, DAY), count, actor=actor, now=NOW)


def test_a_confirmed_booking_is_filled_in_with_what_is_known(session, a_day):
    (form,) = prefilled(session).forms
    assert (form.serial, form.number, form.enterprise, form.credit_code) == (
        "20261215-02", 2, "甲公司", "91110000101623741K",
    )  # fmt: skip
    assert (form.phone, form.identity, form.has_letter, form.is_private) == ("138****5678", "授权代表", False, True)
    assert form.companions == ("郑示和（总监）",)
    assert [(it.kind, it.category, it.title) for it in form.matters] == [
        ("问题", "用地", "第一"),
        ("问题", "用地", "第二"),
    ]
    assert form.code.isdigit()


def test_every_blank_form_has_a_number_of_its_own(session, a_day):
    found = blanks(session, 3).forms
    assert [it.serial for it in found] == ["20261215-0900-01", "20261215-0900-02", "20261215-0900-03"]
    assert {(it.enterprise, it.number, it.is_private) for it in found} == {("", None, None)}


@pytest.mark.parametrize("count", [None, 0, -1, 51, 10**9])
def test_odd_numbers_of_blanks_are_told(session, a_day, count):
    with pytest.raises(RuleBroken, match="1 至 50") as caught:
        blanks(session, count)
    assert caught.value.field == "blank"


def test_an_identity_number_is_asked_for_only_where_the_office_does(session, a_day):
    assert not blanks(session, 1).asks_id_number
    with audited() as records:
        change_rules(records, {"id_number": "authorised", "persons_a_booking": 3}, actor=OFFICE, now=NOW)
    found = blanks(session, 1)
    assert (found.asks_id_number, found.most_persons) == (True, 3)


def test_nobody_confirmed_nothing_to_fill_in(session):
    session.add(a_reception_day())
    session.commit()
    with pytest.raises(RuleBroken, match="可以打印空白登记表"):
        prefilled(session)
    assert blanks(session, 1).forms


def test_a_cancelled_day_has_no_forms_and_only_the_office_has_any(session, a_day):
    for make in (prefilled, lambda session, actor: blanks(session, 1, actor)):
        with pytest.raises(NotAllowed):
            make(session, Actor(2, "领导", Role.LEADER))
    a_day.state = DayState.CANCELLED
    session.commit()
    for make in (prefilled, lambda session: blanks(session, 1)):
        with pytest.raises(RuleBroken, match="已取消"):
            make(session)
