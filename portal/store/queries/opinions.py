"""Units' opinions: what is asked of whom by when, what was answered, and who may see it (NX-18, domain 7.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, false, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from portal.domain.bookings import STANDING_STATES, BookingState
from portal.domain.errors import NotFound
from portal.domain.matters import MatterKind, MatterState
from portal.domain.opinions import OpinionState, is_late
from portal.domain.people import Actor, Role
from portal.domain.reception_days import ENDED, DayState
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Category, Matter, Opinion
from portal.store.models.people import Unit
from portal.store.models.reception import ReceptionDay, Slot
from portal.store.paging import Page, Wanted, page_of
from portal.store.queries.enterprises import found_by

OPINION_SORTS = ("waiting", "due", "day", "unit", "enterprise", "state")
EXPORTED = 20_000
_upper = aliased(Category)


def visible_opinions(actor: Actor) -> ColumnElement[bool]:
    """The opinions an actor may see, as a clause over `Opinion`: the office all, a unit its own, nobody else any."""
    if actor.role is Role.OFFICE:
        return true()
    if actor.role is Role.UNIT and actor.unit_id is not None:
        return Opinion.unit_id == actor.unit_id
    return false()


def still_wanted(today: date) -> ColumnElement[bool]:
    """Whether an answer is still of use: the enterprise is still expected, on a day that has neither passed nor ended."""
    return and_(Booking.state.in_(STANDING_STATES), ReceptionDay.state.not_in(ENDED), ReceptionDay.day >= today)


@dataclass(frozen=True, slots=True)
class SoughtOpinions:
    """What the list is narrowed to."""

    day: date | None = None
    unit_id: int | None = None
    state: OpinionState | None = None
    overdue: bool = False
    text: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether everything is listed."""
        return self == SoughtOpinions()


@dataclass(frozen=True, slots=True)
class OpinionRow:
    """A request for an opinion in the list."""

    id: int
    unit_id: int
    unit: str
    state: OpinionState
    due_on: date
    answered_at: datetime | None
    matter_id: int
    number: str
    title: str
    enterprise: str
    day: date
    opinion: str
    policy_basis: str
    answered_by: str
    wanted: bool

    @property
    def came_late(self) -> bool:
        """Whether it was answered after its date."""
        return self.answered_at is not None and is_late(self.due_on, self.answered_at.date())

    def is_overdue(self, today: date) -> bool:
        """Whether it has not been answered although its date has passed and the answer is still of use."""
        return self.state is OpinionState.ASKED and self.wanted and is_late(self.due_on, today)


def opinion_rows(
    session: Session, actor: Actor, sought: SoughtOpinions, wanted: Wanted, *, today: date
) -> Page[OpinionRow]:
    """One page of the opinions this person may see; the order `waiting`, falling, begins with what is overdue."""
    open_ = and_(Opinion.state.in_((OpinionState.ASKED, OpinionState.DECLINED)), still_wanted(today))
    pressing = case((and_(open_, Opinion.due_on < today), "2"), (open_, "1"), else_="0")
    keys: dict[str, ColumnElement[Any]] = {
        "waiting": pressing + cast(Opinion.due_on, String),
        "due": Opinion.due_on.expression,
        "day": ReceptionDay.day.expression,
        "unit": Unit.position.expression,
        "enterprise": Enterprise.initials.expression,
        "state": cast(Opinion.state, String),
    }
    page = page_of(session, _listed(actor, sought, today), wanted, keys=keys, identity=Opinion.id.expression)
    return Page([OpinionRow(*row) for row in page.rows], wanted, page.next_key, page.previous_key, page.total)


def all_opinions(session: Session, actor: Actor, sought: SoughtOpinions, *, today: date) -> Sequence[OpinionRow]:
    """The whole list by day for a spreadsheet, at most 20,000 rows."""
    ordered = _listed(actor, sought, today).order_by(ReceptionDay.day, Enterprise.initials, Opinion.id)
    return [OpinionRow(*row) for row in session.execute(ordered.limit(EXPORTED))]


