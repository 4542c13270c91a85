"""Requests to re-date or cancel a day: what waits, what was decided, and where a date's reception day went."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from portal.domain.bookings import ACTIVE_STATES, BookingState
from portal.domain.day_changes import ApprovedHow, ChangeKind, ChangeState
from portal.domain.duty_clashes import OnDuty
from portal.domain.errors import NotFound
from portal.domain.leaves import LeaveState
from portal.domain.masking import mask_phone
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.store.models.bookings import Booking, InvitedUnit
from portal.store.models.duty import Leave
from portal.store.models.enterprises import Enterprise
from portal.store.models.people import Leader
from portal.store.models.reception import DayChange, DutyTurn, ReceptionDay, Slot
from portal.store.paging import Page, Wanted, page_of

SORTS = ("asked", "day")
EXPORTED = 5_000


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A request with the day as it stands now; `day` is where the reception day is today, `from_day` where it was."""

    id: int
    day_id: int
    day: date
    version: int
    kind: ChangeKind
    from_day: date
    to_day: date | None
    reason: str
    state: ChangeState
    asked_by: str
    asked_at: datetime
    how: ApprovedHow | None
    decided_by: str
    decided_on: date | None
    decided_at: datetime | None
    remark: str


def day_changes(
    session: Session, wanted: Wanted, *, state: ChangeState | None = None, kind: ChangeKind | None = None
) -> Page[ChangeRow]:
    """One page of requests in some state, by default those that were decided, and of some kind, in two statements."""
    statement = _changes().where(DayChange.state == state if state else DayChange.state != ChangeState.WAITING)
    if kind is not None:
        statement = statement.where(DayChange.kind == kind)
    keys: dict[str, Any] = {
        "asked": DayChange.asked_at.expression,
        "day": DayChange.from_day.expression,
    }
    page = page_of(session, statement, wanted, keys=keys, identity=DayChange.id.expression)
    return Page([ChangeRow(*row) for row in page.rows], wanted, page.next_key, page.previous_key, page.total)


def all_day_changes(
    session: Session, *, state: ChangeState | None = None, kind: ChangeKind | None = None
) -> Sequence[ChangeRow]:
    """Every request in some state and of some kind, or all, the latest first, for a spreadsheet: at most 5,000."""
    statement = _changes().order_by(DayChange.id.desc()).limit(EXPORTED)
    if state is not None:
        statement = statement.where(DayChange.state == state)
    if kind is not None:
        statement = statement.where(DayChange.kind == kind)
    return [ChangeRow(*row) for row in session.execute(statement)]


def waiting_changes(session: Session, *, kind: ChangeKind | None = None) -> Sequence[ChangeRow]:
    """Requests that wait for approval, of some kind or any, those of the earliest days first."""
    statement = _changes().where(DayChange.state == ChangeState.WAITING)
    if kind is not None:
        statement = statement.where(DayChange.kind == kind)
    rows = session.execute(statement.order_by(DayChange.from_day, DayChange.id))
    return [ChangeRow(*row) for row in rows]


def changes_of_day(session: Session, day_id: int) -> Sequence[ChangeRow]:
    """Every request about one reception day, the latest first."""
    rows = session.execute(_changes().where(DayChange.reception_day_id == day_id).order_by(DayChange.id.desc()))
    return [ChangeRow(*row) for row in rows]


def day_change(session: Session, change_id: int) -> ChangeRow:
    """One request. Raises NotFound."""
    row = session.execute(_changes().where(DayChange.id == change_id)).first()
    if row is None:
        raise NotFound("没有找到这份变更申请。请从“改期与取消”列表进入。")
    return ChangeRow(*row)


def redated_days(session: Session, days: Collection[date]) -> Mapping[date, date]:
    """Where the reception days that once stood on these dates are now; dates from which none was re-dated are left out."""
    rows = session.execute(
        select(DayChange.from_day, ReceptionDay.day)
        .join(ReceptionDay, ReceptionDay.id == DayChange.reception_day_id)
        .where(
            DayChange.from_day.in_(list(days)),
            DayChange.kind == ChangeKind.REDATE,
            DayChange.state == ChangeState.APPROVED,
            ReceptionDay.day != DayChange.from_day,
        )
        .order_by(DayChange.id)
    )
    return dict(rows.tuples().all())


