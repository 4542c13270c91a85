from datetime import date

import pytest

from portal.domain.attendance import Attendance
from portal.domain.bookings import BookingState
from portal.domain.errors import NotAllowed, RuleBroken
from portal.domain.matters import Check, MatterState
from portal.domain.opinions import OpinionState
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.services.briefs import brief_sheet
from portal.store.models.bookings import Companion, InvitedUnit
from portal.store.models.matters import Opinion
from portal.store.models.people import Post
from portal.store.queries.reception_days import day_on
from tests.builders import (
    a_booking,
    a_category,
    a_leader,
    a_matter,
    a_reception_day,
    a_turn,
    a_unit,
    an_enterprise,
)
from tests.conftest import NOW

OFFICE = Actor(1, "办公室", Role.OFFICE)
DAY = date(2026, 12, 15)


@pytest.fixture
def a_day(session):
    """A day of 吴示宁 with 甲公司, which was there in September, and 乙公司, which comes for the first time."""
    leader = a_leader(name="吴示宁", post="副区长")
    day = a_reception_day(theme="融资专场", turns=[a_turn(leader)])
    before = a_reception_day(day=date(2026, 9, 15), state=DayState.CLOSED, slots=1)
    there = an_enterprise(
        name="甲公司", credit_code="91110000101623741K", industry="制造", legal_representative="申示例"
    )
    category, unit = a_category(name="用地"), a_unit(name="区财政局", short_name="财政局")
    other, third = a_unit(name="区住建局", short_name="住建局"), a_unit(name="区商务局", short_name="商务局")
    old = a_booking(before, there, state=BookingState.FINISHED)
    first = a_booking(day, there, companions=[Companion(position=2, name="郑示和", post="总监")])
    second = a_booking(day, an_enterprise(name="乙公司"), slot=1, state=BookingState.PENDING)
    early = a_matter(
        old, category, title="旧事项", state=MatterState.ASSIGNED, lead_unit=unit, raised_on=date(2026, 9, 1)
    )
    asked = a_matter(
        first, category, title="厂房用地", position=1, urgent=True, is_true=Check.YES, check_note="已到现场查看。"
    )
    session.add_all(
        [day, old, second, early, asked, other, third, a_matter(first, category, title="第二件", position=2)]
    )
    session.flush()
    session.add_all(
        [
            InvitedUnit(booking=first, unit=unit, attendance=Attendance.INVITED),
            Post(leader_id=leader.id, title="区长", starts_on=date(2026, 12, 1)),
            an_opinion(
                asked,
                unit,
                state=OpinionState.ANSWERED,
                opinion="可以安排。",
                policy_basis="某办法第八条",
                answered_at=NOW,
            ),
            an_opinion(asked, other),
            an_opinion(asked, a_unit(name="区人社局"), state=OpinionState.WITHDRAWN),
            an_opinion(asked, third, state=OpinionState.DECLINED, release_reason="不归本局管。"),
        ]
    )
    session.commit()
    return day


def an_opinion(matter, unit, **given):
    return Opinion(
        **{
            "matter": matter,
            "unit": unit,
            "state": OpinionState.ASKED,
            "due_on": date(2026, 12, 14),
            "asked_by": "办公室",
            "asked_at": NOW,
        }
        | given
    )


def sheet(session, actor=OFFICE):
    return brief_sheet(session, day_on(session, DAY), actor=actor, now=NOW)


def test_the_brief_says_who_comes_and_what_was_there_before(session, a_day):
    found = sheet(session)
    assert [(it.seat, it.name, it.post) for it in found.leaders] == [("主接待", "吴示宁", "区长")]
    first, second = found.enterprises
    assert (first.number, first.name, first.hours, first.phone) == (1, "甲公司", "9:00—9:40", "138****5678")
    assert (first.companions, first.units) == (("郑示和（总监）",), ("区财政局",))
    assert first.earlier == "此前接待1次，最近一次2026年9月15日；提出诉求1件："
    assert first.earlier_matters == ("2026年9月15日　旧事项（已交办，区财政局承办）",)
    assert (second.number, second.state, second.earlier) == (2, "待审核", "首次来访，此前没有提出过诉求。")
    assert found.theme == "融资专场"


def test_a_matter_says_its_check_and_what_the_units_answered_or_when_they_will(session, a_day):
    matter, other = sheet(session).enterprises[0].matters
    assert (matter.ordinal, matter.title, matter.flags) == (1, "厂房用地", ("急",))
    assert matter.checked == ("真实：是", "合法：待核实", "合理：待核实")
    assert matter.finding == "已到现场查看。"
    assert [(it.unit, it.text, it.policy_basis, it.declined, it.due_on) for it in matter.opinions] == [
        ("财政局", "可以安排。", "某办法第八条", "", date(2026, 12, 14)),
        ("住建局", "", "", "", date(2026, 12, 14)),
        ("商务局", "", "", "不归本局管。", date(2026, 12, 14)),
    ]
    assert (other.ordinal, other.opinions) == (2, ())


def test_those_on_duty_and_their_secretaries_read_it_and_nobody_else(session, a_day):
    serving = frozenset({a_day.turns[0].leader_id})
    for role in (Role.LEADER, Role.SECRETARY):
        assert sheet(session, Actor(2, "领导", role, leader_ids=serving)).enterprises
        with pytest.raises(NotAllowed, match="12月15日"):
            sheet(session, Actor(3, "别的领导", role, leader_ids=frozenset({999})))
    for role in (Role.UNIT, Role.SUPERVISOR, Role.AUDITOR):
        with pytest.raises(NotAllowed):
            sheet(session, Actor(4, "他人", role))


@pytest.mark.parametrize("state,words", [(DayState.PUBLISHED, "先登记预约"), (DayState.CANCELLED, "已取消")])
def test_there_is_no_empty_brief(session, state, words):
    session.add(a_reception_day(state=state))
    session.commit()
    with pytest.raises(RuleBroken, match=words):
        sheet(session)


@pytest.mark.parametrize("enterprises", [1, 6])
def test_a_brief_costs_the_same_few_statements_for_any_number_of_enterprises(session, statements, enterprises):
    day = a_reception_day(slots=6, turns=[a_turn(a_leader())])
    category = a_category()
    for slot in range(enterprises):
        booking = a_booking(day, an_enterprise(), slot=slot)
        session.add_all([booking, a_matter(booking, category), a_matter(booking, category)])
    session.commit()
    row = day_on(session, DAY)
    statements.clear()
    assert len(brief_sheet(session, row, actor=OFFICE, now=NOW).enterprises) == enterprises
    assert len([it for it in statements if it != "BEGIN"]) == 10
