"""Slips in lists: filtered, sorted, counted, and in the order in which their papers are printed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Select, and_, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.ages import Age
from portal.domain.matter_course import CLOCK_RUNS
from portal.domain.people import Actor
from portal.domain.signing import ISSUED_STATES, NUMBERED_STATES, SENT_STATES
from portal.domain.slips import SlipState
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.models.people import Leader, Unit
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter, SlipReceipt
from portal.store.paging import Page, Wanted, page_of
from portal.store.queries.signatures import waits_for_scan, waits_for_signing
from portal.store.queries.visibility import visible_slips

NEVER = date(9999, 12, 31)
OPEN_STATES = (SlipState.DRAFT, SlipState.AWAITING_SIGNATURE, SlipState.SIGNED, *SENT_STATES)
"""Somebody still owes something on it."""


@dataclass(frozen=True, slots=True)
class SlipFilter:
    """What a list of slips is narrowed to; every field left out narrows nothing.

    `day` is the reception day, `first` and `last` span several; `unit_id` finds slips the unit leads or assists;
    `received` those the lead unit has signed for; `late_on` issued ones whose last day is over by then; `aged` open ones that are
    so old on a day; `unreceived_by` issued ones that unit has not signed for yet; `signer_ids` those that wait for one of these leaders'
    signature, or for a countersignature of one of `countersigner_ids`; `unscanned` those signed by hand without a scan.
    """

    state: SlipState | None = None
    day: date | None = None
    first: date | None = None
    last: date | None = None
    unit_id: int | None = None
    signer_ids: frozenset[int] | None = None
    countersigner_ids: frozenset[int] = frozenset()
    unscanned: bool = False
    unreceived_by: int | None = None
    words: str = ""
    received: bool = False
    late_on: date | None = None
    aged: tuple[Age, date] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is narrowed at all."""
        return all(getattr(self, field.name) == field.default for field in fields(self))


@dataclass(frozen=True, slots=True)
class SlipRow:
    """One slip in a list; `runs` is whether time still counts against its last day."""

    id: int
    number: str | None
    day: date
    first_enterprise: str | None
    enterprises: int
    first_title: str | None
    matters: int
    receiver: str | None
    signer: str | None
    lead_official: str | None
    lead_unit: str | None
    due_on: date | None
    state: SlipState
    runs: bool

    @property
    def enterprise(self) -> str | None:
        """Whose matters: the one enterprise, or 甲公司等3家."""
        return f"{self.first_enterprise}等{self.enterprises}家" if self.enterprises > 1 else self.first_enterprise

    @property
    def title(self) -> str:
        """The first matter, and how many there are: 厂房产权办证 等 3 项."""
        return f"{self.first_title} 等 {self.matters} 项" if self.matters > 1 else self.first_title or ""


_NUMBERED_LAST = func.coalesce(Slip.year, 9999, type_=Integer) * 1_000_000 + func.coalesce(
    Slip.serial, 0, type_=Integer
)


_ENTRY, _MATTER = aliased(SlipMatter), aliased(Matter)
_held = aliased(ReceptionDay)


SLIP_SORTS: Mapping[str, ColumnElement[Any]] = {
    "newest": Slip.id.expression,
    "number": _NUMBERED_LAST,
    "day": ReceptionDay.day.expression,
    "enterprise": func.coalesce(Enterprise.name, ""),
    "due": func.coalesce(Slip.due_on, literal(NEVER, Date), type_=Date),
}
"""By what a list of slips can be sorted; drafts without a number come after the numbered ones."""


def slip_rows(session: Session, actor: Actor, asked: SlipFilter, wanted: Wanted) -> Page[SlipRow]:
    """One page of the slips an actor may see."""
    page = page_of(session, _listed(actor, asked), wanted, keys=SLIP_SORTS, identity=Slip.id.expression)
    return replace(page, rows=[SlipRow(*row) for row in page.rows])


def all_slip_rows(session: Session, actor: Actor, asked: SlipFilter) -> Sequence[SlipRow]:
    """Every slip of a list in the order of the numbers: for export."""
    statement = _listed(actor, asked).order_by(_NUMBERED_LAST, Slip.id)
    return [SlipRow(*row) for row in session.execute(statement)]


