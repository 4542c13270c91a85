"""What counts with the working calendar and is still to come: open limits of slips, coming reception days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from portal.domain.clocks import Counted
from portal.domain.day_changes import ChangeState
from portal.domain.reception_days import DayState
from portal.domain.reception_rules import parse_rule
from portal.domain.recounts import Hold, RuledDay
from portal.domain.signing import ISSUED_STATES
from portal.domain.slips import SlipState
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.models.reception import DayChange, ReceptionDay
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter, SlipReceipt


@dataclass(frozen=True, slots=True)
class CountedSlip:
    """An open slip whose date was counted in working days; `of_receipt`: the date by which units sign for it."""

    id: int
    number: str | None
    state: SlipState
    enterprise: str
    limit: Counted
    of_receipt: bool = False

    @property
    def name(self) -> str:
        """Its number, or that it is a draft of some enterprise."""
        if self.of_receipt:
            return f"{self.number}签收期限"
        return self.number or (f"交办单草稿（{self.enterprise}）" if self.enterprise else "交办单草稿")


def counted_slips(session: Session, *, today: date) -> Sequence[CountedSlip]:
    """Slips that stand, whose counted date is still ahead, the earliest first, in one statement."""
    rows = session.execute(
        select(Slip.id, Slip.number, Slip.state, Enterprise.name, Slip.due_from, Slip.due_days, Slip.due_on)
        .outerjoin(SlipMatter, and_(SlipMatter.slip_id == Slip.id, SlipMatter.position == 1))
        .outerjoin(Matter, Matter.id == SlipMatter.matter_id)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .where(Slip.state != SlipState.VOID, Slip.due_days.is_not(None), Slip.due_on > today)
        .order_by(Slip.due_on, Slip.id)
    )
    return [
        CountedSlip(slip_id, number, state, enterprise or "", Counted(start, days, due))
        for slip_id, number, state, enterprise, start, days, due in rows
    ]


def slips_to_receive(session: Session, *, today: date) -> Sequence[CountedSlip]:
    """Issued slips some unit has not signed for yet, whose last day for it is still ahead, in one statement."""
    helpers = select(func.count()).where(AssistingUnit.slip_id == Slip.id).correlate(Slip).scalar_subquery()
    signed = select(func.count()).where(SlipReceipt.slip_id == Slip.id).correlate(Slip).scalar_subquery()
    rows = session.execute(
        select(Slip.id, Slip.number, Slip.state, Slip.issued_at, Slip.receipt_days, Slip.receipt_due_on)
        .where(
            Slip.state.in_(ISSUED_STATES),
            Slip.receipt_due_on > today,
            Slip.receipt_due_at.is_(None),
            signed < helpers + 1,
        )
        .order_by(Slip.receipt_due_on, Slip.id)
    )
    return [
        CountedSlip(slip_id, number, state, "", Counted(issued_at.date(), days, due), of_receipt=True)
        for slip_id, number, state, issued_at, days, due in rows
    ]


def ruled_days(session: Session, *, today: date) -> Sequence[RuledDay]:
    """Coming days that a rule made, each with what keeps it where it is, in three statements."""
    rows = session.scalars(
        select(ReceptionDay)
        .where(
            ReceptionDay.day > today,
            ReceptionDay.nominal.is_not(None),
            ReceptionDay.on_holiday.is_not(None),
            ReceptionDay.state.in_((DayState.PLANNED, DayState.PUBLISHED)),
        )
        .order_by(ReceptionDay.day)
    ).all()
    ids = [day.id for day in rows]
    booked = set(
        session.scalars(
            select(Booking.reception_day_id).where(Booking.reception_day_id.in_(ids), Booking.seat_id.is_not(None))
        )
    )
    asked = set(
        session.scalars(
            select(DayChange.reception_day_id).where(
                DayChange.reception_day_id.in_(ids), DayChange.state == ChangeState.WAITING
            )
        )
    )
    return [
        RuledDay(
            day.id,
            day.day,
            parse_rule(day.rule),
            day.nominal,
            day.on_holiday,
            day.make_up_days,
            _hold(day, booked, asked),
        )
        for day in rows
        if day.nominal is not None and day.on_holiday is not None
    ]


def _hold(day: ReceptionDay, booked: set[int], asked: set[int]) -> Hold | None:
    if day.id in asked:
        return Hold.ASKED
    if day.state is DayState.PUBLISHED:
        return Hold.PUBLISHED
    return Hold.BOOKED if day.id in booked else None


def other_dates(session: Session, ruled: Sequence[RuledDay]) -> set[date]:
    """The dates that reception days stand on, apart from some days; a cancelled day keeps its date too."""
    return set(session.scalars(select(ReceptionDay.day).where(ReceptionDay.id.not_in([it.id for it in ruled]))))
