"""A unit and the slips sent to it: it reads them, signs for them in its own name, and hands them on inside (签收, domain 9)."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.fonts import not_printable
from portal.domain.accounts import AccountState
from portal.domain.clocks import Measure, Stage, counted_at
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.receipts import LONGEST_NAME, ReceivedHow
from portal.domain.slips import SlipState, advance
from portal.domain.workdays import day_text
from portal.services.calendars import calendar_now
from portal.services.clock_policy import clocks_in_force
from portal.services.handling import begin_handling
from portal.services.messages import tell
from portal.services.slip_orders import slip_in_hand
from portal.store.audit_trail import Target, record
from portal.store.models.people import Account, Unit
from portal.store.models.slips import Slip, SlipReading, SlipReceipt
from portal.store.queries.office import office_rules
from portal.store.queries.slip_records import UNSEEN
from portal.store.upserts import insert_into


@dataclass(frozen=True, slots=True)
class Handler:
    """Who in the unit takes a slip in hand: a name, an account of the unit that is told, or both."""

    name: str = ""
    account_id: int | None = None


def set_receipt_limit(session: Session, slip: Slip, *, now: datetime) -> None:
    """Fix at its issue by when the units sign for a slip; it moves with the calendar as long as it is ahead.

    Where the clock policy counts in hours, or one of its matters is urgent and the office has set hours for those, to the moment.
    """
    clock = clocks_in_force(session)[Stage.RECEIPT]
    hours = office_rules(session).urgent_hours
    if hours and any(it.matter.urgent for it in slip.entries):
        clock = replace(clock, length=hours, measure=Measure.HOURS)
    limit, slip.receipt_due_at = counted_at(clock, now.astimezone(ZONE), calendar_now(session))
    slip.receipt_due_on = limit.due
    slip.receipt_days = 0 if slip.receipt_due_at else limit.days


def read_slip(session: Session, slip_id: int, *, actor: Actor, now: datetime) -> bool:
    """Note that a unit has opened a slip (已阅); whether it was for the first time. Reading is not signing for it."""
    must(actor, Action.RECEIVE_SLIP)
    slip = slip_in_hand(session, slip_id)
    unit_id = own_part(slip, actor)
    if slip.state is SlipState.VOID or _receipt(slip, unit_id) is not None:
        return False
    if not _note_reading(session, slip, unit_id, actor=actor, now=now):
        return False
    unit = session.get_one(Unit, unit_id)
    summary = f"{unit.short_name}阅读 {slip.number}"
    record(session, actor, now, "slip_read", own_line(slip, unit_id), summary=summary, unit=unit_id)
    return True


def receive_slip(session: Session, slip_id: int, *, actor: Actor, now: datetime) -> Slip:
    """Sign for a slip in the name of one's unit (签收); the lead unit's signature makes it 已签收.

    Whoever signs on the page has the slip open, so it counts as read as well.
    """
    must(actor, Action.RECEIVE_SLIP)
    slip = slip_in_hand(session, slip_id)
    unit_id = own_part(slip, actor)
    must_stand(slip)
    must_be_unsigned(slip, unit_id, "本单位")
    _note_reading(session, slip, unit_id, actor=actor, now=now)
    add_receipt(session, slip, unit_id, actor.name, now, now.astimezone(ZONE).date())
    unit = session.get_one(Unit, unit_id)
    record(session, actor, now, "slip_received", slip, summary=f"{unit.short_name}签收 {slip.number}", unit=unit.id)
    return slip


def hand_on(session: Session, slip_id: int, to: Handler, *, actor: Actor, now: datetime) -> SlipReceipt:
    """Hand a slip one's unit has signed for to the person who handles it there (转给经办人), as often as needed."""
    must(actor, Action.RECEIVE_SLIP)
    slip = slip_in_hand(session, slip_id)
    unit_id = own_part(slip, actor)
    must_stand(slip)
    receipt = _receipt(slip, unit_id)
    if receipt is None:
        raise RuleBroken("本单位还没有签收，请先签收，再转给经办人。")
    account = _account(session, to.account_id, unit_id)
    name = to.name.strip() or (account.display_name if account else "")
    _check_name(name)
    if name == receipt.handed_to:
        raise Conflict(f"{slip.number}已经转给{name}，不必重复。", field="name")
    before = receipt.handed_to
    receipt.handed_to, receipt.handed_at, receipt.handed_by = name, now, actor.name
    unit = session.get_one(Unit, unit_id)
    record(
        session, actor, now, "slip_handed_on", own_line(slip, unit_id),
        summary=f"{unit.short_name}把 {slip.number} 转给经办人{name}" + (f"（原经办人{before}）" if before else ""),
        unit=unit_id, account=account.id if account else None,
    )  # fmt: skip
    if account is not None and account.id != actor.account_id:
        tell(
            session, [account.id], f"slip-handed-on:{slip.id}:{now.isoformat()}", f"{slip.number}转给您办理",
            body=f"由{actor.name}转来。", url=f"/slips/{slip.id}", now=now,
        )  # fmt: skip
    return receipt