def counting_slips(statement: Select[Any], actor: Actor, asked: SlipFilter) -> Select[Any]:
    """The slips the actor may see and asked for, for a count: joined with nothing else."""
    return statement.select_from(Slip).where(visible_slips(actor, counted=True), *_clauses(asked))


def slip_is_overdue(today: date) -> ColumnElement[bool]:
    """Issued, and a matter on it is past its last day without a signed result."""
    entry, matter = aliased(SlipMatter), aliased(Matter)
    late = (
        select(entry.slip_id)
        .join(matter, matter.id == entry.matter_id)
        .where(entry.ended_at.is_(None), matter.state.in_(CLOCK_RUNS), matter.due_on < today)
    )
    return and_(Slip.state.in_(SENT_STATES), Slip.id.in_(late.correlate(None)))


def slip_clock_runs() -> ColumnElement[bool]:
    """Time counts against its last day: signed and not issued yet, or with units that still owe a signed result."""
    entry, matter = aliased(SlipMatter), aliased(Matter)
    owed = (
        select(entry.slip_id)
        .join(matter, matter.id == entry.matter_id)
        .where(entry.slip_id == Slip.id, entry.ended_at.is_(None), matter.state.in_(CLOCK_RUNS))
    )
    return or_(Slip.state == SlipState.SIGNED, and_(Slip.state.in_(SENT_STATES), owed.correlate(Slip).exists()))


def slip_is_open() -> ColumnElement[bool]:
    """Neither closed nor returned nor void: somebody still owes something on it."""
    return Slip.state.in_(OPEN_STATES)


def slip_is_of_age(age: Age, today: date) -> ColumnElement[bool]:
    """Whether the reception day of a slip is so long ago."""
    return _of_days(*age.span(today))


def _of_days(first: date | None, last: date | None) -> ColumnElement[bool]:
    """Whether a slip is of a reception day in this span, without the day joined."""
    held = select(_held.id).where(_held.day.between(first or date.min, last or date.max))
    return Slip.reception_day_id.in_(held.correlate(None))


def lead_unit_signed() -> ColumnElement[bool]:
    """Whether the lead unit has signed for the slip."""
    return (
        select(SlipReceipt.slip_id)
        .where(SlipReceipt.slip_id == Slip.id, SlipReceipt.unit_id == Slip.lead_unit_id)
        .correlate(Slip)
        .exists()
    )


def slips_of_matter(session: Session, actor: Actor, matter_id: int) -> Sequence[SlipRow]:
    """The slips a matter is or was on, newest first, as far as the actor may see them."""
    on_it = Slip.id.in_(select(SlipMatter.slip_id).where(SlipMatter.matter_id == matter_id))
    return [
        SlipRow(*row) for row in session.execute(_listed(actor, SlipFilter()).where(on_it).order_by(Slip.id.desc()))
    ]


def paper_slips(
    session: Session,
    actor: Actor,
    *,
    slip_id: int | None = None,
    day: date | None = None,
    states: Sequence[SlipState] = tuple(SlipState),
) -> Sequence[int]:
    """The ids of the slips whose papers somebody may print: one slip, or a day's in the order of their numbers."""
    statement = (
        select(Slip.id)
        .join(ReceptionDay, ReceptionDay.id == Slip.reception_day_id)
        .where(visible_slips(actor), Slip.state.in_(states))
        .order_by(_NUMBERED_LAST, Slip.id)
    )
    if slip_id is not None:
        statement = statement.where(Slip.id == slip_id)
    if day is not None:
        statement = statement.where(ReceptionDay.day == day)
    return session.scalars(statement).all()


def batch_slips(session: Session, actor: Actor, asked: SlipFilter, among: Sequence[int] | None = None) -> Sequence[int]:
    """The ids of a list's slips to print, in the order of their numbers; or of some of them that were ticked.

    Without a state the numbered ones that are not void; what was ticked is printed whatever its state.
    """
    statement = _joined(select(Slip.id)).where(visible_slips(actor)).order_by(_NUMBERED_LAST, Slip.id)
    if among is not None:
        return session.scalars(statement.where(Slip.id.in_(among))).all()
    standing = [] if asked.state else [Slip.state.in_(NUMBERED_STATES)]
    return session.scalars(statement.where(*_clauses(asked), *standing)).all()


