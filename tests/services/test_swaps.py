from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.domain.errors import Conflict, NotAllowed, RuleBroken
from portal.domain.leaves import LeaveState
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.domain.swaps import SwapState
from portal.domain.turns import TurnAct, TurnOrigin
from portal.services.duty import assign_turn, remove_turn
from portal.services.swaps import accept_swap, lapse_offers, offer_swap, refuse_swap, swap_for_both, withdraw_swap
from portal.store.models.audit import AuditLine
from portal.store.models.duty import DutyChange, Leave, SeatPool, Swap
from portal.store.models.messages import Message
from portal.store.models.people import Leader, Post
from portal.store.models.reception import ReceptionDay
from portal.store.queries.duty import turn_on
from portal.store.queries.swaps import offers_to, swap_row
from tests.duty_people import DECEMBER, FEBRUARY, JANUARY, MAIN, STANDBY, District, another_turn, keep_distance
from tests.services.acting import audited


@pytest.fixture
def district(session):
    return District(session)


def offer(district, order=None, *, actor=None, now):
    with audited() as session:
        order = order or district.december_for_january()
        return offer_swap(session, order, actor=actor or district.person("甲示一"), now=now).id


def accept(swap_id, *, actor, now, **given):
    with audited() as session:
        return accept_swap(session, swap_id, actor=actor, now=now, **given)


def for_both(district, order=None, *, now, **given):
    with audited() as session:
        order = order or district.december_for_january()
        return swap_for_both(session, order, **{"actor": district.office} | given, now=now).id


def on(session, day, seat=MAIN):
    there = turn_on(session, day, seat, 1)
    return there.leader if there else None


def state(session, swap_id):
    return session.scalar(select(Swap.state).where(Swap.id == swap_id))


def told(session, key):
    return set(session.scalars(select(Message.account_id).where(Message.key == key)))


def test_two_leaders_exchange_their_turns(session, district, now):
    session.add(Post(leader_id=district.id["甲示一"], title="常务副区长", starts_on=date(2027, 1, 1)))
    session.commit()
    swap_id = offer(district, now=now)
    assert told(session, f"swap-offered:{swap_id}") == {district.account["乙示二"], district.account["office"]}
    accept(swap_id, actor=district.person("乙示二"), now=now)
    december, january = turn_on(session, DECEMBER, MAIN, 1), turn_on(session, JANUARY, MAIN, 1)
    assert (december.leader, december.why) == ("乙示二", "与甲示一调换：原在2027年1月15日 周五主接待")
    assert (january.leader, january.post, january.why) == (
        "甲示一",
        "常务副区长",
        "与乙示二调换：原在2026年12月15日 周二主接待",
    )
    assert (december.origin, january.origin) == (TurnOrigin.SWAP, TurnOrigin.SWAP)
    changes = session.execute(
        select(DutyChange.act, DutyChange.from_leader_id, DutyChange.to_leader_id).order_by(DutyChange.id)
    ).all()
    first, second = district.id["甲示一"], district.id["乙示二"]
    assert changes == [(TurnAct.SWAPPED, first, second), (TurnAct.SWAPPED, second, first)]
    assert session.scalars(select(ReceptionDay.sequence).order_by(ReceptionDay.day)).all() == [1, 1, 0]
    assert told(session, f"swap-agreed:{swap_id}") == {district.account["甲示一"], district.account["office"]}
    assert session.scalars(select(AuditLine.act).order_by(AuditLine.id)).all() == ["swap_offered", "swap_agreed"]


def test_an_offer_open_to_all_goes_to_whoever_puts_up_a_turn(session, district, now):
    swap_id = offer(district, district.order(district.held(DECEMBER, "甲示一")), now=now)
    assert [it.id for it in offers_to(session, {district.id["丙示三"]})] == [swap_id]
    assert offers_to(session, {district.id["甲示一"]}) == []
    with pytest.raises(RuleBroken, match="请选择用哪一个轮值"):
        accept(swap_id, actor=district.person("丙示三"), now=now)
    with pytest.raises(NotAllowed):
        accept(swap_id, mine=district.held(JANUARY, "乙示二"), actor=district.person("丙示三"), now=now)
    accept(swap_id, mine=district.held(FEBRUARY, "丙示三"), actor=district.person("丙示三"), now=now)
    assert (on(session, DECEMBER), on(session, FEBRUARY)) == ("丙示三", "甲示一")
    row = swap_row(session, swap_id, actor=district.office)
    assert (row.other, row.other_place.day, row.state) == ("丙示三", FEBRUARY, SwapState.AGREED)


def test_main_and_standby_of_one_day_may_change_seats(session, district, now):
    keep_distance(session, 60)
    order = district.order(district.held(DECEMBER, "甲示一"), district.held(DECEMBER, "丁示四", STANDBY))
    accept(offer(district, order, now=now), actor=district.person("丁示四"), now=now)
    assert (on(session, DECEMBER), on(session, DECEMBER, STANDBY)) == ("丁示四", "甲示一")


