"""Calling back: once reached, at most so often tried, and who is not content is looked in on at once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain.call_backs import CallBackStanding
from portal.domain.errors import Conflict, NotAllowed, RuleBroken
from portal.domain.look_backs import LookBackWhy
from portal.domain.results import AskedHow, Grade, Resolved
from portal.services.call_backs import Called, record_call_back
from portal.services.look_backs import plan_look_backs
from portal.services.ratings import Rating, rate_by_code
from portal.store.models.handling import LookBack
from portal.store.models.office import OfficeSetting
from portal.store.models.voices import CallBack
from portal.store.paging import Wanted
from portal.store.queries.call_backs import CallBackFilter, call_back_counts, call_back_rows
from portal.store.queries.office import office_rules
from portal.store.queries.satisfaction import ratings_of, satisfaction
from tests.handled_matters import a_matter_in_hand, closed
from tests.slip_builders import NOW, OFFICE

TOMORROW = NOW + timedelta(days=1)
GLAD = Called(AskedHow.PHONE, Grade.VERY_CONTENT, Resolved.FULLY, by="企业负责人")
SAD = Called(AskedHow.PHONE, Grade.DISCONTENT, Resolved.NOT, "答应的款项没有到账", "企业负责人")
UNREACHED = Called(AskedHow.PHONE, told="两次拨打无人接听")


def call(session, it, called, now=TOMORROW, actor=OFFICE):
    return record_call_back(session, it.matter.id, called, actor=actor, now=now)


def a_closed_matter(session):
    it = a_matter_in_hand(session)
    closed(session, it)
    session.commit()
    return it


def counts(session, now=TOMORROW, late_before=None):
    found = call_back_counts(
        session, OFFICE, CallBackFilter(), office_rules(session),
        late_before=late_before or now.date(), today=now.date(),
    )  # fmt: skip
    return {standing: number for standing, number in found.items() if number}


def test_what_was_closed_waits_for_its_call_and_is_off_the_list_when_reached(session):
    it = a_closed_matter(session)
    assert counts(session) == {CallBackStanding.WAITING: 1}
    call(session, it, GLAD)
    assert counts(session) == {CallBackStanding.REACHED: 1}
    with pytest.raises(Conflict, match="已有回访"):
        call(session, it, GLAD)


def test_nobody_is_called_for_ever(session):
    it = a_closed_matter(session)
    for _ in range(3):
        call(session, it, UNREACHED)
    assert counts(session) == {CallBackStanding.GIVEN_UP: 1}
    with pytest.raises(Conflict, match="3 次"):
        call(session, it, UNREACHED)


def test_how_often_is_a_setting(session):
    it = a_closed_matter(session)
    session.add(OfficeSetting(name="call_back_attempts", value=1))
    session.flush()
    call(session, it, UNREACHED)
    assert counts(session) == {CallBackStanding.GIVEN_UP: 1}


def test_what_lies_too_far_back_is_shown_apart(session):
    a_closed_matter(session)
    assert counts(session, NOW + timedelta(days=91)) == {CallBackStanding.LAPSED: 1}


def test_the_list_can_be_narrowed_to_what_is_late(session):
    a_closed_matter(session)
    asked, rules = CallBackFilter(overdue=True), office_rules(session)
    for late_before, rows in ((NOW.date(), 0), (TOMORROW.date(), 1)):
        page = call_back_rows(
            session, OFFICE, asked, Wanted("ended"), rules, late_before=late_before, today=TOMORROW.date()
        )
        assert len(page.rows) == rows


@pytest.mark.parametrize(
    "called,sentence",
    [
        (replace(UNREACHED, told=""), "没有联系上"),
        (replace(GLAD, by=""), "接受回访的是谁"),
        (replace(SAD, told="差"), "哪里没有解决"),
        (replace(GLAD, resolved=None), "一并登记"),
        (replace(GLAD, how=AskedHow.LINK), "方式"),
    ],
)
def test_half_a_call_is_refused_with_what_is_missing(session, called, sentence):
    it = a_closed_matter(session)
    with pytest.raises(RuleBroken, match=sentence):
        call(session, it, called)


def test_a_matter_in_hand_is_not_called_about(session):
    it = a_matter_in_hand(session)
    with pytest.raises(RuleBroken, match="销号或现场办结以后"):
        call(session, it, GLAD)


def test_a_unit_does_not_enter_what_the_enterprise_said(session):
    it = a_closed_matter(session)
    with pytest.raises(NotAllowed):
        call(session, it, GLAD, actor=it.handler)


def test_the_same_form_twice_is_one_call(session):
    it = a_closed_matter(session)
    given = replace(UNREACHED, form_token="a-form")
    assert call(session, it, given).id == call(session, it, given).id
    assert session.query(CallBack).count() == 1


def test_who_is_not_content_is_looked_in_on_from_today(session):
    it = a_closed_matter(session)
    call(session, it, SAD)
    planned = session.scalars(select(LookBack)).one()
    assert (planned.why, planned.planned_on) == (LookBackWhy.DISCONTENT, TOMORROW.date())


def test_a_look_back_that_waits_already_comes_forward_instead(session):
    session.add(OfficeSetting(name="look_back_percent", value=100))
    it = a_closed_matter(session)
    later = NOW + timedelta(days=65)
    plan_look_backs(session, now=later)
    call(session, it, SAD, now=later)
    planned = session.scalars(select(LookBack)).one()
    assert (planned.why, planned.planned_on) == (LookBackWhy.SAMPLE, later.date())


def test_the_latest_word_of_the_round_is_the_matters_rating(session):
    it = a_closed_matter(session)
    assert ratings_of(session, [it.matter.id])[it.matter.id].grade is Grade.CONTENT
    call(session, it, SAD)
    rating = ratings_of(session, [it.matter.id])[it.matter.id]
    assert (rating.grade, rating.resolved) == (Grade.DISCONTENT, Resolved.NOT)
    found = satisfaction(session, OFFICE, NOW.date(), NOW.date())
    assert (found.rated, found.content, found.not_resolved, found.unrated) == (1, 0, 1, 0)


def test_of_a_round_taken_up_again_nothing_was_said_yet(session):
    it = a_closed_matter(session)
    call(session, it, SAD)
    it.matter.round += 1
    session.flush()
    assert ratings_of(session, [it.matter.id]) == {}


def test_who_rates_by_itself_and_is_not_content_is_looked_in_on_as_well_and_not_called_any_more(session):
    it = a_closed_matter(session)
    rate_by_code(session, it.matter.booking_id, it.matter.id, Rating(Grade.DISCONTENT, Resolved.PARTLY), now=TOMORROW)
    planned = session.scalars(select(LookBack)).one()
    assert (planned.why, planned.planned_on) == (LookBackWhy.DISCONTENT, TOMORROW.date())
    with pytest.raises(Conflict, match="评价"):
        call(session, it, GLAD)
