from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain.errors import Conflict, NotAllowed, RuleBroken
from portal.domain.leaves import LeaveState
from portal.domain.reception_days import DayState
from portal.domain.turns import SubstituteFrom, TurnAct, TurnOrigin
from portal.services.substitutions import SteppingIn, note_absence, substitute, substitutes, undo_absence
from portal.services.swaps import offer_swap
from portal.store.models.audit import AuditLine
from portal.store.models.duty import DutyChange, Leave, SeatPool, Swap, UnsuitableDay
from portal.store.models.messages import Message
from portal.store.models.office import OfficeSetting
from portal.store.models.people import Leader
from portal.store.models.reception import ReceptionDay
from portal.store.queries.duty import turn_on
from portal.store.queries.rota import counted_turns
from tests.duty_people import (
    ACCOMPANYING,
    DECEMBER,
    MAIN,
    STANDBY,
    District,
    another_turn,
    keep_distance,
)
from tests.services.acting import audited


@pytest.fixture
def district(session):
    return District(session)


def possible(session, district, day=DECEMBER, seat=MAIN):
    return substitutes(session, district.day_id[day], day, turn_on(session, day, seat, 1))


def able(session, district, *place):
    return [it.leader for it in possible(session, district, *place) if it.can]


def step_in(district, name, held=None, *, reason="临时参加市级会议", actor=None, now, **given):
    with audited() as session:
        stepping = SteppingIn(held or district.held(DECEMBER, "甲示一"), district.id[name], reason, **given)
        return substitute(session, stepping, actor=actor or district.office, now=now)


def test_the_standby_of_the_day_comes_first_then_whose_turn_it_is(session, district):
    found = possible(session, district)
    assert [(it.leader, it.can) for it in found] == [
        ("丁示四", True), ("戊示五", True), ("己示六", True), ("乙示二", True), ("丙示三", True),
    ]  # fmt: skip
    assert [it.why for it in found[:3]] == [
        "当日补位领导，先由其补位。",
        "主接待尚未轮到过，与另 1 人同为最少，合计次数和间隔也相同，按名单顺序；此前没有轮值记录。",
        "次数和间隔都相同，名单顺序在戊示五之后。",
    ]
    assert found[3].why == "主接待已轮 1 次，多于戊示五的 0 次。"


def test_an_office_that_goes_by_the_order_asks_the_standby_last(session, district):
    session.add(OfficeSetting(name="substitutes", value=SubstituteFrom.NEXT.value))
    session.commit()
    assert able(session, district) == ["戊示五", "己示六", "乙示二", "丙示三", "丁示四"]


def test_who_cannot_step_in_is_named_with_the_reason(session, district, now):
    keep_distance(session, 40)
    session.add(
        Leave(
            leader_id=district.id["戊示五"], starts_on=DECEMBER, ends_on=DECEMBER, reason="外出",
            state=LeaveState.APPROVED, asked_by="办公室", asked_at=now,
        )
    )  # fmt: skip
    session.get_one(Leader, district.id["丙示三"]).serves_until = DECEMBER - timedelta(days=1)
    session.get_one(Leader, district.id["己示六"]).weight = 0
    session.commit()
    found = {it.leader: it for it in possible(session, district)}
    assert "丙示三" not in found
    assert found["戊示五"].why == "戊示五在12月15日 周二已批准请假。"
    assert found["己示六"].why == "己示六不参加轮值。"
    assert (found["乙示二"].only_gap, "只隔 31 天" in found["乙示二"].why) == (True, True)
    assert able(session, district) == ["丁示四"]


def test_a_standby_steps_up_and_leaves_his_place_empty(session, district, now):
    step_in(district, "丁示四", now=now)
    main = turn_on(session, DECEMBER, MAIN, 1)
    assert (main.leader, main.why, main.origin) == (
        "丁示四", "由当日补位领导补位，接替甲示一（临时参加市级会议）", TurnOrigin.SUBSTITUTION,
    )  # fmt: skip
    assert [it.leader for it in main.passed_over] == ["戊示五", "己示六", "乙示二", "丙示三"]
    assert turn_on(session, DECEMBER, STANDBY, 1) is None
    first, fourth = district.id["甲示一"], district.id["丁示四"]
    changes = session.execute(select(DutyChange.seat, DutyChange.from_leader_id, DutyChange.to_leader_id)).all()
    assert changes == [("standby", fourth, None), ("main", first, fourth)]
    told = set(session.scalars(select(Message.account_id)))
    assert told == {district.account["甲示一"], district.account["丁示四"]}
    assert session.scalars(select(AuditLine.act)).all() == ["duty_substituted"]


def mains(session, district):
    """Whose turns as main receiver count, in order of date."""
    names = {number: name for name, number in district.id.items()}
    return [names[it.leader_id] for it in counted_turns(session) if it.seat is MAIN]


def test_the_next_in_order_steps_in_and_the_absent_ones_turn_does_not_count(session, district, now):
    step_in(district, "戊示五", now=now)
    assert mains(session, district) == ["戊示五", "乙示二", "丙示三"]
    assert turn_on(session, DECEMBER, STANDBY, 1).leader == "丁示四"


