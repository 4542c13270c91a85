"""What the receipt sheet of a slip, a day or a list says (签收情况表)."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.receipt_sheet import ReceiptLine, ReceiptSheet
from portal.documents.words import day, moment
from portal.domain.people import Action, Actor, must
from portal.domain.receipts import ReceiptRate, lateness, lateness_in_full
from portal.domain.slips import SlipState
from portal.domain.workdays import WorkingCalendar
from portal.services.calendars import calendar_now
from portal.store.queries.office import office_rules
from portal.store.queries.receipts import ReceiptRow


def sheet_of(session: Session, rows: Sequence[ReceiptRow], scope: str, *, actor: Actor, now: datetime) -> ReceiptSheet:
    """The sheet for rows that were read as somebody may see them."""
    must(actor, Action.SEE_BUSINESS)
    rules, calendar, today = office_rules(session), calendar_now(session), now.astimezone(ZONE).date()
    rate = rate_of(rows, today)
    return ReceiptSheet(
        district=rules.district,
        scope=scope,
        lines=tuple(_line(it, calendar, today) for it in rows),
        waiting=sum(it.waits for it in rows),
        rate=f"{rate.percent}（{rate.in_time}/{rate.due}）" if rate.due else rate.percent,
        printed_at=now,
        is_sample=rules.sample,
    )


def rate_of(rows: Sequence[ReceiptRow], today: date) -> ReceiptRate:
    """How punctual the units on these rows were."""
    counted = [it for it in rows if it.state is not SlipState.VOID and it.receipt_due_on is not None]
    signed = [it for it in counted if it.received_on is not None]
    in_time = sum(it.received_on <= it.receipt_due_on for it in signed if it.received_on and it.receipt_due_on)
    missing = sum(it.receipt_due_on < today for it in counted if it.received_on is None and it.receipt_due_on)
    return ReceiptRate(in_time, len(signed) - in_time, missing)


def received_text(it: ReceiptRow) -> str:
    """When and how a unit signed: 2026年11月23日 9:20 网上签收; a paper may know no hour."""
    if it.received_at is None or it.received_on is None or it.how is None:
        return ""
    return f"{moment(it.received_at) if it.tells_the_hour else day(it.received_on)} {it.how.label}"


def remark_of(it: ReceiptRow, calendar: WorkingCalendar, today: date) -> str:
    """What else there is to say of a receipt: that it was late, or that the slip has become void."""
    if it.state is SlipState.VOID:
        return "交办单已作废"
    return lateness_in_full(calendar, it.receipt_due_on, it.received_on, today)


def _line(it: ReceiptRow, calendar: WorkingCalendar, today: date) -> ReceiptLine:
    return ReceiptLine(
        number=it.number,
        unit=it.unit,
        role=it.role,
        due_on=it.receipt_due_on,
        read=moment(it.read_at) if it.read_at else "",
        received=received_text(it),
        received_by=it.received_by,
        handed_to=it.handed_to,
        remark="交办单已作废"
        if it.state is SlipState.VOID
        else lateness(calendar, it.receipt_due_on, it.received_on, today),
    )
