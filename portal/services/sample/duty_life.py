"""What life does to a rota: leave asked and approved, turns offered for others, somebody who stepped in or signs for another."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.leaves import Span
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.services.leaves import Decision, LeaveOrder, ask_leave, decide_leave
from portal.services.mandates import MandateOrder, give_mandate
from portal.services.sample.registers import Registers
from portal.services.substitutions import SteppingIn, substitute
from portal.services.swaps import HeldPlace, SwapOrder, offer_swap
from portal.store.models.people import Leader
from portal.store.models.reception import DutyTurn, ReceptionDay

OFFICE = Actor(0, "工商联办公室", Role.OFFICE)
APPROVED_BY = "周示安 区委书记"


def change_duty(session: Session, *, now: datetime) -> None:
    """A leave that waits, one that was approved, two offers to swap, and a past day on which the standby stepped up.

    The leader of the sample accounts is main receiver on the coming day: one of the offers is made to him or her.
    """
    mains = _held(session, DutySeat.MAIN, since=now.date())
    coming, following, later, *_ = mains
    order = SwapOrder(following[1], coming[1], "与市级会议冲突")
    offer_swap(session, order, actor=OFFICE, now=now - timedelta(hours=3))
    offer_swap(session, SwapOrder(later[1], None, "外出招商"), actor=OFFICE, now=now - timedelta(hours=2))
    _leave(session, following[1].leader_id, following[0], "参加党校培训", approved=False, now=now - timedelta(hours=4))
    _leave(session, coming[1].leader_id, mains[4][0], "外出考察", approved=True, now=now - timedelta(days=2))
    _step_up(session, now=now)


def let_another_sign(session: Session, registers: Registers, delegate: Leader, *, now: datetime) -> None:
    """A leader who is away this week lets the leader of the sample accounts sign; one such week is over."""
    leader = next(it for it in registers.leaders[1:] if it.id != delegate.id)
    for first, basis, told in (
        (now.date() - timedelta(days=1), "赴省里参加培训", 1),
        (now.date() - timedelta(days=40), "外出招商", 41),
    ):
        order = MandateOrder(leader.id, delegate.id, first, first + timedelta(days=6), f"{basis}，书面委托")
        give_mandate(session, order, actor=OFFICE, now=now - timedelta(days=told))


def _held(session: Session, seat: DutySeat, *, since: date) -> list[tuple[date, HeldPlace]]:
    rows = session.execute(
        select(ReceptionDay.day, ReceptionDay.id, DutyTurn.position, DutyTurn.leader_id)
        .join(DutyTurn, DutyTurn.reception_day_id == ReceptionDay.id)
        .where(ReceptionDay.day >= since, ReceptionDay.state != DayState.CANCELLED, DutyTurn.seat == seat.value)
        .order_by(ReceptionDay.day, DutyTurn.position)
    )
    return [(day, HeldPlace(day_id, seat, position, leader_id)) for day, day_id, position, leader_id in rows]


def _leave(session: Session, leader_id: int, day: date, reason: str, *, approved: bool, now: datetime) -> None:
    """A working week around a day; one that is approved was so the day after."""
    span = Span(day - timedelta(days=2), day + timedelta(days=2))
    leave = ask_leave(session, LeaveOrder(leader_id, span, reason), actor=OFFICE, now=now)
    if approved:
        decide_leave(session, leave.id, Decision(True, APPROVED_BY), actor=OFFICE, now=now + timedelta(days=1))


def _step_up(session: Session, *, now: datetime) -> None:
    """On the third reception day of the past the standby stepped up for the leader who accompanied."""
    past = [it for it in _held(session, DutySeat.ACCOMPANYING, since=date.min) if it[0] < now.date()]
    if len(past) < 3:
        return
    day, held = past[2]
    standby = next(it for it in _held(session, DutySeat.STANDBY, since=day) if it[0] == day)
    stepping = SteppingIn(held, standby[1].leader_id, "临时处置突发事件")
    substitute(session, stepping, actor=OFFICE, now=now.replace(year=day.year, month=day.month, day=day.day))
