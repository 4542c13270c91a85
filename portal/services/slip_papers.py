"""The numbered papers that go with an issued slip: transfer, reminder, supervision notice (domain 2.4, 3.2, PT-29).

Only the papers: what units answer, and when the next step is due, is kept elsewhere.
"""

import secrets
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.companion_sheets import SHEETS, CompanionSheet, OrderSheet
from portal.documents.kept_sheets import sheet_from_text, sheet_text
from portal.documents.printable import sheet_must_be_printable
from portal.domain.errors import Conflict, RuleBroken, refuse
from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.people import Action, Actor, must
from portal.domain.signing import ISSUED_STATES
from portal.domain.slip_papers import ORDERS, PaperOrder, order_problems, reply_days, voiding_problems
from portal.domain.urging import URGING_KINDS
from portal.services.calendars import calendar_now
from portal.services.companion_sheets import order_sheet, proposed_words, units_on
from portal.services.paper_news import paper_is_made, paper_is_void
from portal.services.paper_numbers import number_for
from portal.services.slip_orders import locked_slip
from portal.services.slip_sheets import ALTERED, CODE_BYTES, fingerprint
from portal.services.urging import must_be_in_order, must_have_something_to_urge
from portal.store.audit_trail import record
from portal.store.models.papers import SlipPaper
from portal.store.models.people import Unit
from portal.store.models.slips import Slip
from portal.store.queries.office import office_rules
from portal.store.queries.slip_papers import locked_paper, paper_records
from portal.store.queries.slip_records import slip_records

MOST_AT_ONCE = 200


def proposed_order(
    session: Session,
    slip_id: int,
    kind: PaperKind,
    *,
    colour: UrgingColour | None = None,
    unit_id: int | None = None,
    reply_by: date | None = None,
    actor: Actor,
    now: datetime,
) -> PaperOrder:
    """What a paper of this kind would say if nobody changed anything: to the lead unit, answered within the usual days.

    Raises NotAllowed, and RuleBroken for a slip that is not with its units or has nothing left to urge.
    """
    _must_make(actor, kind)
    slip = _slip_with_units(session, slip_id)
    if kind in URGING_KINDS:
        must_have_something_to_urge(slip, kind, actor)
    today = now.astimezone(ZONE).date()
    if kind is PaperKind.SUPERVISION:
        colour = colour or UrgingColour.BLUE
    unit = _addressee(session, slip, kind, unit_id or (slip.lead_unit_id if kind is not PaperKind.TRANSFER else None))
    by = reply_by or calendar_now(session).after(today, reply_days(office_rules(session), kind))
    body, asked = proposed_words(session, slip, kind, colour=colour, unit=unit, reply_by=by, today=today)
    return PaperOrder(kind, unit.id if unit else None, by, body, asked, colour)


def rehearsed(session: Session, slip_id: int, order: PaperOrder, *, actor: Actor, now: datetime) -> OrderSheet:
    """The paper as it would be made, still without number and marked so: to look at before it is made. Raises RuleBroken."""
    _must_make(actor, order.kind)
    slip, today = _slip_with_units(session, slip_id), now.astimezone(ZONE).date()
    refuse(order_problems(order, today))
    return order_sheet(session, slip, order, _addressee(session, slip, order.kind, order.unit_id), today=today)


def make_paper(session: Session, slip_id: int, order: PaperOrder, *, actor: Actor, now: datetime) -> SlipPaper:
    """Make a numbered paper to a unit (制发): frozen as it is now, told to the unit, never changed again.

    Raises RuleBroken for an order that cannot be, Conflict when the unit was sent the same kind of paper today already.
    """
    _must_make(actor, order.kind)
    slip, today = locked_slip(session, slip_id, None), now.astimezone(ZONE).date()
    _must_be_with_units(slip)
    refuse(order_problems(order, today))
    unit = _addressee(session, slip, order.kind, order.unit_id)
    if unit is None:
        raise RuleBroken("请选择发给哪个单位。", field="unit_id")
    _must_be_the_first_today(session, slip, order, unit, now)
    must_be_in_order(session, slip, order, unit, actor=actor, today=today)
    sheet = replace(
        order_sheet(session, slip, order, unit, today=today),
        verify_code=b32encode(secrets.token_bytes(CODE_BYTES)).decode(),
    )
    sheet_must_be_printable(sheet)
    given = number_for(session, order.kind, now)
    text = sheet_text(replace(sheet, number=given.text))
    paper = SlipPaper(
        kind=order.kind,
        colour=order.colour,
        slip_id=slip.id,
        unit_id=unit.id,
        organ=given.organ,
        year=given.year,
        serial=given.serial,
        number=given.text,
        reply_by=order.reply_by,
        sheet=text,
        sha256=fingerprint(text),
        verify_code=sheet.verify_code,
        ground=order.ground.value if order.ground else None,
        why_direct=order.why_direct.strip() if order.ground else "",
        made_by=actor.name,
        made_at=now,
    )
    session.add(paper)
    session.flush()
    paper_is_made(session, paper, slip, now=now)
    colour = f"（{order.colour.label}）" if order.colour else ""
    record(
        session, actor, now, "paper_made", paper,
        summary=f"向{unit.short_name}发出{order.kind.label}{colour} {paper.number}{_directly(order)}",
        unit=unit.id, slip=slip.id,
    )  # fmt: skip
    return paper


