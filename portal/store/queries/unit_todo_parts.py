"""The parts a unit's to-do list is made of: one statement a kind, all with the same columns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)

from portal.domain.extensions import ExtensionState
from portal.domain.matters import ON_THE_WAY, MatterState
from portal.domain.objections import Ruling
from portal.domain.paper_kinds import PaperKind
from portal.domain.people import Actor
from portal.domain.progress import ProgressKind
from portal.domain.signing import SENT_STATES
from portal.domain.unit_todo import TodoKind
from portal.store.base import Instant
from portal.store.days import day_of, hours_after
from portal.store.models.enterprises import Enterprise
from portal.store.models.handling import Extension, Objection, PaperReply, Progress, UnitTask
from portal.store.models.matters import Matter
from portal.store.models.papers import SlipPaper
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter, SlipReceipt
from portal.store.queries.contacts import uncontacted

PACE = 10_000_000_000
"""Kind and record make one number: far more than any table will hold."""
PAUSED_OR_IN_HAND = (MatterState.HANDLING, MatterState.SUSPENDED, MatterState.LONG_TERM)


@dataclass(frozen=True, slots=True)
class ContactDays:
    """The last day of the contact with the enterprise, by the day from which it counts; a petition counts from its reception.

    Of an urgent matter, and of every other, it is over so many hours after the receipt (0: counted in days).
    """

    by_receipt: Mapping[date, date]
    by_reception: Mapping[date, date]
    hours: int = 0
    urgent_hours: int = 0


def parts_of(actor: Actor, days: ContactDays) -> CompoundSelect[Any]:
    """Everything that waits for the actor's unit; results to sign for its head only, tasks for whom they were given to."""
    unit = actor.unit_id or 0
    parts = [
        _to_sign(unit),
        to_contact(unit, days),
        _to_handle(unit),
        *_to_assist(unit),
        _to_reply(unit),
        _tasks(actor),
    ]
    return union_all(*parts, *([_to_head(unit)] if actor.heads_unit else []))


def _part(
    kind: TodoKind | ColumnElement[str],
    place: int,
    number: Any,
    due: Any,
    *,
    at: Any = None,
    matter: Any = None,
    slip: Any = None,
    paper: Any = None,
    task: Any = None,
    text: tuple[Any, Any, Any],
    note: Any = "",
) -> Select[Any]:
    def id_of(column: Any) -> ColumnElement[Any]:
        return cast(null(), Integer) if column is None else cast(column, Integer)

    named, title, enterprise = text
    return select(
        (literal(kind.value, String) if isinstance(kind, TodoKind) else kind).label("kind"),
        due.label("due_on"),
        (cast(null(), Instant) if at is None else at).label("due_at"),
        id_of(matter).label("matter_id"),
        id_of(slip).label("slip_id"),
        id_of(paper).label("paper_id"),
        id_of(task).label("task_id"),
        func.coalesce(cast(named, String), "").label("number"),
        func.coalesce(cast(title, String), "").label("title"),
        func.coalesce(cast(enterprise, String), "").label("enterprise"),
        (literal(note, String) if isinstance(note, str) else note).label("note"),
        (cast(literal(place * PACE), BigInteger) + number).label("place"),
    )


def _to_sign(unit: int) -> Select[Any]:
    signed = select(SlipReceipt.slip_id).where(SlipReceipt.slip_id == Slip.id, SlipReceipt.unit_id == unit)
    helps = select(AssistingUnit.slip_id).where(AssistingUnit.unit_id == unit)
    return (
        _part(
            TodoKind.SIGN, 1, Slip.id, Slip.receipt_due_on, at=Slip.receipt_due_at, slip=Slip.id,
            text=(Slip.number, Matter.title, Enterprise.name),
        )
        .select_from(Slip)
        .outerjoin(SlipMatter, and_(SlipMatter.slip_id == Slip.id, SlipMatter.position == 1))
        .outerjoin(Matter, Matter.id == SlipMatter.matter_id)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .where(
            Slip.state.in_(SENT_STATES), or_(Slip.lead_unit_id == unit, Slip.id.in_(helps)), ~signed.exists()
        )
    )  # fmt: skip


def to_contact(unit: int, days: ContactDays) -> Select[Any]:
    """The enterprises a unit has still to speak with."""
    over = _contact_over(days)
    counted = case(
        (Matter.is_petition, _looked_up(days.by_reception, ReceptionDay.day)),
        else_=_looked_up(days.by_receipt, SlipReceipt.received_on),
    )
    due = counted if over is None else func.coalesce(day_of(over), counted, type_=Date)
    text = (Matter.number, Matter.title, Enterprise.name)
    part = _part(TodoKind.CONTACT, 2, Matter.id, due, at=over, matter=Matter.id, slip=Slip.id, text=text)
    return uncontacted(part, unit).join(Enterprise, Enterprise.id == Matter.enterprise_id)


def _contact_over(days: ContactDays) -> ColumnElement[Any] | None:
    """The moment of a contact counted in hours; None where nothing is."""
    whens = [(Matter.urgent, days.urgent_hours), (true(), days.hours)]
    in_hours = [(which, hours_after(SlipReceipt.received_at, hours)) for which, hours in whens if hours]
    return (
        case((Matter.is_petition, cast(null(), Instant)), *in_hours, else_=cast(null(), Instant)) if in_hours else None
    )


def _looked_up(days: Mapping[date, date], by: Any) -> ColumnElement[Any]:
    whens = [(by == start, literal(end, Date)) for start, end in days.items()]
    return case(*whens, else_=cast(null(), Date)) if whens else cast(null(), Date)