def _changes() -> Select[Any]:
    return select(
        DayChange.id, DayChange.reception_day_id, ReceptionDay.day, ReceptionDay.version, DayChange.kind,
        DayChange.from_day, DayChange.to_day, DayChange.reason, DayChange.state, DayChange.asked_by, DayChange.asked_at,
        DayChange.how, DayChange.decided_by, DayChange.decided_on, DayChange.decided_at, DayChange.remark,
    ).join(ReceptionDay, ReceptionDay.id == DayChange.reception_day_id)  # fmt: skip


def people_on_duty(session: Session, day_id: int, around: date, within_days: int) -> Sequence[OnDuty]:
    """Those on duty on a reception day with what may keep them from another date, in three statements."""
    turns = session.execute(
        select(DutyTurn.seat, Leader.id, Leader.name, Leader.serves_from, Leader.serves_until)
        .join(Leader, Leader.id == DutyTurn.leader_id)
        .where(DutyTurn.reception_day_id == day_id)
        .order_by(DutyTurn.id)
    ).all()
    ids = [row.id for row in turns]
    leaves = session.execute(
        select(Leave.leader_id, Leave.starts_on, Leave.ends_on)
        .where(
            Leave.leader_id.in_(ids),
            Leave.state == LeaveState.APPROVED,
            Leave.starts_on <= around,
            Leave.ends_on >= around,
        )
        .order_by(Leave.starts_on, Leave.id)
    ).all()
    nearby = timedelta(days=within_days)
    others = session.execute(
        select(DutyTurn.leader_id, ReceptionDay.day)
        .join(ReceptionDay, ReceptionDay.id == DutyTurn.reception_day_id)
        .where(
            DutyTurn.leader_id.in_(ids),
            ReceptionDay.id != day_id,
            ReceptionDay.state != DayState.CANCELLED,
            ReceptionDay.day.between(around - nearby, around + nearby),
        )
        .order_by(ReceptionDay.day)
    ).all()
    return [
        OnDuty(
            row.id,
            row.name,
            DutySeat(row.seat),
            row.serves_from,
            row.serves_until,
            tuple((first, last) for leader, first, last in leaves if leader == row.id),
            tuple(day for leader, day in others if leader == row.id),
        )
        for row in turns
    ]


@dataclass(frozen=True, slots=True)
class CallLine:
    """An enterprise to telephone because its reception day was moved or cancelled."""

    booking_id: int
    starts_at: time
    enterprise: str
    visitor_name: str
    visitor_phone: str

    @property
    def masked_phone(self) -> str:
        """138****5678."""
        return mask_phone(self.visitor_phone)


def enterprises_to_call(session: Session, day_id: int, cancelled_with: str) -> Sequence[CallLine]:
    """Enterprises booked for a day, and those whose booking ended with it (`cancelled_with` begins their reason)."""
    rows = session.execute(
        select(Booking.id, Slot.starts_at, Enterprise.name, Booking.visitor_name, Booking.visitor_phone)
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .where(
            Booking.reception_day_id == day_id,
            or_(
                Booking.state.in_((BookingState.PENDING, BookingState.CONFIRMED)),
                and_(
                    Booking.state == BookingState.CANCELLED,
                    Booking.ended_reason.startswith(cancelled_with, autoescape=True),
                ),
            ),
        )
        .order_by(Slot.starts_at, Booking.id)
    )
    return [CallLine(*row) for row in rows]


def units_invited_on(session: Session, day_id: int) -> Sequence[int]:
    """The units asked to sit in on some booking of a day that still stands."""
    return session.scalars(
        select(InvitedUnit.unit_id)
        .join(Booking, Booking.id == InvitedUnit.booking_id)
        .where(Booking.reception_day_id == day_id, Booking.state.in_(ACTIVE_STATES))
        .distinct()
        .order_by(InvitedUnit.unit_id)
    ).all()


def state_on(session: Session, day: date) -> DayState | None:
    """The state of the reception day on a date, None when there is none."""
    return session.scalar(select(ReceptionDay.state).where(ReceptionDay.day == day))
