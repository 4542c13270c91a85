"""What reminders of matters on their way are made from: clocks that run, and steps somebody owes; one statement a kind.

Only what is open is read. What has been over for longer than `since` is read only when nobody was told yet or its matter has
moved since, so that a portal or a matter that stood still for long tells it all the same, and an old heap of overdue matters
costs nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, String, and_, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.extensions import ExtensionState
from portal.domain.matter_course import CLOCK_RUNS
from portal.domain.matter_reminders import InHand, StepAwaited, StepKind
from portal.domain.matters import MatterClass, MatterState
from portal.domain.office import OfficeRules
from portal.domain.paper_kinds import NUMBERED_KINDS, PaperKind
from portal.domain.people import Role
from portal.domain.progress import ProgressKind
from portal.domain.signing import SENT_STATES
from portal.domain.slips import SlipState
from portal.domain.voices import WordKind
from portal.store.models.bookings import Booking
from portal.store.models.chasing import Escalation, Measure
from portal.store.models.enterprises import Enterprise
from portal.store.models.handling import Closing, Extension, LookBack, PaperReply, Progress, UnitTask
from portal.store.models.matters import Matter
from portal.store.models.messages import Message
from portal.store.models.papers import SlipPaper
from portal.store.models.people import Unit
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter
from portal.store.models.voices import CallBack, EnterpriseWord

STEPS = (
    MatterState.OBJECTED,
    MatterState.PROPOSED,
    MatterState.CONFIRMING,
    MatterState.REVIEWING,
    MatterState.APPROVING,
    MatterState.SUSPENDED,
    MatterState.LONG_TERM,
)


@dataclass(frozen=True, slots=True)
class Span:
    """From when on what is over is looked at, and the last day that can matter now."""

    since: date
    until: date

    def holds(self, day: Any, key: ColumnElement[str] | None = None, *, moved: Any = None) -> ColumnElement[bool]:
        """Whether a day falls into it, or lies before it and nobody has been told under the key, or something `moved` since.

        A matter that stood still for long has told nobody meanwhile what came to be over in that time.
        """
        recent = [day >= self.since]
        if moved is not None:
            recent.append(moved >= datetime.combine(self.since, time(), ZONE))
        if key is not None:
            recent.append(~select(Message.id).where(Message.key == key).exists())
        return and_(day <= self.until, or_(*recent))


def matters_in_hand(session: Session, span: Span) -> Sequence[InHand]:
    """Matters whose handling clock runs, with their lead unit."""
    key = literal("matter-over:", String) + cast(Matter.id, String) + ":" + cast(Matter.due_on, String)
    columns = (
        Matter.id, Matter.number, Matter.title, Matter.lead_unit_id, Unit.short_name, Matter.due_on, Matter.due_from,
        Slip.issued_at, Matter.state, Matter.is_petition, Slip.lead_official_id,
    )  # fmt: skip
    statement = (
        _on_its_slip(select(*columns))
        .where(Matter.state.in_(CLOCK_RUNS), span.holds(Matter.due_on, key, moved=Matter.state_since))
        .order_by(Matter.due_on, Matter.id, Slip.id)
    )
    found = {}
    for matter_id, number, title, unit_id, unit, due_on, start, issued_at, state, petition, official in session.execute(
        statement
    ):
        issued = issued_at.date()
        found[matter_id] = InHand(
            matter_id, number, title, unit_id, unit, due_on, start or issued, issued, state is MatterState.OBJECTED,
            petition, official,
        )  # fmt: skip
    return list(found.values())


def helpers_in_hand(session: Session, span: Span) -> Sequence[InHand]:
    """Assisting units that have not answered the lead unit by their own day, while some matter of the slip is in hand.

    The slip's day is theirs where they have none of their own.
    """
    due = func.coalesce(AssistingUnit.due_on, Slip.due_on, type_=Date)
    statement = (
        select(Slip.id, Slip.number, Matter.title, AssistingUnit.unit_id, Unit.short_name, due,
               Slip.issued_at)
        .join(Slip, Slip.id == AssistingUnit.slip_id)
        .join(Unit, Unit.id == AssistingUnit.unit_id)
        .join(SlipMatter, and_(SlipMatter.slip_id == Slip.id, SlipMatter.ended_at.is_(None)))
        .join(Matter, Matter.id == SlipMatter.matter_id)
        .where(
            Slip.state.in_(SENT_STATES),
            AssistingUnit.answered_at.is_(None),
            span.holds(due, moved=Matter.state_since),
            Matter.state.in_((MatterState.ASSIGNED, MatterState.HANDLING)),
        )
        .order_by(Slip.id, AssistingUnit.unit_id, SlipMatter.position.desc())
    )  # fmt: skip
    return _once_a_slip(session, statement, is_split=False)


def split_in_hand(session: Session, span: Span) -> Sequence[InHand]:
    """Units that lead matters on a slip of their own beside the lead unit's (分办) and have not answered it by that slip's day."""
    answered = select(Progress.id).where(
        Progress.matter_id == Matter.id, Progress.unit_id == Slip.lead_unit_id, Progress.kind == ProgressKind.ANSWER
    )
    statement = (
        select(Slip.id, Slip.number, Matter.title, Slip.lead_unit_id, Unit.short_name, Slip.due_on, Slip.issued_at)
        .join(Unit, Unit.id == Slip.lead_unit_id)
        .join(SlipMatter, and_(SlipMatter.slip_id == Slip.id, SlipMatter.ended_at.is_(None)))
        .join(Matter, Matter.id == SlipMatter.matter_id)
        .where(
            Slip.split_from_id.is_not(None),
            Slip.state.in_(SENT_STATES),
            span.holds(Slip.due_on, moved=Matter.state_since),
            Matter.lead_unit_id != Slip.lead_unit_id,
            Matter.state.in_((MatterState.ASSIGNED, MatterState.HANDLING)),
            ~answered.exists(),
        )
        .order_by(Slip.id, SlipMatter.position.desc())
    )
    return _once_a_slip(session, statement, is_split=True)


def _once_a_slip(session: Session, statement: Select[Any], *, is_split: bool) -> Sequence[InHand]:
    """Each unit once a slip, by the first of the matters that wait for it."""
    found = {}
    for slip_id, number, title, unit_id, unit, due_on, issued_at in session.execute(statement):
        issued = issued_at.date()
        found[slip_id, unit_id] = InHand(
            0, number or "", title, unit_id, unit, due_on, issued, issued, slip_id=slip_id, is_split=is_split
        )
    return list(found.values())


def matter_steps(session: Session, span: Span, rules: OfficeRules) -> Sequence[StepAwaited]:
    """Steps on the way to closing, and paused matters to be looked at again."""
    key = (
        literal("step-over:", String) + cast(Matter.state, String) + ":" + cast(Matter.id, String) + ":"
        + cast(Matter.step_due_on, String)
    )  # fmt: skip
    columns = (
        Matter.id, Matter.number, Matter.title, Matter.state, Matter.step_due_on, Matter.state_since,
        Matter.lead_unit_id, Slip.signer_id, Slip.lead_official_id, Slip.issued_at, Matter.step_due_at,
    )  # fmt: skip
    statement = (
        _on_its_slip(select(*columns))
        .where(Matter.state.in_(STEPS), span.holds(Matter.step_due_on, key))
        .order_by(Matter.step_due_on, Matter.id, Slip.id)
    )
    found = {}
    for matter_id, number, title, state, due_on, since, unit_id, signer, official, issued_at, due_at in session.execute(
        statement
    ):
        leaders = tuple(it for it in dict.fromkeys((signer, official)) if it is not None)
        decides = state is MatterState.APPROVING or (state is MatterState.LONG_TERM and rules.hold_by_leader)
        office = state not in (MatterState.PROPOSED, MatterState.APPROVING) or (
            state is MatterState.APPROVING and rules.office_approves
        )
        found[matter_id] = StepAwaited(
            StepKind(state.value), str(matter_id), f"{number} {title}", due_on, (since or issued_at).date(),
            f"/matters/{matter_id}",
            head_unit_ids=(unit_id,) if state is MatterState.PROPOSED else (),
            leader_ids=leaders if decides else (),
            roles=(Role.OFFICE,) if office else (),
            lead_official_id=official,
            due_at=due_at,
        )  # fmt: skip
    return list(found.values())


def extensions_to_decide(session: Session, rules: OfficeRules) -> Sequence[tuple[StepAwaited, date]]:
    """Requests for more time that wait, each with the day it was asked on, from which its last day is counted."""
    statement = (
        select(Extension.id, Extension.asked_at, Extension.before_on, Matter.id, Matter.number, Matter.title,
               Matter.matter_class, Slip.signer_id, Slip.lead_official_id)
        .join(Matter, Matter.id == Extension.matter_id)
        .join(Slip, Slip.id == Extension.slip_id)
        .where(Extension.state == ExtensionState.ASKED)
        .order_by(Extension.id)
    )  # fmt: skip
    found = []
    for extension_id, asked_at, before_on, matter_id, number, title, class_, signer, official in session.execute(
        statement
    ):
        by_leader = rules.extension_by_leader and class_ is MatterClass.A
        step = StepAwaited(
            StepKind.EXTENSION, str(extension_id), f"{number} {title}", before_on, asked_at.date(),
            f"/matters/{matter_id}",
            leader_ids=tuple(it for it in dict.fromkeys((signer, official)) if it is not None) if by_leader else (),
            roles=() if by_leader else (Role.OFFICE,),
            lead_official_id=official,
        )  # fmt: skip
        found.append((step, asked_at.date()))
    return found


def papers_to_reply_to(session: Session, span: Span) -> Sequence[StepAwaited]:
    """Numbered papers whose unit has not answered, while their slip is with its units."""
    kinds = [it for it in NUMBERED_KINDS if it is not PaperKind.SLIP]
    statement = (
        select(SlipPaper.id, SlipPaper.kind, SlipPaper.number, SlipPaper.unit_id, SlipPaper.reply_by,
               SlipPaper.made_at, Slip.lead_official_id)
        .join(Slip, Slip.id == SlipPaper.slip_id)
        .outerjoin(PaperReply, PaperReply.paper_id == SlipPaper.id)
        .where(
            SlipPaper.kind.in_(kinds),
            SlipPaper.void_at.is_(None),
            SlipPaper.unit_id.is_not(None),
            PaperReply.paper_id.is_(None),
            Slip.state.in_(SENT_STATES),
            span.holds(SlipPaper.reply_by),
        )
        .order_by(SlipPaper.reply_by, SlipPaper.id)
    )  # fmt: skip
    return [
        StepAwaited(
            StepKind(kind.value), str(paper_id), number, reply_by, made_at.date(), f"/slips/papers/{paper_id}",
            unit_ids=(unit_id,), lead_official_id=official,
        )
        for paper_id, kind, number, unit_id, reply_by, made_at, official in session.execute(statement)
    ]  # fmt: skip


def slips_to_sign(session: Session) -> Sequence[tuple[StepAwaited, date]]:
    """Slips that wait for their leader's signature, each with the day from which its last day is counted."""
    statement = (
        select(Slip.id, Slip.number, Slip.numbered_at, Slip.signer_id)
        .where(Slip.state == SlipState.AWAITING_SIGNATURE, Slip.numbered_at.is_not(None))
        .order_by(Slip.id)
    )
    return [
        (
            StepAwaited(
                StepKind.SIGNING, str(slip_id), number or "", numbered.date(), numbered.date(), f"/slips/{slip_id}",
                leader_ids=(signer,) if signer is not None else (),
            ),
            numbered.date(),
        )
        for slip_id, number, numbered, signer in session.execute(statement)
    ]  # fmt: skip


