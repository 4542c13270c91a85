"""What units tell of a matter on its way: progress, stage reports, contact with the enterprise, answers to the lead unit."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.documents.fonts import must_be_printable
from portal.domain.errors import RuleBroken
from portal.domain.matter_course import MatterAct
from portal.domain.people import Action, Actor, must
from portal.domain.progress import ProgressKind
from portal.domain.workdays import day_text
from portal.services.handling import handling_of, move
from portal.services.handling_files import attach, must_be_few
from portal.services.matter_news import helper_has_answered
from portal.services.uploads import AcceptedFile
from portal.store.audit_trail import record
from portal.store.models.files import StoredFile
from portal.store.models.handling import HandlingFile, Progress
from portal.store.models.matters import Matter
from portal.store.models.people import Unit
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import Slip

LONGEST = 4_000
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ProgressTold:
    """What a unit writes: in words, what it will do next, when it spoke with the enterprise, and files."""

    kind: ProgressKind
    told: str
    next_step: str = ""
    contacted_on: date | None = None
    files: tuple[AcceptedFile, ...] = ()
    form_token: str | None = None


def report_progress(session: Session, matter_id: int, told: ProgressTold, *, actor: Actor, now: datetime) -> Progress:
    """Put a unit's word on record; the same form, or the same words on one day, sent twice are one word. Answers what is on record.

    An assisting unit's answer to the lead unit stops its own clock.
    """
    must(actor, Action.HANDLE_MATTER)
    handling = handling_of(session, matter_id, actor=actor)
    if told.form_token:
        earlier = session.scalar(select(Progress).where(Progress.form_token == told.form_token))
        if earlier is not None:
            return earlier
    act = MatterAct.ANSWER_LEAD if told.kind is ProgressKind.ANSWER else MatterAct.REPORT
    move(session, handling, act, now=now)
    text = told.told.strip()
    if not 4 <= len(text) <= LONGEST:
        raise RuleBroken(f"请写明办理情况，4 至 {LONGEST} 个字。", field="told")
    must_be_printable(text, field="told")
    if told.kind is ProgressKind.CONTACT and told.contacted_on is None:
        raise RuleBroken("请填写联系企业的日期。", field="contacted_on")
    if told.contacted_on is not None:
        _must_be_a_contact(session, told.contacted_on, handling.slip, today=now.date())
    must_be_few(told.files)
    unit = session.get_one(Unit, actor.unit_id)
    said = _said_today(session, handling.matter, replace(told, told=text), actor, now)
    if said is not None:
        return said
    progress = Progress(
        matter_id=matter_id,
        slip_id=handling.slip.id,
        unit_id=unit.id,
        kind=told.kind,
        told=text,
        next_step=told.next_step.strip()[:200],
        contacted_on=told.contacted_on,
        by=actor.name,
        at=now,
        form_token=told.form_token,
    )
    session.add(progress)
    session.flush()
    attach(session, told.files, matter_id=matter_id, progress_id=progress.id, now=now)
    if told.kind is ProgressKind.ANSWER:
        for line in (it for slip in (handling.slip, *handling.others) for it in slip.assisting):
            if line.unit_id == unit.id and line.answered_at is None:
                line.answered_at = now
    record(
        session, actor, now, "progress_reported", handling.matter,
        summary=f"{unit.short_name}{told.kind.label}：{text[:60]}", progress=progress.id, kind=told.kind.value,
    )  # fmt: skip
    if told.kind is ProgressKind.ANSWER:
        helper_has_answered(session, progress, handling.matter, handling.slip, now=now)
    return progress


def _said_today(session: Session, matter: Matter, told: ProgressTold, actor: Actor, now: datetime) -> Progress | None:
    """The same words by the same person within a day, whose files are there too: sent again after going back.

    What was said before the matter came to stand as it does (handled again) is another word, and so is every answer.
    """
    since = max(now - ONE_DAY, matter.state_since or now - ONE_DAY)
    if told.kind is ProgressKind.ANSWER:
        return None
    earlier = session.scalars(
        select(Progress)
        .where(
            Progress.matter_id == matter.id,
            Progress.unit_id == actor.unit_id,
            Progress.by == actor.name,
            Progress.kind == told.kind,
            Progress.told == told.told,
            Progress.at >= since,
        )
        .order_by(Progress.id.desc())
    ).first()
    if earlier is None or (earlier.next_step, earlier.contacted_on) != (
        told.next_step.strip()[:200],
        told.contacted_on,
    ):
        return None
    attached = select(StoredFile.sha256).join(HandlingFile, HandlingFile.file_id == StoredFile.id)
    there = set(session.scalars(attached.where(HandlingFile.progress_id == earlier.id)))
    return earlier if {it.sha256 for it in told.files} <= there else None


def _must_be_a_contact(session: Session, day: date, slip: Slip, *, today: date) -> None:
    """A contact about a matter lies between the reception at which it was brought up and today."""
    if day > today:
        raise RuleBroken("联系企业的日期不能晚于今天，请核对。", field="contacted_on")
    received = session.scalar(select(ReceptionDay.day).where(ReceptionDay.id == slip.reception_day_id))
    if received is not None and day < received:
        received_on = day_text(received, beside=today)
        raise RuleBroken(f"联系企业的日期不能早于接待日（{received_on}），请核对。", field="contacted_on")
