"""Calls to make: what an enterprise is told by telephone, ticked off one by one; works without any network (domain 8)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.messages import CALL_STEPS, Channel, MessageState
from portal.domain.people import Action, Actor, must
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking
from portal.store.models.messages import Message

LONGEST_REMARK = 100


def note_called(session: Session, message_id: int, remark: str, *, actor: Actor, now: datetime) -> Message:
    """Note that the enterprise was reached and told. Raises NotFound, RuleBroken, Conflict when somebody called before."""
    call = _call(session, message_id, actor)
    if call.state is MessageState.SENT:
        raise Conflict(f"{call.done_by}已经通知过这家企业，没有重复登记。")
    call.state = CALL_STEPS.advance(call.state, MessageState.SENT)
    call.sent_at, call.done_by, call.remark = now, actor.name, _checked(remark)
    record(session, actor, now, "call_made", call, summary=f"已电话通知：{call.subject}")
    return call


def note_missed(session: Session, message_id: int, remark: str, *, actor: Actor, now: datetime) -> Message:
    """Note that nobody answered; the call stays to be made. Raises NotFound, RuleBroken."""
    call = _call(session, message_id, actor)
    if call.state is not MessageState.WAITING:
        raise RuleBroken(f"这项电话通知现为“{call.state.label}”，不能登记未接通。请刷新页面查看。")
    call.attempts += 1
    call.remark = _checked(remark) or call.remark
    record(session, actor, now, "call_missed", call, summary=f"电话未接通（第 {call.attempts} 次）：{call.subject}")
    return call


def undo_call(session: Session, message_id: int, *, actor: Actor, now: datetime) -> Message:
    """Take back the last note: nobody was told after all, or the call was not missed. Raises NotFound, RuleBroken."""
    call = _call(session, message_id, actor)
    if call.state is MessageState.WAITING and call.attempts:
        call.attempts -= 1
    else:
        call.state = CALL_STEPS.advance(call.state, MessageState.WAITING)
        call.sent_at, call.done_by = None, ""
    record(session, actor, now, "call_undone", call, summary=f"撤销电话通知的登记：{call.subject}")
    return call


def see_number(session: Session, message_id: int, *, actor: Actor, now: datetime) -> str:
    """The full number of a call to make, and a line of who looked at it (domain 7.1)."""
    must(actor, Action.SEE_PERSONAL_DATA)
    call = _call(session, message_id, actor)
    return see_numbers(session, [call.booking_id or 0], "联系电话", actor=actor, now=now)[call.booking_id or 0]


def see_numbers(
    session: Session, booking_ids: Collection[int], what: str, *, actor: Actor, now: datetime
) -> dict[int, str]:
    """The full numbers of some bookings by their id, with a line for each of who looked at it and why."""
    must(actor, Action.SEE_PERSONAL_DATA)
    found = session.scalars(select(Booking).where(Booking.id.in_(list(booking_ids))).order_by(Booking.id)).all()
    for booking in found:
        record(session, actor, now, "personal_data_seen", booking, summary=f"电话通知查看{what}", what=what)
    return {booking.id: booking.visitor_phone for booking in found}


def _checked(remark: str) -> str:
    remark = " ".join(remark.split())
    if len(remark) > LONGEST_REMARK:
        raise RuleBroken(f"备注最多 {LONGEST_REMARK} 个字，现为 {len(remark)} 个字，请精简。", field="remark")
    return remark


def _call(session: Session, message_id: int, actor: Actor) -> Message:
    must(actor, Action.KEEP_OUTBOX)
    call = session.get(Message, message_id, with_for_update=True, populate_existing=True)
    if call is None or call.channel is not Channel.CALL:
        raise NotFound("没有找到这项电话通知。请从“电话通知”进入。")
    return call
