from datetime import date

import pytest
from sqlalchemy import select

from portal.domain.attendance import Attendance
from portal.domain.bookings import BookingState, Origin
from portal.domain.errors import NotAllowed, RuleBroken
from portal.domain.matters import WITH_A_UNIT, MatterKind, MatterState
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.services.day_summaries import summary_sheet
from portal.store.models.bookings import Companion, InvitedUnit
from portal.store.models.matters import Matter
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
    """Two in the first slot (one without a booking), one in the second, one who left, one who never came."""
    main, absent = a_leader(name="吴示宁", post="区长"), a_leader(name="郑示和")
    standby = a_leader(name="孙示安")
    turns = [a_turn(main), a_turn(absent, seat="accompanying", attended=False), a_turn(standby, seat="standby")]
    day = a_reception_day(slots=4, seats=2, state=DayState.CLOSED, turns=turns)
    first = a_booking(
        day, an_enterprise(name="甲公司"), state=BookingState.FINISHED,
        companions=[Companion(position=2, name="周示"), Companion(position=3, name="王示")],
    )  # fmt: skip
    second = a_booking(
        day, an_enterprise(name="乙公司"), seat=1, state=BookingState.FINISHED, origin=Origin.WALK_IN, persons_came=5
    )
    third = a_booking(day, an_enterprise(name="丙公司"), slot=1, state=BookingState.ARRIVED)
    left = a_booking(day, an_enterprise(name="丁公司"), slot=2, state=BookingState.LEFT, persons_came=9)
    gone = a_booking(day, an_enterprise(name="戊公司"), slot=3, state=BookingState.NO_SHOW)
    category, unit, other = a_category(name="用地"), a_unit(name="区财政局"), a_unit(name="区住建局")
    session.add_all([first, second, third, left, gone, unit, other])
    session.add_all(
        [
            a_matter(second, category, title="乙一", kind=MatterKind.SUGGESTION, state=MatterState.SETTLED,
                     on_site_answer="可以办。", answered_by="吴示宁"),
            a_matter(first, category, title="甲一", state=MatterState.AWAITING_ASSIGNMENT, lead_unit=unit),
            a_matter(first, category, title="甲二", state=MatterState.ASSIGNED, lead_unit=unit, due_on=date(2027, 1, 6)),
            a_matter(third, category, title="丙一", kind=MatterKind.COMPLAINT, state=MatterState.REFUSED,
                     ended_reason="请向法院起诉。"),
            a_matter(gone, category, title="没有来的"),
        ]
    )  # fmt: skip
    session.flush()
    for booking, who, attendance in (
        (first, unit, Attendance.ATTENDED),
        (second, unit, Attendance.ABSENT),
        (second, other, Attendance.ABSENT),
        (third, other, Attendance.INVITED),
    ):
        session.add(InvitedUnit(booking=booking, unit=who, attendance=attendance))
    session.commit()
    return day


def sheet(session, actor=OFFICE):
    return summary_sheet(session, day_on(session, DAY), actor=actor, now=NOW)


def figures(found):
    return {it.key: int(it.value) for _, group in found.groups for it in group}


def test_every_figure_of_the_day_is_exact(session, a_day):
    assert {key: value for key, value in figures(sheet(session)).items() if value} == {
        "batches": 2,
        "visits": 3,
        "persons": 3 + 5 + 1,
        "walk_ins": 1,
        "no_shows": 1,
        "left": 1,
        "leaders": 1,
        "units_came": 1,
        "units_missing": 1,
        "matters": 4,
        "kind_problem": 2,
        "kind_suggestion": 1,
        "kind_complaint": 1,
        "state_settled": 1,
        "state_awaiting_assignment": 1,
        "state_assigned": 1,
        "state_refused": 1,
    }


def test_every_figure_says_how_it_is_counted(session, a_day):
    assert all(it.formula.endswith("。") for _, group in sheet(session).groups for it in group)


def test_kinds_and_dispositions_each_add_up_to_the_matters(session, a_day):
    found = figures(sheet(session))
    for part in ("kind_", "state_"):
        assert sum(value for key, value in found.items() if key.startswith(part)) == found["matters"]


def test_matters_stand_in_the_order_of_the_places_with_their_answers(session, a_day):
    found = sheet(session)
    assert [(it.title, it.disposition, it.answer) for it in found.matters] == [
        ("甲一", "待交办", "区财政局牵头"),
        ("甲二", "已交办", "区财政局牵头，2027年1月6日前办结"),
        ("乙一", "现场办结", "可以办。（吴示宁答复）"),
        ("丙一", "不予受理", "请向法院起诉。"),
    ]
    assert [it.name for it in found.leaders] == ["吴示宁"]
    assert (found.units_came, found.units_missing) == (("区财政局",), ("区住建局",))
    assert [(it.number, it.name, it.persons, it.state) for it in found.enterprises][1:4] == [
        ("2", "乙公司", "5", "接待完毕（现场）"),
        ("3", "丙公司", "1", "已到访"),
        ("5", "丁公司", "—", "未接待离开"),
    ]


@pytest.mark.parametrize("state", [*WITH_A_UNIT, MatterState.WITHDRAWN])
def test_a_matter_that_has_moved_on_since_is_still_counted_once(session, a_day, state):
    matter = session.scalars(select(Matter).where(Matter.state == MatterState.ASSIGNED)).one()
    matter.state, matter.ended_reason = state, "企业撤回"
    matter.closed_at = NOW if state is MatterState.CLOSED else None
    session.commit()
    found = figures(sheet(session))
    assert sum(value for key, value in found.items() if key.startswith("state_")) == found["matters"]
    assert found["state_assigned"] == (state is not MatterState.WITHDRAWN)


def test_a_day_that_is_not_over_says_so(session, a_day):
    assert sheet(session).unfinished == ""
    a_day.state = DayState.ONGOING
    session.commit()
    assert "尚未结束" in sheet(session).unfinished


@pytest.mark.parametrize(
    "state,words",
    [(DayState.PLANNED, "还没有开始"), (DayState.PUBLISHED, "还没有开始"), (DayState.CANCELLED, "已取消")],
)
def test_a_day_that_was_not_held_has_no_summary(session, a_day, state, words):
    a_day.state = state
    session.commit()
    with pytest.raises(RuleBroken, match=words):
        sheet(session)


def test_those_who_serve_and_supervision_read_it_supervision_without_names_of_visitors(session, a_day):
    serving = frozenset({a_day.turns[0].leader_id})
    assert len(sheet(session, Actor(2, "领导", Role.LEADER, leader_ids=serving)).matters) == 4
    assert sheet(session, Actor(3, "督查", Role.SUPERVISOR)).enterprises[0].visitor == "申**"
    for actor in (
        Actor(4, "别的领导", Role.LEADER, leader_ids=frozenset({99})),
        Actor(5, "单位", Role.UNIT, unit_id=1),
    ):
        with pytest.raises(NotAllowed):
            sheet(session, actor)


def test_a_day_without_anybody_is_all_zeros(session):
    session.add(a_reception_day(state=DayState.CLOSED))
    session.commit()
    found = sheet(session)
    assert (set(figures(found).values()), found.enterprises, found.matters) == ({0}, (), ())
