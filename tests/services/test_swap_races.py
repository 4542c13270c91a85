"""One offer, many takers: exactly one wins, on both engines, and nobody sits twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from portal.domain.errors import Conflict, RuleBroken
from portal.domain.leaves import Span
from portal.domain.people import Actor, Role
from portal.domain.rota import DutySeat
from portal.domain.swaps import SwapState
from portal.services.leaves import LeaveOrder, ask_leave
from portal.services.substitutions import SteppingIn, substitute
from portal.services.swaps import HeldPlace, SwapOrder, accept_swap, offer_swap, swap_for_both, withdraw_swap
from portal.store.audit_trail import verify
from portal.store.extension import db, read, transaction
from portal.store.models.audit import AuditLine
from portal.store.models.duty import DutyChange, Swap
from portal.store.models.reception import DutyTurn
from tests.builders import a_leader, a_reception_day, a_turn
from tests.conftest import NOW

FIRST = date(2026, 12, 15)
MAIN = DutySeat.MAIN
OFFICE = Actor(0, "办公室", Role.OFFICE)
TAKERS = 8


@pytest.fixture
def turns(each_app):
    """Nine days, each with a leader of its own as main; answers the places."""
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        days = [
            a_reception_day(day=FIRST + timedelta(days=7 * number), slots=1, turns=[a_turn(a_leader())])
            for number in range(TAKERS + 1)
        ]
        session.add_all(days)
        session.commit()
        places = [HeldPlace(day.id, MAIN, 1, day.turns[0].leader_id) for day in days]
        session.info.pop("unaudited")
        db.session.remove()
    return places


def leader_of(place):
    return Actor(0, f"领导{place.leader_id}", Role.LEADER, leader_ids=frozenset({place.leader_id}))


def at_once(app, acts):
    """Do all of these at the same moment, each in a thread and transaction of its own, and count what came."""
    start = Barrier(len(acts))

    def run(act):
        with app.app_context():
            start.wait()
            try:
                with transaction() as session:
                    act(session)
            except Conflict as refusal:
                told = any(words in refusal.message for words in ("操作没有生效", "没有调换", "没有改动"))
                return "refused" if told else refusal.message
            else:
                return "done"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(run, acts))


def offered(app, mine, other=None):
    with app.app_context():
        with transaction() as session:
            swap_id = offer_swap(session, SwapOrder(mine, other, "工作冲突"), actor=leader_of(mine), now=NOW).id
        db.session.remove()
        return swap_id


def held(app):
    """Who sits where, and what else must hold whatever happened."""
    with app.app_context():
        session = read()
        turns = session.execute(select(DutyTurn.reception_day_id, DutyTurn.leader_id)).all()
        assert verify(session)[1] is None
        assert len({day for day, _ in turns}) == len({leader for _, leader in turns}) == len(turns) == TAKERS + 1
        changes = session.scalars(select(DutyChange.id)).all()
        agreed = session.scalars(select(AuditLine.id).where(AuditLine.act == "swap_agreed")).all()
        states = session.scalars(select(Swap.state)).all()
        db.session.remove()
        return dict(turns), len(changes), len(agreed), Counter(states)


@pytest.mark.parametrize("attempt", range(2))
def test_of_eight_who_take_an_open_offer_one_wins(each_app, turns, attempt):
    mine, *others = turns
    swap_id = offered(each_app, mine)
    came = at_once(
        each_app,
        [
            lambda session, it=it: accept_swap(session, swap_id, mine=it, actor=leader_of(it), now=NOW)
            for it in (others if attempt else others[::-1])
        ],
    )
    assert came == {"done": 1, "refused": TAKERS - 1}
    seats, changes, agreed, states = held(each_app)
    winner = seats[mine.day_id]
    assert winner in {it.leader_id for it in others}
    assert seats[next(it.day_id for it in others if it.leader_id == winner)] == mine.leader_id
    assert (changes, agreed, states) == (2, 1, {SwapState.AGREED: 1})


def test_taking_and_taking_back_at_once_end_in_one_of_both(each_app, turns):
    mine, other, *_ = turns
    swap_id = offered(each_app, mine, other)
    came = at_once(
        each_app,
        [
            lambda session: accept_swap(session, swap_id, actor=leader_of(other), now=NOW),
            lambda session: withdraw_swap(session, swap_id, actor=leader_of(mine), now=NOW),
        ],
    )
    assert came == {"done": 1, "refused": 1}
    seats, changes, agreed, states = held(each_app)
    swapped = seats[mine.day_id] == other.leader_id
    assert (changes, agreed) == ((2, 1) if swapped else (0, 0))
    assert states == {SwapState.AGREED if swapped else SwapState.WITHDRAWN: 1}


def test_a_substitute_and_a_swap_at_once_leave_one_of_both(each_app, turns):
    mine, other, third, *_ = turns
    swap_id = offered(each_app, mine, other)
    stepping = SteppingIn(mine, third.leader_id, "临时参加会议")
    came = at_once(
        each_app,
        [
            lambda session: accept_swap(session, swap_id, actor=leader_of(other), now=NOW),
            lambda session: substitute(session, stepping, actor=OFFICE, now=NOW),
        ],
    )
    assert sum(came.values()) == 2
    assert came["done"] == 1
    with each_app.app_context():
        session = read()
        state = session.scalar(select(Swap.state))
        there = session.scalar(select(DutyTurn.leader_id).where(DutyTurn.reception_day_id == mine.day_id))
        db.session.remove()
    assert (state, there) in [(SwapState.AGREED, other.leader_id), (SwapState.OVERTAKEN, third.leader_id)]


def test_one_leave_asked_eight_times_at_once_is_one_leave(each_app, turns):
    order = LeaveOrder(turns[0].leader_id, Span(FIRST, FIRST), "外出培训")

    def ask(session):
        try:
            ask_leave(session, order, actor=OFFICE, now=NOW)
        except RuleBroken as refusal:
            raise Conflict("没有调换" if "日期不能重叠" in refusal.message else refusal.message) from None

    assert at_once(each_app, [ask] * TAKERS) == {"done": 1, "refused": TAKERS - 1}


def test_swaps_that_cross_never_wait_for_one_another(each_app, turns):
    """A with B, B with C, C with A: each was agreed with whoever sat there, so the first leaves the others to ask again."""
    a, b, c, *_ = turns
    orders = [SwapOrder(one, other, "双方商定") for one, other in ((a, b), (b, c), (c, a))]
    came = at_once(
        each_app, [lambda session, it=it: swap_for_both(session, it, actor=OFFICE, now=NOW) for it in orders]
    )
    assert came == {"done": 1, "refused": 2}
    _, changes, agreed, states = held(each_app)
    assert (changes, agreed, states) == (2, 1, {SwapState.AGREED: 1})