def _to_handle(unit: int) -> Select[Any]:
    refused = select(Extension.id).where(Extension.matter_id == Matter.id, Extension.state == ExtensionState.REFUSED)
    asked = select(Extension.id).where(Extension.matter_id == Matter.id, Extension.state == ExtensionState.ASKED)
    granted = select(Extension.id).where(Extension.matter_id == Matter.id, Extension.state == ExtensionState.GRANTED)
    kept = select(Objection.id).where(
        Objection.matter_id == Matter.id, Objection.unit_id == unit, Objection.ruling == Ruling.DISMISSED
    )
    note = case(
        (asked.exists(), "延期待审批"),
        (granted.exists(), "已同意延期"),
        (refused.exists(), "延期未获同意"),
        (kept.exists(), "退回未获同意"),
        else_="",
    )
    kind = case((Matter.round > 1, TodoKind.REDO.value), else_=TodoKind.HANDLE.value)
    return (
        _part(
            kind, 3, Matter.id, Matter.due_on, matter=Matter.id, note=note,
            text=(Matter.number, Matter.title, Enterprise.name),
        )
        .select_from(Matter)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .where(Matter.lead_unit_id == unit, Matter.state == MatterState.HANDLING)
    )  # fmt: skip


def _to_assist(unit: int) -> Iterable[Select[Any]]:
    """One line of a slip a unit assists on; and matters it leads on a second slip (分办), which it answers the lead unit too."""
    first = (
        select(func.min(SlipMatter.matter_id))
        .join(Matter, Matter.id == SlipMatter.matter_id)
        .where(
            SlipMatter.slip_id == AssistingUnit.slip_id,
            SlipMatter.ended_at.is_(None),
            Matter.state.in_(PAUSED_OR_IN_HAND),
        )
        .correlate(AssistingUnit)
        .scalar_subquery()
    )
    due = func.coalesce(AssistingUnit.due_on, Slip.due_on, type_=Date)
    text = (Matter.number, Matter.title, Enterprise.name)
    yield (
        _part(TodoKind.ASSIST, 4, AssistingUnit.slip_id, due, matter=Matter.id, slip=Slip.id, text=text)
        .select_from(AssistingUnit)
        .join(Slip, Slip.id == AssistingUnit.slip_id)
        .join(Matter, Matter.id == first)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .where(AssistingUnit.unit_id == unit, AssistingUnit.answered_at.is_(None), Slip.state.in_(SENT_STATES))
    )
    answered = select(Progress.id).where(
        Progress.matter_id == Matter.id, Progress.unit_id == unit, Progress.kind == ProgressKind.ANSWER
    )
    yield (
        _part(TodoKind.ASSIST, 5, Matter.id, Slip.due_on, matter=Matter.id, slip=Slip.id, text=text)
        .select_from(Slip)
        .join(SlipMatter, and_(SlipMatter.slip_id == Slip.id, SlipMatter.ended_at.is_(None)))
        .join(Matter, Matter.id == SlipMatter.matter_id)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .where(
            Slip.lead_unit_id == unit,
            Slip.split_from_id.is_not(None),
            Slip.state.in_(SENT_STATES),
            Matter.lead_unit_id != unit,
            Matter.state.in_(PAUSED_OR_IN_HAND),
            ~answered.exists(),
        )
    )


def _to_reply(unit: int) -> Select[Any]:
    replied = select(PaperReply.paper_id).where(PaperReply.paper_id == SlipPaper.id)
    return (
        _part(
            TodoKind.REPLY, 6, SlipPaper.id, SlipPaper.reply_by, slip=Slip.id, paper=SlipPaper.id,
            text=(SlipPaper.number, Matter.title, Enterprise.name),
        )
        .select_from(SlipPaper)
        .join(Slip, Slip.id == SlipPaper.slip_id)
        .outerjoin(SlipMatter, and_(SlipMatter.slip_id == Slip.id, SlipMatter.position == 1))
        .outerjoin(Matter, Matter.id == SlipMatter.matter_id)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .where(
            SlipPaper.unit_id == unit,
            SlipPaper.kind.in_((PaperKind.REMINDER, PaperKind.SUPERVISION)),
            SlipPaper.void_at.is_(None),
            SlipPaper.reply_by.is_not(None),
            ~replied.exists(),
            Slip.state.in_(SENT_STATES),
        )
    )  # fmt: skip


def _tasks(actor: Actor) -> Select[Any]:
    return (
        _part(
            TodoKind.TASK, 7, UnitTask.id, UnitTask.due_on, matter=Matter.id, task=UnitTask.id,
            text=(Matter.number, UnitTask.what, Enterprise.name), note=UnitTask.handler,
        )
        .select_from(UnitTask)
        .join(Matter, Matter.id == UnitTask.matter_id)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .where(
            UnitTask.unit_id == (actor.unit_id or 0),
            UnitTask.done_at.is_(None),
            or_(UnitTask.account_id.is_(None), UnitTask.account_id == actor.account_id),
            Matter.state.in_(ON_THE_WAY),
        )
    )  # fmt: skip


def _to_head(unit: int) -> Select[Any]:
    return (
        _part(
            TodoKind.HEAD, 8, Matter.id, Matter.step_due_on, at=Matter.step_due_at, matter=Matter.id,
            text=(Matter.number, Matter.title, Enterprise.name),
        )
        .select_from(Matter)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .where(Matter.lead_unit_id == unit, Matter.state == MatterState.PROPOSED)
    )  # fmt: skip