def void_paper(session: Session, paper_id: int, reason: str, *, actor: Actor, now: datetime) -> SlipPaper:
    """Make a paper void with a reason (作废): it keeps its number, which is never given again."""
    paper = locked_paper(session, actor, paper_id)
    _must_make(actor, paper.kind)
    if paper.void_at is not None:
        raise Conflict(f"{paper.number}已经作废：{paper.void_reason}", field="reason")
    refuse(voiding_problems(reason))
    paper.void_at, paper.void_reason = now, reason.strip()
    paper_is_void(session, paper, now=now)
    record(session, actor, now, "paper_voided", paper, summary=f"作废 {paper.number}：{paper.void_reason}")
    return paper


def kept_sheets(session: Session, paper_ids: Sequence[int], *, address: str, actor: Actor) -> list[CompanionSheet]:
    """The sheets of some papers as they were made, in the order asked; `address` is where the verify page is reached.

    The same paper always gives the same bytes, apart from the mark of one that has become void. Raises RuleBroken for one
    that was tampered with, NotFound.
    """
    must(actor, Action.SEE_BUSINESS)
    if len(set(paper_ids)) > MOST_AT_ONCE:
        raise RuleBroken(f"一次最多打印 {MOST_AT_ONCE} 份，请分几次打印。")
    return [_kept(paper, address) for paper in paper_records(session, actor, paper_ids)]


def _kept(paper: SlipPaper, address: str) -> CompanionSheet:
    if fingerprint(paper.sheet) != paper.sha256:
        raise RuleBroken(ALTERED)
    sheet = sheet_from_text(SHEETS[paper.kind], paper.sheet)
    url = f"{address.upper()}/VERIFY/{paper.verify_code}"
    return replace(sheet, verify_url=url, is_void=paper.void_at is not None)


def _directly(order: PaperOrder) -> str:
    return f"（直接发出，{order.ground.label}：{order.why_direct.strip()}）" if order.ground else ""


def _must_make(actor: Actor, kind: PaperKind) -> None:
    if kind not in ORDERS:
        raise RuleBroken(f"{kind.label}没有自己的编号，请直接打印表格。", field="kind")
    must(actor, ORDERS[kind])


def _slip_with_units(session: Session, slip_id: int) -> Slip:
    (slip,) = slip_records(session, [slip_id])
    _must_be_with_units(slip)
    return slip


def _must_be_with_units(slip: Slip) -> None:
    if slip.state not in ISSUED_STATES:
        raise RuleBroken(f"交办单现为“{slip.state.label}”，印发给单位以后才能转办、催办、督办。", field="state")


def _addressee(session: Session, slip: Slip, kind: PaperKind, unit_id: int | None) -> Unit | None:
    """The unit a paper goes to: one on the slip; a transfer may go to any that works. Raises RuleBroken."""
    if unit_id is None:
        return None
    units = units_on(slip)
    unit = units.get(unit_id)
    if unit is None and kind is PaperKind.TRANSFER:
        unit = session.get(Unit, unit_id)
        unit = unit if unit is not None and unit.active else None
    if unit is None:
        raise RuleBroken("所选单位不在这张交办单上，请重新选择。", field="unit_id")
    return unit


def _must_be_the_first_today(session: Session, slip: Slip, order: PaperOrder, unit: Unit, now: datetime) -> None:
    """One press too many must not use up a number; whoever means it makes the earlier one void."""
    local = now.astimezone(ZONE)
    midnight = datetime.combine(local.date(), time(), ZONE)
    earlier = session.scalar(
        select(SlipPaper.number).where(
            SlipPaper.slip_id == slip.id,
            SlipPaper.kind == order.kind,
            SlipPaper.unit_id == unit.id,
            SlipPaper.colour.is_(None) if order.colour is None else SlipPaper.colour == order.colour,
            SlipPaper.void_at.is_(None),
            SlipPaper.made_at >= midnight,
        )
    )
    if earlier is not None:
        raise Conflict(f"今天已向{unit.short_name}发出{earlier}，同一天不重复制发。内容有误的，请先作废那一份。")