def test_for_a_standby_nobody_stands_by(session, district, now):
    assert able(session, district, DECEMBER, STANDBY)[:2] == ["戊示五", "己示六"]
    found = {it.leader: it.why for it in possible(session, district, DECEMBER, STANDBY)}
    assert found["甲示一"] == "甲示一在12月15日 周二已是主接待，一人一天只担任一个席位。"
    step_in(district, "己示六", district.held(DECEMBER, "丁示四", STANDBY), now=now)
    assert turn_on(session, DECEMBER, STANDBY, 1).leader == "己示六"


@pytest.mark.parametrize("state", [DayState.ONGOING, DayState.CLOSED])
def test_who_really_served_is_entered_on_the_day_and_after_it(session, district, now, state):
    session.get_one(ReceptionDay, district.day_id[DECEMBER]).state = state
    session.commit()
    step_in(district, "丁示四", now=now.replace(month=12, day=18))
    assert turn_on(session, DECEMBER, MAIN, 1).leader == "丁示四"


def test_a_rule_is_named_and_only_the_distance_is_waived(session, district, now):
    keep_distance(session, 40)
    with pytest.raises(RuleBroken, match="勾选“不受间隔限制”"):
        step_in(district, "乙示二", now=now)
    step_in(district, "乙示二", gap_waived=True, now=now)
    session.add(SeatPool(seat="main", leader_id=district.id["甲示一"]))
    session.commit()
    with pytest.raises(RuleBroken, match="不在主接待的席位名单内。请另选一位"):
        step_in(district, "戊示五", district.held(DECEMBER, "乙示二"), gap_waived=True, now=now)


def test_a_place_seen_otherwise_is_a_conflict_and_a_stranger_no_choice(session, district, now):
    step_in(district, "戊示五", now=now)
    with pytest.raises(Conflict, match="已改由戊示五担任"):
        step_in(district, "己示六", now=now)
    with pytest.raises(Conflict, match="已空出"):
        step_in(district, "己示六", district.held(DECEMBER, "甲示一", ACCOMPANYING), now=now)
    with pytest.raises(RuleBroken, match="请从名单中选择"):
        step_in(district, "戊示五", district.held(DECEMBER, "戊示五"), now=now)
    with pytest.raises(RuleBroken, match="请写明理由"):
        step_in(district, "己示六", district.held(DECEMBER, "戊示五"), reason=" ", now=now)
    with pytest.raises(NotAllowed):
        step_in(district, "己示六", actor=district.person("甲示一"), now=now)


def test_stepping_in_ends_the_offers_for_that_turn(session, district, now):
    with audited() as records:
        offer_swap(records, district.december_for_january(), actor=district.person("甲示一"), now=now)
    step_in(district, "戊示五", now=now)
    assert session.scalars(select(Swap.state)).all() == ["overtaken"]


def absent(district, reason="因病未能到场", *, now):
    with audited() as session:
        note_absence(session, district.held(DECEMBER, "甲示一"), reason, actor=district.office, now=now)


def test_a_leader_who_did_not_come_has_not_used_up_the_turn_until_that_is_corrected(session, district, now):
    after = now.replace(month=12, day=16)
    with pytest.raises(RuleBroken, match="还没有到"):
        absent(district, now=now)
    absent(district, now=after)
    assert mains(session, district) == ["乙示二", "丙示三"]
    with pytest.raises(Conflict, match="已登记未到场"):
        absent(district, now=after)
    with audited() as records:
        undo_absence(records, district.held(DECEMBER, "甲示一"), actor=district.office, now=after)
    assert mains(session, district) == ["甲示一", "乙示二", "丙示三"]
    with pytest.raises(Conflict, match="已是到场"), audited() as records:
        undo_absence(records, district.held(DECEMBER, "甲示一"), actor=district.office, now=after)
    assert session.scalars(select(DutyChange.act).order_by(DutyChange.id)).all() == [TurnAct.ABSENT, TurnAct.SEATED]


def test_whoever_steps_in_for_an_absent_leader_has_served(session, district, now):
    after = now.replace(month=12, day=16)
    absent(district, now=after)
    step_in(district, "丁示四", now=after)
    turn = turn_on(session, DECEMBER, MAIN, 1)
    assert (turn.leader, turn.attended) == ("丁示四", True)


def test_whoever_marked_the_day_as_unsuitable_is_not_asked(session, district, now):
    day_id = district.day_id[DECEMBER]
    session.add(
        UnsuitableDay(reception_day_id=day_id, leader_id=district.id["戊示五"], marked_by="戊示五", marked_at=now)
    )
    session.commit()
    assert able(session, district) == ["丁示四", "己示六", "乙示二", "丙示三"]


def test_a_cancelled_day_has_no_duty(session, district, now):
    session.get_one(ReceptionDay, district.day_id[DECEMBER]).state = DayState.CANCELLED
    session.commit()
    with pytest.raises(RuleBroken, match="已取消"):
        step_in(district, "丁示四", now=now)


def test_a_second_turn_too_near_the_standbys_own_is_seen(session, district):
    keep_distance(session, 30)
    another_turn(session, district.id["丁示四"], DECEMBER + timedelta(days=20), "standby")
    assert able(session, district)[0] == "丁示四"