def test_the_office_enters_what_both_have_agreed(session, district, now):
    swap_id = for_both(district, now=now)
    assert (on(session, DECEMBER), state(session, swap_id)) == ("乙示二", SwapState.AGREED)
    assert told(session, f"swap-agreed:{swap_id}") == {district.account["甲示一"], district.account["乙示二"]}
    with pytest.raises(NotAllowed):
        for_both(district, actor=district.person("甲示一"), now=now)


def test_the_office_takes_an_offer_on_somebodys_behalf_and_says_how_it_knows(session, district, now):
    swap_id = offer(district, now=now)
    with pytest.raises(RuleBroken) as caught:
        accept(swap_id, actor=district.office, now=now)
    assert caught.value.field == "remark"
    accept(swap_id, remark="电话征得乙示二同意", actor=district.office, now=now)
    assert on(session, JANUARY) == "甲示一"


def test_nobody_offers_or_answers_for_another_leader(district, now):
    with pytest.raises(NotAllowed):
        offer(district, actor=district.person("丙示三"), now=now)
    with pytest.raises(NotAllowed, match="督查室"):
        offer(district, actor=Actor(9, "督查", Role.SUPERVISOR), now=now)
    swap_id = offer(district, now=now)
    for stranger in ("甲示一", "丙示三"):
        with pytest.raises(NotAllowed):
            accept(swap_id, actor=district.person(stranger), now=now)
    with pytest.raises(NotAllowed), audited() as session:
        refuse_swap(session, swap_id, actor=district.person("丙示三"), now=now)
    with pytest.raises(NotAllowed), audited() as session:
        withdraw_swap(session, swap_id, actor=district.person("乙示二"), now=now)


def test_a_secretary_acts_for_the_leaders_served(session, district, now):
    secretary = Actor(district.account["丙示三"], "秘书", Role.SECRETARY, leader_ids=frozenset({district.id["乙示二"]}))
    accept(offer(district, now=now), actor=secretary, now=now)
    assert on(session, DECEMBER) == "乙示二"


@pytest.mark.parametrize("act, ended", [(refuse_swap, SwapState.REFUSED), (withdraw_swap, SwapState.WITHDRAWN)])
def test_an_offer_ends_once(session, district, now, act, ended):
    swap_id = offer(district, now=now)
    who = district.person("乙示二" if act is refuse_swap else "甲示一")
    with audited() as records:
        act(records, swap_id, "另有安排", actor=who, now=now)
    assert state(session, swap_id) is ended
    with pytest.raises(Conflict, match=f"这次调换{ended.label}"):
        accept(swap_id, actor=district.person("乙示二"), now=now)
    assert on(session, DECEMBER) == "甲示一"


def test_an_offer_to_nobody_in_particular_cannot_be_refused(district, now):
    swap_id = offer(district, district.order(district.held(DECEMBER, "甲示一")), now=now)
    with pytest.raises(RuleBroken, match="没有指定对方"), audited() as session:
        refuse_swap(session, swap_id, actor=district.person("乙示二"), now=now)


def test_a_place_is_offered_once_at_a_time(district, now):
    offer(district, now=now)
    with pytest.raises(Conflict, match="已经提出调换"):
        offer(district, district.order(district.held(DECEMBER, "甲示一")), now=now)


def on_leave(session, district, name, first, last, now):
    session.add(
        Leave(
            leader_id=district.id[name], starts_on=first, ends_on=last, reason="外出", state=LeaveState.APPROVED,
            asked_by="办公室", asked_at=now,
        )
    )  # fmt: skip
    session.commit()


def test_a_swap_onto_a_day_of_leave_is_refused_by_name(session, district, now):
    swap_id = offer(district, now=now)
    on_leave(session, district, "乙示二", DECEMBER, DECEMBER, now)
    with pytest.raises(RuleBroken, match="乙示二在2026年12月15日 周二已批准请假"):
        accept(swap_id, actor=district.person("乙示二"), now=now)
    assert (state(session, swap_id), on(session, DECEMBER)) == (SwapState.OPEN, "甲示一")
    with pytest.raises(RuleBroken, match="已批准请假"):
        for_both(district, now=now, gap_waived=True)


def test_a_swap_out_of_term_onto_a_second_seat_or_out_of_the_pool_is_refused(session, district, now):
    session.get_one(Leader, district.id["甲示一"]).serves_until = JANUARY - timedelta(days=1)
    session.commit()
    with pytest.raises(RuleBroken, match="不在任期内"):
        offer(district, now=now)
    to_standby = district.order(district.held(FEBRUARY, "丙示三"), district.held(DECEMBER, "丁示四", STANDBY))
    session.add(SeatPool(seat="main", leader_id=district.id["丙示三"]))
    session.commit()
    with pytest.raises(RuleBroken, match="丁示四不在主接待的席位名单内"):
        offer(district, to_standby, actor=district.person("丙示三"), now=now)