def look_backs_due(session: Session, span: Span) -> Sequence[StepAwaited]:
    """Look-backs that are planned and not done, with who is to look; the office while nobody is named."""
    statement = (
        select(LookBack.id, LookBack.planned_on, LookBack.assignee_id, Matter.id, Matter.number, Matter.title)
        .join(Matter, Matter.id == LookBack.matter_id)
        .where(LookBack.done_on.is_(None), span.holds(LookBack.planned_on))
        .order_by(LookBack.planned_on, LookBack.id)
    )
    return [
        StepAwaited(
            StepKind.LOOK_BACK, str(look_back_id), f"{number} {title}", planned_on, date.min, f"/matters/{matter_id}",
            account_ids=(assignee,) if assignee is not None else (),
            roles=() if assignee is not None else (Role.OFFICE,),
        )
        for look_back_id, planned_on, assignee, matter_id, number, title in session.execute(statement)
    ]  # fmt: skip


def closed_not_called_back(session: Session, since: datetime, until: datetime) -> Sequence[tuple[int, str, date]]:
    """Matters closed between two moments whose enterprise was not asked again: id, number, the day they were closed.

    Of a matter that was taken up again, only the round that stands. Both moments are named, and that a matter stands closed
    is asked by its own: the database then reads the closings of that time, by its state all that were ever closed.
    """
    asked = select(CallBack.id).where(CallBack.matter_id == Closing.matter_id, CallBack.round == Closing.round)
    statement = (
        select(Matter.id, Matter.number, Closing.approved_at)
        .join(Matter, and_(Matter.id == Closing.matter_id, Matter.round == Closing.round))
        .where(
            Closing.approved_at.between(since, until),
            Closing.ended_at.is_(None),
            Matter.closed_at.is_not(None),
            Matter.enterprise_id.is_not(None),
            ~asked.exists(),
        )
        .order_by(Closing.approved_at, Matter.id)
    )
    return [(matter_id, number, at.date()) for matter_id, number, at in session.execute(statement)]


