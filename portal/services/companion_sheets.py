"""What the papers beside a slip say, put together from the slip's records and the office's words."""

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.companion_papers import values_of
from portal.documents.companion_sheets import (
    SHEETS,
    CompanionSheet,
    ObjectionSheet,
    OrderSheet,
    ReminderSheet,
    SupervisionSheet,
    TransferSheet,
)
from portal.domain.deadlines import is_overdue
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.office import OfficeRules
from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.people import Action, Actor, Role, must
from portal.domain.slip_papers import PaperOrder
from portal.domain.slips import SlipState
from portal.services.calendars import calendar_now
from portal.services.paper_texts import worded_for
from portal.services.slip_sheets import live_sheet
from portal.store.models.people import Unit
from portal.store.models.slips import Slip
from portal.store.queries.office import office_rules
from portal.store.queries.slip_records import UNSEEN, slip_records
from portal.store.queries.slips import paper_slips

_ORDER_SHEETS: dict[PaperKind, type[OrderSheet]] = {
    PaperKind.TRANSFER: TransferSheet,
    PaperKind.REMINDER: ReminderSheet,
}


def part_names(kind: PaperKind, colour: UrgingColour | None) -> tuple[str, str]:
    """Which parts of a paper's texts are its opening and what it asks for."""
    if kind is PaperKind.SUPERVISION and colour is not None:
        return f"body_{colour.value}", f"requirement_{colour.value}"
    return "body", "requirement"


def proposed_words(
    session: Session,
    slip: Slip,
    kind: PaperKind,
    *,
    colour: UrgingColour | None,
    unit: Unit | None,
    reply_by: date | None,
    today: date,
) -> tuple[str, str]:
    """What a paper to a unit would say if nobody changed anything: the opening, and what is asked."""
    order = PaperOrder(kind, unit.id if unit else None, reply_by, "", "", colour)
    words = dict(worded_for(session, kind, values_of(_bare(session, slip, order, unit, today))))
    body, asked = part_names(kind, colour)
    return words[body], words[asked]


def order_sheet(session: Session, slip: Slip, order: PaperOrder, unit: Unit | None, *, today: date) -> OrderSheet:
    """A numbered paper to a unit as it would be made today, with the words that were written for it."""
    sheet = _bare(session, slip, order, unit, today)
    words = dict(worded_for(session, order.kind, values_of(sheet)))
    body, asked = part_names(order.kind, order.colour)
    words |= {body: order.body.strip(), asked: order.asked.strip()}
    return replace(sheet, texts=tuple(words.items()))


def form_sheet(
    session: Session, slip_id: int, kind: PaperKind, unit_id: int | None = None, *, actor: Actor, now: datetime
) -> CompanionSheet:
    """A form that goes with an issued slip, with what is known of it, the rest room for the pen; nothing is kept.

    A unit gets its own; anybody else that of `unit_id`, without it that of the lead unit. Raises NotFound, RuleBroken.
    """
    must(actor, Action.SEE_BUSINESS)
    if not paper_slips(session, actor, slip_id=slip_id):
        raise NotFound(UNSEEN)
    (slip,) = slip_records(session, [slip_id])
    if slip.issued_at is None or slip.state is SlipState.VOID:
        raise RuleBroken(f"交办单现为“{slip.state.label}”，印发以后、未作废的才打印随单表格。")
    units = units_on(slip)
    wanted = actor.unit_id if actor.role is Role.UNIT else unit_id or slip.lead_unit_id
    unit = units.get(wanted or 0)
    if unit is None:
        raise RuleBroken("所选单位不在这张交办单上，请重新选择。", field="unit")
    given = _shared(session, slip, unit, office_rules(session))
    if kind is PaperKind.OBJECTION:
        receipt = next((it for it in slip.receipts if it.unit_id == unit.id), None)
        given |= {"lead_unit": unit.name, "received_on": receipt.received_on if receipt else None}
        sheet: CompanionSheet = ObjectionSheet(**given)
    else:
        sheet = SHEETS[kind](**given)
    sheet = replace(sheet, texts=worded_for(session, kind, values_of(sheet)))
    return replace(sheet, is_blank_form=True, printed_at=now.astimezone(ZONE))


def blank_sheet(session: Session, kind: PaperKind, *, actor: Actor) -> CompanionSheet:
    """A form that belongs to no slip yet: everything is room for the pen."""
    must(actor, Action.SEE_BUSINESS)
    rules = office_rules(session)
    sheet = SHEETS[kind](is_blank_form=True, **_head(rules, kind))
    return replace(sheet, texts=worded_for(session, kind, values_of(sheet)))


def units_on(slip: Slip) -> dict[int, Unit]:
    """The units on a slip by id, the lead unit first; needs a slip loaded with them."""
    lead = [slip.lead_unit] if slip.lead_unit else []
    return {unit.id: unit for unit in (*lead, *(it.unit for it in slip.assisting))}


def due_of(slip: Slip, unit: Unit | None) -> date | None:
    """The date that holds for a unit: its own where it assists and has one, else the slip's."""
    own = next((it.due_on for it in slip.assisting if unit is not None and it.unit_id == unit.id), None)
    return own or slip.due_on


def _bare(session: Session, slip: Slip, order: PaperOrder, unit: Unit | None, today: date) -> OrderSheet:
    """The sheet without words."""
    rules, due = office_rules(session), due_of(slip, unit)
    given = _shared(session, slip, unit, rules, order.kind) | {
        "addressee": unit.name if unit else "",
        "reply_by": order.reply_by,
        "overdue": "" if order.kind is PaperKind.TRANSFER else _overdue(session, due, today),
        "issued_on": today,
        "copies_to": tuple(it for it in re.split(r"[，,、；;]", order.copies_to.strip().rstrip("。")) if it.strip()),
    }
    if order.kind is PaperKind.SUPERVISION:
        return SupervisionSheet(colour=order.colour or UrgingColour.BLUE, **given)
    return _ORDER_SHEETS[order.kind](**given)


def _head(rules: OfficeRules, kind: PaperKind) -> dict[str, Any]:
    """Whose paper it is: a supervision notice is the supervision office's, not the federation's (domain 11.12)."""
    supervises = kind is PaperKind.SUPERVISION
    return {
        "district": rules.district,
        "issuing_organ": rules.supervision_office if supervises else rules.issuing_organ,
        "contact": "" if supervises else rules.office_contact,
        "is_sample": rules.sample,
    }


def _shared(
    session: Session, slip: Slip, unit: Unit | None, rules: OfficeRules, kind: PaperKind = PaperKind.RESULT_REPORT
) -> dict[str, Any]:
    """What every paper says of its slip."""
    said, due = live_sheet(session, slip), due_of(slip, unit)
    return _head(rules, kind) | {
        "slip_number": slip.number or "",
        "enterprise_name": said.enterprise_name,
        "matters": said.matters,
        "lead_unit": said.lead_unit,
        "assisting_units": tuple(it.name for it in said.assisting_units),
        "assigned_on": said.assigned_on,
        "due_on": due,
        "due_note": said.due_note if due == said.due_on else "",
    }


def _overdue(session: Session, due: date | None, today: date) -> str:
    """How long a date is over: 5个工作日, or calendar days while no working day has passed since."""
    if due is None or not is_overdue(today, due):
        return ""
    days = calendar_now(session).between(due, today)
    return f"{days}个工作日" if days else f"{(today - due).days}天"
