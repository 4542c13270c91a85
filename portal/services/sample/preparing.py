"""How far the next day is prepared: units asked and invited, some of which have answered (NX-06, NX-18)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.opinions import OpinionState, usual_due
from portal.domain.people import Actor, Role
from portal.services import opinions, preparations
from portal.services.calendars import calendar_now
from portal.services.opinions import AnswerGiven, OpinionWish
from portal.services.sample.people import person
from portal.store.models.bookings import Booking, InvitedUnit
from portal.store.models.matters import Matter, Opinion
from portal.store.models.people import Unit
from portal.store.models.reception import ReceptionDay

OFFICE = Actor(0, "工商联办公室", Role.OFFICE)
ANSWER = "该事项属本单位职责。经核对企业提交的材料，符合办理条件，材料补齐后可在十个工作日内办结。"
TO_BE_LET_OFF = 3
POLICY = "《安澜区支持民营经济发展若干措施（示例）》安府发〔2025〕8号第十二条"


def prepare_opinions(session: Session, day: ReceptionDay, first: Booking, always: Unit, *, now: datetime) -> None:
    """Ask the units of the next day's matters: about the first enterprise by a date that has passed, about the others in time.

    `always` is asked and invited whatever the categories say, so that the account of that unit has something to do.
    """
    asked = now.date()
    due = usual_due(day.day, 1, calendar_now(session), asked)
    ids = session.scalars(select(Matter.id).where(Matter.booking_id == first.id).order_by(Matter.position)).all()
    question = "请说明能否解决、依据哪条政策、何时可以办结。"
    opinions.ask_opinions(session, ids[:1], [always.id], OpinionWish(due, question), actor=OFFICE, now=now)
    opinions.ask_for_day(session, day.id, OpinionWish(due, question), actor=OFFICE, now=now)
    made = session.scalars(select(Opinion).where(Opinion.unit_id != always.id).order_by(Opinion.id)).all()
    _answer(session, made, now=now)
    late = next((it for it in made if it.state is OpinionState.ASKED), None)
    if late is not None and late.due_on != asked:
        opinions.withdraw_opinion(session, late.id, actor=OFFICE, now=now)
        opinions.ask_again(session, late.id, OpinionWish(asked, question), actor=OFFICE, now=now)
    preparations.invite_usual_for_day(session, day.id, actor=OFFICE, now=now)
    held = set(session.scalars(select(InvitedUnit.unit_id).where(InvitedUnit.booking_id == first.id)))
    preparations.invite_units(session, first.id, held | {always.id}, actor=OFFICE, now=now)


def _answer(session: Session, made: Sequence[Opinion], *, now: datetime) -> None:
    """One asks to be let off; of the others every third has not answered yet, and some answered by telephone."""
    for place, opinion in enumerate(made):
        clerk = Actor(0, opinion.unit.short_name, Role.UNIT, unit_id=opinion.unit_id)
        given = AnswerGiven(ANSWER, POLICY, f"{person(place)} 科长")
        if place == TO_BE_LET_OFF:
            opinions.ask_release(session, opinion.id, "该事项属其他单位职责，建议改为征求。", actor=clerk, now=now)
        elif place % 3 == 0:
            opinions.answer_opinion(session, opinion.id, given, actor=clerk, now=now)
        elif place % 3 == 1:
            opinions.record_answer(session, opinion.id, given, actor=OFFICE, now=now)