def tasks_due(session: Session, span: Span) -> Sequence[StepAwaited]:
    """What units gave to their own handlers and is not done."""
    statement = (
        select(UnitTask.id, UnitTask.account_id, UnitTask.what, UnitTask.due_on, UnitTask.given_at, Matter.id,
               Matter.number)
        .join(Matter, Matter.id == UnitTask.matter_id)
        .where(
            UnitTask.done_at.is_(None),
            UnitTask.account_id.is_not(None),
            Matter.state.in_((MatterState.ASSIGNED, MatterState.HANDLING)),
            span.holds(UnitTask.due_on, moved=Matter.state_since),
        )
        .order_by(UnitTask.due_on, UnitTask.id)
    )  # fmt: skip
    return [
        StepAwaited(
            StepKind.TASK, str(task_id), f"{number} {what}", due_on, given_at.date(), f"/matters/{matter_id}",
            account_ids=(account_id,),
        )
        for task_id, account_id, what, due_on, given_at, matter_id, number in session.execute(statement)
    ]  # fmt: skip


def escalations_to_answer(session: Session, span: Span) -> Sequence[StepAwaited]:
    """Matters taken to the level above that wait for an answer; of one outside the district the office keeps track."""
    statement = (
        select(Escalation.id, Escalation.leader_id, Escalation.answer_by, Escalation.at, Matter.number, Matter.title)
        .join(Matter, Matter.id == Escalation.matter_id)
        .where(Escalation.answered_at.is_(None), span.holds(Escalation.answer_by))
        .order_by(Escalation.id)
    )
    return [
        StepAwaited(
            StepKind.ESCALATION, str(it_id), f"{number} {title}", answer_by, at.date(), f"/chasing/escalations/{it_id}",
            leader_ids=(leader_id,) if leader_id is not None else (),
            roles=() if leader_id is not None else (Role.OFFICE,),
        )
        for it_id, leader_id, answer_by, at, number, title in session.execute(statement)
    ]  # fmt: skip


