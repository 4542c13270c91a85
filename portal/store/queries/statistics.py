"""The statistics line of the reception days (NX-22): what was held, who came, what they raised, what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import distinct, extract, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.bookings import RECEIVED_STATES
from portal.domain.matters import WITH_A_UNIT, MatterKind, MatterState
from portal.domain.people import Actor
from portal.domain.reception_days import HELD
from portal.domain.refusals import RefusalGround
from portal.domain.signing import ISSUED_STATES
from portal.domain.slips import SlipState
from portal.store.models.bookings import Booking
from portal.store.models.matters import Category, Matter
from portal.store.models.people import Leader
from portal.store.models.reception import DutyTurn, ReceptionDay
from portal.store.models.slips import Slip
from portal.store.queries.bookings import persons_of_booking
from portal.store.queries.handling_facts import MATTER_DAY
from portal.store.queries.matter_filters import MatterFilter, narrowed
from portal.store.queries.overdue import start_of
from portal.store.queries.slips import lead_unit_signed
from portal.store.queries.visibility import visible_days, visible_matters, visible_slips


@dataclass(frozen=True, slots=True)
class CategoryCount:
    """How many matters fall under a category of the upper level."""

    code: str
    name: str
    matters: int


@dataclass(frozen=True, slots=True)
class MonthCount:
    """How many matters a month brought."""

    year: int
    month: int
    problems: int
    others: int


@dataclass(frozen=True, slots=True)
class HeldDay:
    """One reception day behind the figures: batches, visits, persons, different enterprises, matters they brought."""

    day: date
    leader: str | None
    batches: int
    visits: int
    persons: int
    enterprises: int
    matters: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Exact counts over a span of days, both ends included; rates are made of them where they are shown.

    `days` are reception days held, `batches` slots in which somebody was received, `visits` receptions of an enterprise
    (家次), `persons` who came with them (人次), `enterprises` different ones among them. Matters are those of
    receptions that took place. `slips` are counted by the day of their reception, refused matters by their `grounds` in the
    order of the words (`signed_for` issued slips have the lead unit's receipt), None for those refused before grounds were written down.
    """

    days: int
    batches: int
    visits: int
    persons: int
    enterprises: int
    kinds: Mapping[MatterKind, int]
    states: Mapping[MatterState, int]
    overdue: int
    slips: Mapping[SlipState, int]
    signed_for: int
    grounds: Mapping[RefusalGround | None, int]
    categories: tuple[CategoryCount, ...]
    months: tuple[MonthCount, ...]

    @property
    def matters(self) -> int:
        """All matters brought."""
        return sum(self.kinds.values())

    @property
    def handled(self) -> int:
        """Matters handled by the procedure: settled, assigned, or refused with the reason (NX-33)."""
        return self.states[MatterState.SETTLED] + self.assigned + self.states[MatterState.REFUSED]

    @property
    def assigned(self) -> int:
        """Matters a unit has or had: assigned by a signed slip, wherever they stand on their way (domain 9)."""
        return sum(self.states[it] for it in WITH_A_UNIT)

    @property
    def issued(self) -> int:
        """Slips that went out and stand."""
        return sum(self.slips[state] for state in ISSUED_STATES)

    @property
    def numbered(self) -> int:
        """Slips with a number that stand; those back for changes are drafts and not counted."""
        return self.issued + self.slips[SlipState.AWAITING_SIGNATURE] + self.slips[SlipState.SIGNED]