def opinion_counts(session: Session, actor: Actor, *, today: date) -> tuple[int, int, int]:
    """How many answers are still wanted, how many of those are overdue, and how many units want to be let off."""
    asked = and_(Opinion.state == OpinionState.ASKED, still_wanted(today))
    row = session.execute(
        _joined(
            select(
                func.coalesce(func.sum(case((asked, 1), else_=0)), 0),
                func.coalesce(func.sum(case((and_(asked, Opinion.due_on < today), 1), else_=0)), 0),
                func.coalesce(
                    func.sum(case((and_(Opinion.state == OpinionState.DECLINED, still_wanted(today)), 1), else_=0)), 0
                ),
            ).select_from(Opinion)
        ).where(visible_opinions(actor), Opinion.state.in_((OpinionState.ASKED, OpinionState.DECLINED)))
    ).one()
    return row[0], row[1], row[2]


def _joined(statement: Select[Any]) -> Select[Any]:
    return (
        statement.join(Matter, Matter.id == Opinion.matter_id)
        .join(Booking, Booking.id == Matter.booking_id)
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
    )


def _listed(actor: Actor, sought: SoughtOpinions, today: date) -> Select[Any]:
    statement = (
        _joined(
            select(
                Opinion.id, Unit.id, Unit.short_name, Opinion.state, Opinion.due_on, Opinion.answered_at,
                Matter.id, Matter.number, Matter.title, Enterprise.name, ReceptionDay.day,
                Opinion.opinion, Opinion.policy_basis, Opinion.answered_by, still_wanted(today),
            ).select_from(Opinion)
        )
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .join(Unit, Unit.id == Opinion.unit_id)
        .where(visible_opinions(actor))
    )  # fmt: skip
    if sought.day is not None:
        statement = statement.where(ReceptionDay.day == sought.day)
    if sought.unit_id is not None:
        statement = statement.where(Opinion.unit_id == sought.unit_id)
    if sought.state is not None:
        statement = statement.where(Opinion.state == sought.state)
    if sought.overdue:
        statement = statement.where(Opinion.state == OpinionState.ASKED, Opinion.due_on < today, still_wanted(today))
    if sought.text:
        words = Matter.title.contains(sought.text, autoescape=True)
        numbered = Matter.number.contains(sought.text, autoescape=True)
        statement = statement.where(or_(found_by(sought.text), words, numbered))
    return statement


@dataclass(frozen=True, slots=True)
class OpinionPage:
    """One request in full, with no more of the enterprise and the matter than a unit needs to answer."""

    id: int
    version: int
    unit_id: int
    unit: str
    state: OpinionState
    question: str
    due_on: date
    asked_by: str
    asked_at: datetime
    opinion: str
    policy_basis: str
    answered_by: str
    answered_at: datetime | None
    recorded_by: str
    release_reason: str
    matter_id: int
    number: str
    kind: MatterKind
    category: str
    title: str
    detail: str
    matter_state: MatterState
    booking_id: int
    booking_state: BookingState
    enterprise: str
    day_id: int
    day: date
    day_state: DayState
    starts_at: time
    venue: str

    @property
    def came_late(self) -> bool:
        """Whether it was answered after its date."""
        return self.answered_at is not None and is_late(self.due_on, self.answered_at.date())

    def is_wanted(self, today: date) -> bool:
        """Whether an answer is still of use."""
        stands = self.booking_state in STANDING_STATES and self.day_state not in ENDED
        return stands and self.day >= today