def measures_due(session: Session, span: Span) -> Sequence[StepAwaited]:
    """Talks, listings and bulletins whose day has come; the supervision office sees what came of them."""
    statement = (
        select(Measure.id, Measure.due_on, Measure.at, Matter.number, Matter.title)
        .join(Matter, Matter.id == Measure.matter_id)
        .where(Measure.ended_at.is_(None), span.holds(Measure.due_on))
        .order_by(Measure.id)
    )
    return [
        StepAwaited(
            StepKind.MEASURE, str(it_id), f"{number} {title}", due_on, at.date(), f"/chasing/measures/{it_id}",
            roles=(Role.SUPERVISOR,),
        )
        for it_id, due_on, at, number, title in session.execute(statement)
    ]  # fmt: skip


def words_to_answer(session: Session) -> Sequence[tuple[StepAwaited, date]]:
    """What enterprises wrote and nobody has answered, each with the day it was written on.

    Only of a breach does supervision hear, and of none is the matter named (JY-25).
    """
    statement = (
        select(EnterpriseWord.id, EnterpriseWord.kind, EnterpriseWord.at, Enterprise.name)
        .join(Booking, Booking.id == EnterpriseWord.booking_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .where(EnterpriseWord.answered_at.is_(None))
        .order_by(EnterpriseWord.at, EnterpriseWord.id)
    )
    found = []
    for word_id, kind, at, enterprise in session.execute(statement):
        is_breach = kind is WordKind.BREACH
        step = StepAwaited(
            StepKind.WORD, str(word_id), kind.label if is_breach else f"{kind.label}（{enterprise}）", at.date(),
            at.date(), f"/voices/{word_id}",
            roles=(Role.OFFICE, Role.SUPERVISOR) if is_breach else (Role.OFFICE,),
            kept_from=() if is_breach else (Role.SUPERVISOR,),
        )  # fmt: skip
        found.append((step, at.date()))
    return found


def _on_its_slip(statement: Select[Any]) -> Select[Any]:
    """Matters with the issued slip of their lead unit."""
    return (
        statement.select_from(Matter)
        .join(Unit, Unit.id == Matter.lead_unit_id)
        .join(SlipMatter, and_(SlipMatter.matter_id == Matter.id, SlipMatter.ended_at.is_(None)))
        .join(
            Slip,
            and_(Slip.id == SlipMatter.slip_id, Slip.state.in_(SENT_STATES), Slip.lead_unit_id == Matter.lead_unit_id),
        )
    )
