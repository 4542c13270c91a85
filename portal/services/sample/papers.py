"""Papers that went with the sample's overdue slips, and one wording the office changed."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.domain.chasing import EscalatedTo, MeasureKind
from portal.domain.matters import MatterState
from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.people import Actor, Role
from portal.domain.signing import SENT_STATES
from portal.domain.urging import DirectGround
from portal.services.escalations import EscalationOrder, escalate
from portal.services.measures import MeasureOrder, take_measure
from portal.services.paper_replies import Reply, answer_paper
from portal.services.paper_texts import save_texts
from portal.services.slip_papers import make_paper, proposed_order
from portal.store.models.matters import Matter
from portal.store.models.papers import SlipPaper
from portal.store.models.slips import Slip, SlipMatter

OFFICE = Actor(0, "工商联办公室", Role.OFFICE)
SUPERVISOR = Actor(0, "督查室", Role.SUPERVISOR)
REMINDER = "请抓紧办理，于{回复时限}前书面反馈办理进展、存在问题和预计办结日期，并与企业保持联系；确需延期的，请按规定提出延期申请。"


def urge_units(session: Session, unit_id: int, receiver_id: int, *, now: datetime) -> None:
    """What was done about a unit that is late: reminder, direct yellow notice, listing; and about one of a leader's slips.

    The leader's was answered on paper and, as that did not help, taken up to the leader.
    """
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
        _list_matter(session, late, unit_id, now=now - timedelta(minutes=20))
    if received is not None and received != late:
        paper = _send(session, received, PaperKind.REMINDER, None, OFFICE, now - timedelta(days=5))
        answer = Reply(
            "已与企业联系，正在核实材料，需要其他单位配合。", by="单位综合科", on=(now - timedelta(days=4)).date()
        )
        answer_paper(session, paper.id, answer, actor=OFFICE, now=now - timedelta(days=4))
        _take_up(session, received, now=now - timedelta(days=1))


def _list_matter(session: Session, slip_id: int, unit_id: int, *, now: datetime) -> None:
    matter_id = _in_hand(session, slip_id)
    if matter_id is not None:
        why = "多家企业反映，影响面大，列入督办台账，限期办结。"
        order = MeasureOrder(MeasureKind.LISTED, unit_id, why, now.date() + timedelta(days=14), DirectGround.GRAVE)
        take_measure(session, matter_id, order, actor=SUPERVISOR, now=now)


def _take_up(session: Session, slip_id: int, *, now: datetime) -> None:
    matter_id = _in_hand(session, slip_id)
    if matter_id is not None:
        why = "牵头单位与配合单位意见不一致，请协调确定办理方案。"
        order = EscalationOrder(EscalatedTo.SIGNER, why, now.date() + timedelta(days=7))
        escalate(session, matter_id, order, actor=OFFICE, now=now)


def _in_hand(session: Session, slip_id: int) -> int | None:
    """The first matter of a slip that its unit still has."""
    return session.scalars(
        select(Matter.id)
        .join(SlipMatter, SlipMatter.matter_id == Matter.id)
        .where(SlipMatter.slip_id == slip_id, Matter.state.in_((MatterState.ASSIGNED, MatterState.HANDLING)))
        .order_by(SlipMatter.position)
    ).first()


def _overdue(session: Session, whose: ColumnElement[bool], now: datetime) -> int | None:
    """The slip that became overdue last, for a week at least."""
    due = Slip.due_on < now.date() - timedelta(days=7)
    found = select(Slip.id).where(Slip.state.in_(SENT_STATES), whose, due)
    return session.scalars(found.order_by(Slip.due_on.desc(), Slip.id)).first()


def _send(
    session: Session, slip_id: int, kind: PaperKind, colour: UrgingColour | None, who: Actor, at: datetime
) -> SlipPaper:
    order = proposed_order(session, slip_id, kind, colour=colour, actor=who, now=at)
    if colour is UrgingColour.YELLOW:
        order = replace(order, ground=DirectGround.INSTRUCTED, why_direct="分管领导批示要求限期办结。")
    return make_paper(session, slip_id, order, actor=who, now=at)
