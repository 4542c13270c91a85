"""Ways to cut a day into slots, kept by name, so that planning need not spell them out (NX-08, domain 2.2)."""

from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, NotFound, RuleBroken, refuse
from portal.domain.people import Action, Actor, must
from portal.domain.receiving import ReceptionMode, room_problems
from portal.services.day_plans import DayLayout, laid_out
from portal.services.reception_days import seat_problems
from portal.store.audit_trail import record
from portal.store.models.reception import SlotTemplate

LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class TemplateEntry:
    """What the office says of a template; lengths in minutes, `position` orders the list."""

    name: str
    starts_at: time
    slot_minutes: int
    slots: int
    gap_minutes: int = 0
    seats: int = 1
    break_from: time | None = None
    break_minutes: int = 0
    position: int = 0
    rooms: tuple[str, ...] = ()
    mode: ReceptionMode = ReceptionMode.SINGLE


def add_slot_template(session: Session, entry: TemplateEntry, *, actor: Actor, now: datetime) -> SlotTemplate:
    """Keep a way to cut a day. Raises RuleBroken on the field that makes no sense, and for a name already there."""
    must(actor, Action.KEEP_SETTINGS)
    template = SlotTemplate(active=True)
    _write(session, template, entry)
    session.add(template)
    _store(session)
    record(session, actor, now, "slot_template_added", template, summary=f"新增时段模板“{template.name}”")
    return template


def edit_slot_template(
    session: Session, template_id: int, entry: TemplateEntry, *, actor: Actor, now: datetime
) -> SlotTemplate:
    """Change a template; days already made keep their slots."""
    must(actor, Action.KEEP_SETTINGS)
    template = _template(session, template_id)
    _write(session, template, entry)
    _store(session)
    record(session, actor, now, "slot_template_edited", template, summary=f"修改时段模板“{template.name}”")
    return template


def retire_slot_template(session: Session, template_id: int, *, actor: Actor, now: datetime) -> SlotTemplate:
    """Stop offering a template."""
    must(actor, Action.KEEP_SETTINGS)
    template = _template(session, template_id)
    template.active = False
    record(session, actor, now, "slot_template_retired", template, summary=f"停用时段模板“{template.name}”")
    return template


def restore_slot_template(session: Session, template_id: int, *, actor: Actor, now: datetime) -> SlotTemplate:
    """Offer a retired template again."""
    must(actor, Action.KEEP_SETTINGS)
    template = _template(session, template_id)
    template.active = True
    record(session, actor, now, "slot_template_restored", template, summary=f"恢复时段模板“{template.name}”")
    return template


def _write(session: Session, template: SlotTemplate, entry: TemplateEntry) -> None:
    name = entry.name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise RuleBroken(f"请填写模板名称，不超过 {LONGEST_NAME} 个字，例如“半天六场”。", field="name")
    if session.scalar(select(SlotTemplate.id).where(SlotTemplate.name == name, SlotTemplate.id != (template.id or 0))):
        raise RuleBroken(f"已有名为“{name}”的模板（停用的也算），请换一个名称。", field="name")
    refuse(seat_problems(entry.seats) + room_problems(entry.rooms))
    laid_out(
        DayLayout(
            venue="",
            starts_at=entry.starts_at,
            slot_minutes=entry.slot_minutes,
            gap_minutes=entry.gap_minutes,
            slots=entry.slots,
            break_from=entry.break_from,
            break_minutes=entry.break_minutes,
        )
    )
    template.name, template.starts_at, template.position = name, entry.starts_at, entry.position
    template.slot_minutes, template.gap_minutes = entry.slot_minutes, entry.gap_minutes
    template.slots, template.seats = entry.slots, entry.seats
    template.break_from, template.break_minutes = entry.break_from, entry.break_minutes
    template.rooms, template.mode = list(entry.rooms), entry.mode


def _store(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError:
        raise Conflict("同名的模板刚刚由别人建立，没有重复保存。请换一个名称，或返回列表查看。", field="name") from None


def _template(session: Session, template_id: int) -> SlotTemplate:
    template = session.get(SlotTemplate, template_id)
    if template is None:
        raise NotFound("没有找到这个时段模板。请从“时段模板”进入。")
    return template