def test_a_turn_too_near_is_for_the_office_to_waive(session, district, now):
    keep_distance(session, 45)
    another_turn(session, district.id["甲示一"], date(2027, 1, 29), "standby")
    with pytest.raises(RuleBroken, match=r"只隔 14 天，少于要求的 45 天。如确需调换，请联系工商联办公室"):
        offer(district, now=now)
    with pytest.raises(RuleBroken, match="不受间隔限制"):
        for_both(district, now=now)
    for_both(district, now=now, gap_waived=True)
    assert "经办公室同意" in turn_on(session, JANUARY, MAIN, 1).why


def test_an_offer_is_overtaken_when_either_turn_changes_hands(session, district, now):
    named = offer(district, now=now)
    to_all = offer(
        district, district.order(district.held(FEBRUARY, "丙示三")), actor=district.person("丙示三"), now=now
    )
    with audited() as records:
        assign_turn(
            records, district.day_id[JANUARY], MAIN, 1, district.id["戊示五"], "统战部商定",
            holder=district.id["乙示二"], actor=district.office, now=now,
        )  # fmt: skip
    assert (state(session, named), state(session, to_all)) == (SwapState.OVERTAKEN, SwapState.OPEN)
    assert told(session, f"swap-overtaken:{named}") == {district.account["甲示一"], district.account["乙示二"]}
    with pytest.raises(Conflict, match="这次调换已失效"):
        accept(named, actor=district.person("乙示二"), now=now)


def test_a_swap_ends_the_other_offers_for_the_same_turns(session, district, now):
    mine = offer(district, now=now)
    order = district.order(district.held(JANUARY, "乙示二"), district.held(FEBRUARY, "丙示三"))
    theirs = offer(district, order, actor=district.person("乙示二"), now=now)
    accept(mine, actor=district.person("乙示二"), now=now)
    assert (state(session, mine), state(session, theirs)) == (SwapState.AGREED, SwapState.OVERTAKEN)


def test_a_place_seen_with_another_leader_is_a_conflict(session, district, now):
    for_both(district, now=now)
    with pytest.raises(Conflict, match="已改由乙示二担任"):
        offer(district, now=now)
    standby = district.held(DECEMBER, "丁示四", STANDBY)
    with audited() as records:
        remove_turn(
            records,
            standby.day_id,
            STANDBY,
            1,
            "领导外出学习",
            holder=standby.leader_id,
            actor=district.office,
            now=now,
        )
    order = district.order(standby, district.held(JANUARY, "甲示一"))
    with pytest.raises(Conflict, match="已空出"):
        offer(district, order, actor=district.person("丁示四"), now=now)


@pytest.mark.parametrize("ended", [DayState.ONGOING, DayState.CLOSED, DayState.CANCELLED])
def test_a_day_that_has_begun_or_is_cancelled_is_not_swapped(session, district, now, ended):
    swap_id = offer(district, now=now)
    session.get_one(ReceptionDay, district.day_id[DECEMBER]).state = ended
    session.commit()
    with pytest.raises(RuleBroken, match="不能再调换"):
        accept(swap_id, actor=district.person("乙示二"), now=now)
    with pytest.raises(RuleBroken, match="已经过去"):
        for_both(district, now=now.replace(year=2028))


def lapse(now):
    with audited() as session:
        return lapse_offers(session, now=now)


@pytest.mark.parametrize("day", [DECEMBER, JANUARY])
def test_an_offer_lapses_when_one_of_its_days_is_over_or_cancelled(session, district, now, day):
    swap_id = offer(district, now=now)
    assert lapse(now.replace(month=12, day=15)) == 0
    session.get_one(ReceptionDay, district.day_id[day]).state = DayState.CANCELLED
    session.commit()
    assert (lapse(now), lapse(now)) == (1, 0)
    assert state(session, swap_id) is SwapState.OVERTAKEN
    assert told(session, f"swap-lapsed:{swap_id}") == {district.account[it] for it in ("甲示一", "乙示二", "office")}


def test_an_offer_to_all_lapses_once_its_day_is_over(session, district, now):
    swap_id = offer(district, district.order(district.held(DECEMBER, "甲示一")), now=now)
    assert lapse(now.replace(month=12, day=16)) == 1
    assert state(session, swap_id) is SwapState.OVERTAKEN


def test_one_does_not_swap_with_oneself_and_says_why_one_swaps(session, district, now):
    day_id = another_turn(session, district.id["甲示一"], date(2027, 3, 15))
    district.day_id[date(2027, 3, 15)] = day_id
    order = district.order(district.held(DECEMBER, "甲示一"), district.held(date(2027, 3, 15), "甲示一"))
    with pytest.raises(RuleBroken, match="不能与本人"):
        offer(district, order, now=now)
    with pytest.raises(RuleBroken) as caught:
        offer(district, district.order(district.held(DECEMBER, "甲示一"), reason="忙"), now=now)
    assert caught.value.field == "reason"
