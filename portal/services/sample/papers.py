"""Papers that went with the sample's overdue slips, and one wording the office changed."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.people import Actor, Role
from portal.domain.signing import SENT_STATES
from portal.domain.urging import DirectGround
from portal.services.paper_texts import save_texts
from portal.services.slip_papers import make_paper, proposed_order
from portal.store.models.slips import Slip

OFFICE = Actor(0, "工商联办公室", Role.OFFICE)
SUPERVISOR = Actor(0, "督查室", Role.SUPERVISOR)
REMINDER = "请抓紧办理，于{回复时限}前书面反馈办理进展、存在问题和预计办结日期，并与企业保持联系；确需延期的，请按规定提出延期申请。"


def urge_units(session: Session, unit_id: int, receiver_id: int, *, now: datetime) -> None:
    """A unit was reminded of an overdue slip, and a yellow supervision notice followed; so was whoever leads one of a leader's."""
    wording = {"requirement": REMINDER}
    save_texts(
        session, PaperKind.REMINDER, wording, "提醒单位与企业保持联系", seen=0,
        actor=OFFICE, now=now - timedelta(days=7),
    )  # fmt: skip
    late = _overdue(session, Slip.lead_unit_id == unit_id, now)
    received = _overdue(session, Slip.receiver_id == receiver_id, now)
    if late is not None:
        _send(session, late, PaperKind.REMINDER, None, OFFICE, now - timedelta(days=6))
        _send(session, late, PaperKind.SUPERVISION, UrgingColour.YELLOW, SUPERVISOR, now - timedelta(days=1))
    if received is not None and received != late:
        _send(session, received, PaperKind.REMINDER, None, OFFICE, now - timedelta(days=5))


def _overdue(session: Session, whose: ColumnElement[bool], now: datetime) -> int | None:
    """The slip that became overdue last, for a week at least."""
    due = Slip.due_on < now.date() - timedelta(days=7)
    found = select(Slip.id).where(Slip.state.in_(SENT_STATES), whose, due)
    return session.scalars(found.order_by(Slip.due_on.desc(), Slip.id)).first()


def _send(
    session: Session, slip_id: int, kind: PaperKind, colour: UrgingColour | None, who: Actor, at: datetime
) -> None:
    order = proposed_order(session, slip_id, kind, colour=colour, actor=who, now=at)
    if colour is UrgingColour.YELLOW:
        order = replace(order, ground=DirectGround.INSTRUCTED, why_direct="分管领导批示要求限期办结。")
    make_paper(session, slip_id, order, actor=who, now=at)