def opinion_page(session: Session, actor: Actor, opinion_id: int) -> OpinionPage:
    """One request this person may see. Raises NotFound otherwise."""
    row = session.execute(
        _joined(
            select(
                Opinion.id, Opinion.version, Unit.id, Unit.short_name, Opinion.state, Opinion.question, Opinion.due_on,
                Opinion.asked_by, Opinion.asked_at, Opinion.opinion, Opinion.policy_basis, Opinion.answered_by,
                Opinion.answered_at, Opinion.recorded_by, Opinion.release_reason,
                Matter.id, Matter.number, Matter.kind,
                case((_upper.code.is_(None), Category.name), else_=_upper.name + " / " + Category.name),
                Matter.title, Matter.detail, Matter.state, Booking.id, Booking.state, Enterprise.name,
                ReceptionDay.id, ReceptionDay.day, ReceptionDay.state, Slot.starts_at, ReceptionDay.venue,
            ).select_from(Opinion)
        )
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .join(Unit, Unit.id == Opinion.unit_id)
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Category, Category.code == Matter.category_code)
        .outerjoin(_upper, _upper.code == Category.parent_code)
        .where(Opinion.id == opinion_id, visible_opinions(actor))
    ).first()  # fmt: skip
    if row is None:
        raise NotFound("没有找到这条征求意见，或不属于本单位。请从“单位意见”列表进入。")
    return OpinionPage(*row)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one unit was asked about a matter and said, as those who prepare the day read it."""

    id: int
    matter_id: int
    unit_id: int
    unit: str
    state: OpinionState
    due_on: date
    opinion: str
    policy_basis: str
    answered_by: str
    answered_at: datetime | None
    release_reason: str

    @property
    def came_late(self) -> bool:
        """Whether it was answered after its date."""
        return self.answered_at is not None and is_late(self.due_on, self.answered_at.date())

    def is_overdue(self, today: date) -> bool:
        """Whether it has not been answered although its date has passed."""
        return self.state is OpinionState.ASKED and is_late(self.due_on, today)


def answers_about(session: Session, matter_ids: Sequence[int]) -> dict[int, list[Answer]]:
    """What units were asked about some matters, by matter, in the district's order; withdrawn requests are left out."""
    rows = session.execute(
        select(
            Opinion.id, Opinion.matter_id, Unit.id, Unit.short_name, Opinion.state, Opinion.due_on, Opinion.opinion,
            Opinion.policy_basis, Opinion.answered_by, Opinion.answered_at, Opinion.release_reason,
        )
        .join(Unit, Unit.id == Opinion.unit_id)
        .where(Opinion.matter_id.in_(matter_ids), Opinion.state != OpinionState.WITHDRAWN)
        .order_by(Unit.position, Unit.id)
    )  # fmt: skip
    found: dict[int, list[Answer]] = {}
    for row in rows:
        answer = Answer(*row)
        found.setdefault(answer.matter_id, []).append(answer)
    return found


@dataclass(frozen=True, slots=True)
class MatterToAsk:
    """A matter that units can be asked about, with its enterprise and day."""

    id: int
    number: str
    title: str
    category_code: str
    enterprise: str
    booking_id: int
    day_id: int
    day: date


def matters_to_ask(
    session: Session,
    today: date,
    *,
    matter_id: int | None = None,
    booking_id: int | None = None,
    day: date | None = None,
) -> Sequence[MatterToAsk]:
    """The matters of a booking, of a day, or one matter, that an opinion is still of use for, in the order of reception."""
    statement = (
        select(
            Matter.id, Matter.number, Matter.title, Matter.category_code, Enterprise.name, Booking.id,
            ReceptionDay.id, ReceptionDay.day,
        )
        .join(Booking, Booking.id == Matter.booking_id)
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .join(Slot, Slot.id == Booking.slot_id)
        .where(still_wanted(today))
        .order_by(ReceptionDay.day, Slot.starts_at, Booking.id, Matter.position, Matter.id)
    )  # fmt: skip
    if matter_id is not None:
        statement = statement.where(Matter.id == matter_id)
    if booking_id is not None:
        statement = statement.where(Booking.id == booking_id)
    if day is not None:
        statement = statement.where(ReceptionDay.day == day)
    return [MatterToAsk(*row) for row in session.execute(statement)]