def slip_id_of_number(session: Session, actor: Actor, number: str) -> int | None:
    """The slip with exactly this number, if the actor may see it."""
    return session.scalar(select(Slip.id).where(Slip.number == number, visible_slips(actor)))


def _joined(statement: Select[Any]) -> Select[Any]:
    """With the day, the first matter (positions begin with 1) and the enterprise."""
    return (
        statement.join(ReceptionDay, ReceptionDay.id == Slip.reception_day_id)
        .outerjoin(SlipMatter, and_(SlipMatter.slip_id == Slip.id, SlipMatter.position == 1))
        .outerjoin(Matter, Matter.id == SlipMatter.matter_id)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
    )


def _listed(actor: Actor, asked: SlipFilter) -> Select[Any]:
    receiver, signer, official = aliased(Leader), aliased(Leader), aliased(Leader)
    carried = select(func.count()).select_from(_ENTRY).where(_ENTRY.slip_id == Slip.id).correlate(Slip)
    asking = (
        select(func.count(_MATTER.enterprise_id.distinct()))
        .select_from(_ENTRY)
        .join(_MATTER, _MATTER.id == _ENTRY.matter_id)
        .where(_ENTRY.slip_id == Slip.id)
        .correlate(Slip)
    )
    columns = select(
        Slip.id,
        Slip.number,
        ReceptionDay.day,
        Enterprise.name,
        asking.scalar_subquery(),
        Matter.title,
        carried.scalar_subquery(),
        receiver.name,
        signer.name,
        official.name,
        Unit.name,
        Slip.due_on,
        Slip.state,
        slip_clock_runs(),
    ).select_from(Slip)
    return (
        _joined(columns)
        .outerjoin(receiver, receiver.id == Slip.receiver_id)
        .outerjoin(signer, signer.id == Slip.signer_id)
        .outerjoin(official, official.id == Slip.lead_official_id)
        .outerjoin(Unit, Unit.id == Slip.lead_unit_id)
        .where(visible_slips(actor), *_clauses(asked))
    )


def _clauses(asked: SlipFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.state is not None:
        found.append(Slip.state == asked.state)
    if asked.day is not None:
        found.append(_of_days(asked.day, asked.day))
    if asked.first is not None or asked.last is not None:
        found.append(_of_days(asked.first, asked.last))
    if asked.unit_id is not None:
        found.append(_takes_part(asked.unit_id))
    if asked.signer_ids is not None:
        found.append(waits_for_signing(asked.signer_ids, asked.countersigner_ids))
    if asked.unscanned:
        found.append(waits_for_scan())
    if asked.unreceived_by is not None:
        signed = select(SlipReceipt.unit_id).where(
            SlipReceipt.slip_id == Slip.id, SlipReceipt.unit_id == asked.unreceived_by
        )
        found += [_takes_part(asked.unreceived_by), Slip.state.in_((SlipState.ISSUED, SlipState.RECEIVED))]
        found.append(~signed.exists())
    if asked.received:
        found += [Slip.state.in_(ISSUED_STATES), lead_unit_signed()]
    if asked.late_on is not None:
        found.append(slip_is_overdue(asked.late_on))
    if asked.aged is not None:
        found += [slip_is_open(), slip_is_of_age(*asked.aged)]
    return [*found, *(_one_word(word) for word in asked.words.split())]


def _takes_part(unit_id: int) -> ColumnElement[bool]:
    assists = select(AssistingUnit.slip_id).where(AssistingUnit.unit_id == unit_id)
    return or_(Slip.lead_unit_id == unit_id, Slip.id.in_(assists.correlate(None)))


def _one_word(word: str) -> ColumnElement[bool]:
    """A word occurs in the number, or in the title, number or enterprise of any matter on the slip."""
    entry, matter, enterprise = aliased(SlipMatter), aliased(Matter), aliased(Enterprise)
    on_it = (
        select(entry.slip_id)
        .join(matter, matter.id == entry.matter_id)
        .outerjoin(enterprise, enterprise.id == matter.enterprise_id)
        .where(
            entry.slip_id == Slip.id,
            or_(
                matter.title.contains(word, autoescape=True),
                matter.number.contains(word, autoescape=True),
                enterprise.name.contains(word, autoescape=True),
            ),
        )
        .correlate(Slip)
    )
    return or_(Slip.number.contains(word, autoescape=True), on_it.exists())