def own_part(slip: Slip, actor: Actor) -> int:
    """The actor's unit, if the slip was issued to it; raises NotFound otherwise, as for a slip that is not there."""
    if actor.unit_id is None or actor.unit_id not in units_of(slip) or slip.issued_at is None:
        raise NotFound(UNSEEN)
    return actor.unit_id


def units_of(slip: Slip) -> list[int]:
    """The units of a slip, the lead unit first."""
    lead = [slip.lead_unit_id] if slip.lead_unit_id is not None else []
    return [*lead, *(it.unit_id for it in slip.assisting)]


def must_stand(slip: Slip) -> None:
    """Raise RuleBroken for a slip that has become void."""
    if slip.state is SlipState.VOID:
        raise RuleBroken(f"{slip.number}已作废，不必签收。作废原因：{slip.void_reason}", field="state")


def must_be_unsigned(slip: Slip, unit_id: int, who: str) -> None:
    """Raise Conflict, saying who signed, when and how, if a unit has signed for the slip already."""
    earlier = _receipt(slip, unit_id)
    if earlier is not None:
        when = day_text(earlier.received_on)
        raise Conflict(f"{who}已由{earlier.received_by}于{when}{earlier.how.label}{slip.number}，不必重复签收。")


def add_receipt(
    session: Session,
    slip: Slip,
    unit_id: int,
    name: str,
    at: datetime,
    on: date,
    *,
    how: ReceivedHow = ReceivedHow.PAGE,
    entered_by: str = "",
) -> SlipReceipt:
    """Put a unit's signature on record; the lead unit's moves the slip on, unless its matters have all ended before."""
    if unit_id == slip.lead_unit_id and slip.state is not SlipState.CLOSED:
        slip.state = advance(slip.state, SlipState.RECEIVED)
        begin_handling(session, [it.matter for it in slip.entries if it.ended_at is None], now=at)
    receipt = SlipReceipt(
        unit_id=unit_id, received_at=at, received_on=on, received_by=name, how=how, entered_by=entered_by,
        due_on=slip.receipt_due_on,
    )  # fmt: skip
    slip.receipts.append(receipt)
    return receipt


def own_line(slip: Slip, unit_id: int) -> Target:
    """What the trail says of one unit's handling of a slip: other units on the slip do not see those lines."""
    return Target("slip_receipt", f"{slip.id}/{unit_id}")


def _note_reading(session: Session, slip: Slip, unit_id: int, *, actor: Actor, now: datetime) -> bool:
    """Whether it was the first time, whoever else of the unit opens it at this moment."""
    row = {"slip_id": slip.id, "unit_id": unit_id, "read_at": now, "read_by": actor.name}
    insert = insert_into(session, SlipReading).values(row).on_conflict_do_nothing(index_elements=["slip_id", "unit_id"])
    return session.execute(insert.returning(SlipReading.unit_id)).first() is not None


def _receipt(slip: Slip, unit_id: int) -> SlipReceipt | None:
    return next((it for it in slip.receipts if it.unit_id == unit_id), None)


def _account(session: Session, account_id: int | None, unit_id: int) -> Account | None:
    if account_id is None:
        return None
    account = session.get(Account, account_id)
    if account is None or account.unit_id != unit_id or account.state is not AccountState.ACTIVE:
        raise RuleBroken("所选账号不是本单位现用的账号，请重新选择。", field="account_id")
    return account


def _check_name(name: str) -> None:
    if not name:
        raise RuleBroken("请填写经办人姓名，或选择本单位的账号。", field="name")
    if len(name) > LONGEST_NAME:
        raise RuleBroken(f"经办人最多 {LONGEST_NAME} 个字，请精简。", field="name")
    told = not_printable(name)
    if told:
        raise RuleBroken(told, field="name")
