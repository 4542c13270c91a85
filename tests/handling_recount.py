"""The figures of handling recounted slowly in Python, matter by matter, from what the tables hold."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.clocks import PETITION_CLOCKS, Stage, ends_on
from portal.domain.extensions import ExtensionState
from portal.domain.handling_figures import Fact
from portal.domain.look_backs import Finding
from portal.domain.matters import ON_THE_WAY, WITH_A_UNIT, MatterState
from portal.domain.paper_kinds import PaperKind
from portal.domain.results import Grade, Resolved, ResultCode
from portal.domain.workdays import WorkingCalendar
from portal.services.clock_policy import clocks_in_force
from portal.store.models.handling import Closing, Extension, LookBack, Objection, Progress
from portal.store.models.matters import Category, Matter
from portal.store.models.papers import SlipPaper
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import Slip, SlipMatter, SlipReceipt
from portal.store.models.voices import CallBack

S = MatterState
HANDED_IN = {S.CONFIRMING, S.REVIEWING, S.APPROVING, S.CLOSED}
RUNS = {S.ASSIGNED, S.HANDLING, S.OBJECTED, S.PROPOSED}
GONE_OUT = {"issued", "received", "closed", "returned"}


class Records:
    """Everything there is, in memory."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.matters = list(session.scalars(select(Matter)))
        self.slips = {it.id: it for it in session.scalars(select(Slip))}
        self.entries = list(session.scalars(select(SlipMatter)))
        self.receipts = {(it.slip_id, it.unit_id): it for it in session.scalars(select(SlipReceipt))}
        self.closings = list(session.scalars(select(Closing)))
        self.days = {it.id: it.day for it in session.scalars(select(ReceptionDay))}
        self.parents = {it.code: it.parent_code or it.code for it in session.scalars(select(Category))}
        self.progress = list(session.scalars(select(Progress)))
        self.extensions = list(session.scalars(select(Extension)))
        self.papers = list(session.scalars(select(SlipPaper)))
        self.look_backs = list(session.scalars(select(LookBack)))
        self.call_backs = list(session.scalars(select(CallBack).order_by(CallBack.at, CallBack.id)))
        self.objections = list(session.scalars(select(Objection)))

    def day(self, matter: Matter) -> date:
        return self.days[matter.reception_day_id] if matter.reception_day_id else matter.raised_on

    def standing(self, matter: Matter) -> Slip | None:
        found = [
            self.slips[it.slip_id]
            for it in self.entries
            if it.matter_id == matter.id
            and it.ended_at is None
            and self.slips[it.slip_id].state.value in GONE_OUT
            and self.slips[it.slip_id].lead_unit_id == matter.lead_unit_id
        ]
        return max(found, key=lambda it: it.id, default=None)


def _age(days: int) -> Fact:
    """How long ago that is, as the office asks for it: within a week, half a month, a month, longer."""
    for most, fact in ((7, Fact.AGE_WEEK), (15, Fact.AGE_HALF), (30, Fact.AGE_MONTH)):
        if days <= most:
            return fact
    return Fact.AGE_OLDER


def facts_of(records: Records, matter: Matter, today: date, calendar: WorkingCalendar) -> set[Fact]:
    """What is true of one matter; nothing of one no unit leads by an issued slip."""
    slip = records.standing(matter)
    if slip is None or matter.state not in WITH_A_UNIT:
        return set()
    facts = {Fact.ASSIGNED}
    receipt = records.receipts.get((slip.id, matter.lead_unit_id))
    sign_by = receipt.due_on if receipt and receipt.due_on else slip.receipt_due_on
    if sign_by and (receipt or sign_by < today):
        facts.add(Fact.RECEIPT_DUE)
        if receipt and receipt.received_on <= sign_by:
            facts.add(Fact.RECEIVED_IN_TIME)
    facts |= _contact(records, matter, slip, receipt, today, calendar)
    handed = matter.state in HANDED_IN
    if handed or (matter.state in RUNS and matter.due_on and matter.due_on < today):
        facts.add(Fact.HANDLING_DUE)
    facts |= _result(records, matter) if handed else set()
    if matter.state in ON_THE_WAY:
        facts.add(Fact.ON_HAND)
        facts.add(_age((today - records.day(matter)).days))
    if matter.state in RUNS and matter.due_on and matter.due_on < today:
        facts.add(Fact.OVERDUE)
    own = [it for it in records.closings if it.matter_id == matter.id]
    if any(it.round < matter.round and it.head_at for it in own):
        facts.add(Fact.REDONE)
    if any(it.matter_id == matter.id and it.state is ExtensionState.GRANTED for it in records.extensions):
        facts.add(Fact.EXTENDED)
    for kind, fact in ((PaperKind.REMINDER, Fact.REMINDED), (PaperKind.SUPERVISION, Fact.SUPERVISED)):
        if any(
            it.slip_id == slip.id and it.unit_id == matter.lead_unit_id and it.kind is kind and it.void_at is None
            for it in records.papers
        ):
            facts.add(fact)
    if any(it.approved_at for it in own):
        facts.add(Fact.ONCE_CLOSED)
        found = {it.finding for it in records.look_backs if it.matter_id == matter.id} - {None}
        facts |= {Fact.LOOKED_BACK} if found else set()
        facts |= {Fact.FOUND_WANTING} if found & {Finding.NOT_DONE, Finding.FAKE} else set()
        facts |= {Fact.FAKE} if Finding.FAKE in found else set()
    return facts


def _contact(records, matter, slip, receipt, today, calendar) -> set[Fact]:  # type: ignore[no-untyped-def]
    if receipt is None:
        return set()
    if matter.is_petition:
        last = records.day(matter) + timedelta(days=PETITION_CLOCKS[Stage.CONTACT].length)
    else:
        last = ends_on(clocks_in_force(records.session)[Stage.CONTACT], receipt.received_on, calendar)
    told = [
        it.contacted_on
        for it in records.progress
        if it.matter_id == matter.id and it.slip_id == slip.id and it.unit_id == matter.lead_unit_id and it.contacted_on
    ]
    if not told and last >= today:
        return set()
    return {Fact.CONTACT_DUE} | ({Fact.CONTACTED_IN_TIME} if told and min(told) <= last else set())


def _result(records: Records, matter: Matter) -> set[Fact]:
    facts = {Fact.HANDED_IN}
    closing = next(
        it for it in records.closings if it.matter_id == matter.id and it.round == matter.round and it.ended_at is None
    )
    if closing.head_at.astimezone(ZONE).date() <= closing.due_on:
        facts.add(Fact.HANDED_IN_TIME)
    if matter.state is S.CLOSED:
        facts.add(Fact.CLOSED)
        if closing.result is ResultCode.SOLVED and closing.resolved is not Resolved.NOT:
            facts.add(Fact.SOLVED)
    again = [
        it.grade
        for it in records.call_backs
        if it.matter_id == matter.id
        and it.round == matter.round
        and it.grade
        and (closing.opinion_at is None or it.at >= closing.opinion_at)
    ]
    grade = again[-1] if again else closing.grade
    if grade:
        facts.add(Fact.RATED)
        if grade in {Grade.VERY_CONTENT, Grade.CONTENT, Grade.FAIRLY_CONTENT}:
            facts.add(Fact.CONTENT)
        if grade in {Grade.VERY_CONTENT, Grade.CONTENT}:
            facts.add(Fact.STRICTLY_CONTENT)
    return facts
