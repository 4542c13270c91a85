"""What units signed on paper: the office keys it in from the receipt table of the slip, corrects it, takes it back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.fonts import not_printable
from portal.domain.errors import Conflict, NotFound, Problem, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.receipts import LONGEST_REASON, SHORTEST_REASON, PaperReceipt, ReceivedHow, paper_problem
from portal.domain.slips import SlipState
from portal.domain.workdays import day_text
from portal.services.handling import take_out_of_hand
from portal.services.slip_orders import locked_slip
from portal.services.slip_receipts import add_receipt, must_be_unsigned, must_stand, units_of
from portal.store.audit_trail import record
from portal.store.models.people import Unit
from portal.store.models.slips import Slip, SlipReceipt
from portal.store.queries.slip_records import UNSEEN, slip_records

Place = tuple[int, int]
"""A slip and a unit on it."""


class PaperRefused(RuleBroken):
    """Some rows of what was keyed in cannot stand, each with its own sentence; nothing was kept of the others either.

    `overtaken` says that a unit has signed meanwhile, which is nobody's mistake.
    """

    def __init__(self, rows: Mapping[Place, Problem], *, overtaken: bool) -> None:
        super().__init__(f"有 {len(rows)} 行需要改正，全部没有保存，填写的内容都在。请看各行下面的说明。")
        self.rows = dict(rows)
        self.overtaken = overtaken


def enter_receipts(
    session: Session, given: Sequence[PaperReceipt], *, actor: Actor, now: datetime
) -> Sequence[SlipReceipt]:
    """Enter what the receipt tables of one or many slips say, all or nothing. Raises PaperRefused with the rows at fault."""
    must(actor, Action.RECORD_SIGNATURE)
    if not given:
        raise RuleBroken("还没有填写任何一行。请按纸面填写签收人和日期，没有签收的留空。")
    slips = {it.id: it for it in slip_records(session, sorted({it.slip_id for it in given}), lock=True)}
    problems, overtaken = dict[Place, Problem](), False
    for it in given:
        try:
            _check(slips.get(it.slip_id), it, now.astimezone(ZONE).date())
        except RuleBroken as refusal:
            problems[it.slip_id, it.unit_id] = Problem(refusal.field or "received_by", refusal.message)
            overtaken = overtaken or isinstance(refusal, Conflict)
    if problems:
        raise PaperRefused(problems, overtaken=overtaken)
    return [_enter(session, slips[it.slip_id], it, actor=actor, now=now) for it in given]


def correct_receipt(
    session: Session, it: PaperReceipt, reason: str, *, seen: str | None = None, actor: Actor, now: datetime
) -> SlipReceipt:
    """Put right who signed on paper, or when, with a reason. What was signed on the page is nobody else's to change.

    `seen` is the mark of what the page showed; Conflict when somebody corrected it meanwhile.
    """
    must(actor, Action.RECORD_SIGNATURE)
    slip, receipt = _on_paper(session, it.slip_id, it.unit_id, seen)
    must_stand(slip)
    reason = _reason(reason)
    problem = _sheet_problem(slip, it, now.astimezone(ZONE).date())
    if problem is not None:
        raise RuleBroken(problem.message, field=problem.field)
    before = f"{receipt.received_by}，{day_text(receipt.received_on)}"
    at, on = _moment(it)
    receipt.received_by, receipt.received_at, receipt.received_on = it.received_by.strip(), at, on
    receipt.entered_by = actor.name
    after, unit = f"{receipt.received_by}，{day_text(on)}", session.get_one(Unit, it.unit_id)
    record(
        session, actor, now, "slip_receipt_corrected", slip,
        summary=f"更正{unit.short_name}对 {slip.number} 的纸面签收：{before} → {after}（{reason}）", unit=unit.id,
    )  # fmt: skip
    return receipt


def withdraw_receipt(
    session: Session, slip_id: int, unit_id: int, reason: str, *, seen: str | None = None, actor: Actor, now: datetime
) -> None:
    """Take back a paper receipt that was entered for the wrong slip or unit; the unit may sign for it again."""
    must(actor, Action.RECORD_SIGNATURE)
    slip, receipt = _on_paper(session, slip_id, unit_id, seen)
    must_stand(slip)
    reason = _reason(reason)
    slip.receipts.remove(receipt)
    if unit_id == slip.lead_unit_id:
        take_out_of_hand(session, slip, now=now)
        slip.state = SlipState.ISSUED
    unit = session.get_one(Unit, unit_id)
    record(
        session, actor, now, "slip_receipt_withdrawn", slip,
        summary=f"撤销{unit.short_name}对 {slip.number} 的纸面签收登记（{receipt.received_by}）：{reason}", unit=unit.id,
    )  # fmt: skip


def mark_of(received_by: str, received_at: datetime) -> str:
    """What a page shows of a paper receipt, so that a correction is made knowing it."""
    return f"{received_at.astimezone(ZONE).isoformat(timespec='minutes')}|{received_by}"


def _check(slip: Slip | None, it: PaperReceipt, today: date) -> None:
    if slip is None or slip.issued_at is None or it.unit_id not in units_of(slip):
        raise RuleBroken("这张交办单没有印发给该单位，请核对单号和单位。")
    must_stand(slip)
    must_be_unsigned(slip, it.unit_id, "该单位")
    problem = _sheet_problem(slip, it, today)
    if problem is not None:
        raise RuleBroken(problem.message, field=problem.field)


def _sheet_problem(slip: Slip, it: PaperReceipt, today: date) -> Problem | None:
    problem = paper_problem(it, slip.signed_on, today)
    if problem is not None:
        return problem
    told = not_printable(it.received_by)
    return Problem("received_by", told) if told else None


def _enter(session: Session, slip: Slip, it: PaperReceipt, *, actor: Actor, now: datetime) -> SlipReceipt:
    at, on = _moment(it)
    receipt = add_receipt(
        session, slip, it.unit_id, it.received_by.strip(), at, on, how=ReceivedHow.PAPER, entered_by=actor.name
    )
    unit = session.get_one(Unit, it.unit_id)
    record(
        session, actor, now, "slip_receipt_entered", slip,
        summary=f"登记{unit.short_name}纸面签收 {slip.number}：{receipt.received_by}，{day_text(on)}", unit=unit.id,
    )  # fmt: skip
    return receipt


def _moment(it: PaperReceipt) -> tuple[datetime, date]:
    if it.received_on is None:
        raise RuleBroken("请填写纸面上的签收日期。", field="received_on")
    return datetime.combine(it.received_on, it.hour or time(), ZONE), it.received_on


def _on_paper(session: Session, slip_id: int, unit_id: int, seen: str | None) -> tuple[Slip, SlipReceipt]:
    slip = locked_slip(session, slip_id, None)
    receipt = next((it for it in slip.receipts if it.unit_id == unit_id), None)
    if receipt is None:
        raise NotFound(UNSEEN if unit_id not in units_of(slip) else "该单位对这张单没有签收登记，可能刚刚被撤销。")
    if receipt.how is not ReceivedHow.PAPER:
        raise RuleBroken("该单位在网上签收，签收人和时间以单位的操作为准，不能更正。")
    if seen is not None and seen != mark_of(receipt.received_by, receipt.received_at):
        raise Conflict("您打开页面之后，别人已更正了这条签收登记。请核对最新内容后再提交。")
    return slip, receipt


def _reason(text: str) -> str:
    text = text.strip()
    if not SHORTEST_REASON <= len(text) <= LONGEST_REASON:
        raise RuleBroken(f"请写明原因，{SHORTEST_REASON} 至 {LONGEST_REASON} 个字。", field="reason")
    return text