def statistics(session: Session, actor: Actor, first: date, last: date, *, today: date) -> Statistics:
    """The figures of a span of days, as far as the actor sees the days and matters; seven statements."""
    asked = MatterFilter(first=first, last=last, received=True)
    in_span = ReceptionDay.day.between(first, last)
    days = session.scalar(
        select(func.count(ReceptionDay.id)).where(in_span, ReceptionDay.state.in_(HELD), visible_days(actor))
    )
    batches, visits, persons, enterprises = session.execute(
        select(
            func.count(distinct(Booking.slot_id)),
            func.count(Booking.id),
            func.coalesce(func.sum(persons_of_booking()), 0),
            func.count(distinct(Booking.enterprise_id)),
        )
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .where(in_span, Booking.state.in_(RECEIVED_STATES), visible_days(actor))
    ).one()
    grouped = session.execute(
        narrowed(
            select(Matter.kind, Matter.state, func.count(), Matter.refusal_ground), actor, asked, start_of(today)
        ).group_by(Matter.kind, Matter.state, Matter.refusal_ground)
    ).all()
    overdue = MatterFilter(first=first, last=last, received=True, overdue=True)
    late = session.scalar(narrowed(select(func.count()), actor, overdue, start_of(today)))
    slips = session.execute(
        select(Slip.state, func.count(), func.count().filter(lead_unit_signed()))
        .join(ReceptionDay, ReceptionDay.id == Slip.reception_day_id)
        .where(in_span, visible_slips(actor))
        .group_by(Slip.state)
    )
    by_state = slips.all()
    counted = {state: number for state, number, _ in by_state}
    return Statistics(
        days=days or 0,
        batches=batches,
        visits=visits,
        persons=persons,
        enterprises=enterprises,
        kinds={kind: sum(row[2] for row in grouped if row[0] is kind) for kind in MatterKind},
        states={state: sum(row[2] for row in grouped if row[1] is state) for state in MatterState},
        overdue=late or 0,
        grounds=_by_ground([(row[3], row[2]) for row in grouped if row[1] is MatterState.REFUSED]),
        signed_for=sum(row[2] for row in by_state if row[0] in ISSUED_STATES),
        slips={state: counted.get(state, 0) for state in SlipState},
        categories=_by_category(session, actor, asked, today),
        months=_by_month(session, actor, asked, today),
    )


def held_days(session: Session, actor: Actor, first: date, last: date) -> Sequence[HeldDay]:
    """The reception days that were counted, oldest first, each with its own figures, in one statement."""
    leader = (
        select(Leader.name)
        .join(DutyTurn, DutyTurn.leader_id == Leader.id)
        .where(DutyTurn.reception_day_id == ReceptionDay.id, DutyTurn.seat == "main")
        .order_by(DutyTurn.position)
        .limit(1)
        .correlate(ReceptionDay)
        .scalar_subquery()
    )
    came = select(func.count(distinct(Booking.id))).where(
        Booking.reception_day_id == ReceptionDay.id, Booking.state.in_(RECEIVED_STATES)
    )
    brought = (
        select(func.count(Matter.id))
        .outerjoin(Booking, Booking.id == Matter.booking_id)
        .where(
            Matter.reception_day_id == ReceptionDay.id,
            or_(Matter.booking_id.is_(None), Booking.state.in_(RECEIVED_STATES)),
            visible_matters(actor),
        )
        .correlate(ReceptionDay)
    )
    rows = session.execute(
        select(
            ReceptionDay.day,
            leader,
            came.with_only_columns(func.count(distinct(Booking.slot_id))).correlate(ReceptionDay).scalar_subquery(),
            came.correlate(ReceptionDay).scalar_subquery(),
            came.with_only_columns(func.coalesce(func.sum(persons_of_booking()), 0))
            .correlate(ReceptionDay)
            .scalar_subquery(),
            came.with_only_columns(func.count(distinct(Booking.enterprise_id)))
            .correlate(ReceptionDay)
            .scalar_subquery(),
            brought.scalar_subquery(),
        )
        .where(ReceptionDay.day.between(first, last), ReceptionDay.state.in_(HELD), visible_days(actor))
        .order_by(ReceptionDay.day)
    )
    return [HeldDay(*row) for row in rows]


def _by_ground(refused: Sequence[tuple[RefusalGround | None, int]]) -> dict[RefusalGround | None, int]:
    words = (*RefusalGround, None)
    counted = {word: sum(count for ground, count in refused if ground is word) for word in words}
    return {word: count for word, count in counted.items() if count}


def _by_category(session: Session, actor: Actor, asked: MatterFilter, today: date) -> tuple[CategoryCount, ...]:
    upper = aliased(Category)
    statement = narrowed(select(upper.code, upper.name, func.count()), actor, asked, start_of(today)).join(
        upper, upper.code == func.coalesce(Category.parent_code, Category.code)
    )
    rows = session.execute(statement.group_by(upper.code, upper.name).order_by(func.count().desc(), upper.code))
    return tuple(CategoryCount(*row) for row in rows)


def _by_month(session: Session, actor: Actor, asked: MatterFilter, today: date) -> tuple[MonthCount, ...]:
    year, month = extract("year", MATTER_DAY), extract("month", MATTER_DAY)
    problems = func.count(Matter.id).filter(Matter.kind == MatterKind.PROBLEM)
    statement = narrowed(select(year, month, problems, func.count(Matter.id) - problems), actor, asked, start_of(today))
    rows = session.execute(statement.group_by(year, month).order_by(year, month))
    return tuple(MonthCount(int(row[0]), int(row[1]), row[2], row[3]) for row in rows)
