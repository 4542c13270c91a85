"""Who has signed for which slip: by slip, by unit, for reminders, and as a rate (domain 9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from portal.domain.accounts import AccountState
from portal.domain.people import Actor, Role
from portal.domain.receipts import ReceiptRate, ReceiptStanding, ReceiptWanted, ReceivedHow, standing_of
from portal.domain.signing import SENT_STATES
from portal.domain.slips import SlipState
from portal.domain.unit_reminders import ReceiptAwaited
from portal.store.models.matters import Matter
from portal.store.models.people import Account, Unit
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter, SlipReading, SlipReceipt
from portal.store.paging import Page, Wanted, page_of, up_to_cap
from portal.store.queries.overdue import in_time, is_over
from portal.store.queries.visibility import visible_slips

NEVER = date(9999, 12, 31)
MOST_HELPERS = 1_000
"""Far more units than a slip can have: a slip and the place of a unit on it make one number."""


@dataclass(frozen=True, slots=True)
class ReceiptFilter:
    """Which receipts a list shows; `first` and `last` span the days by which they were to be signed."""

    wanted: ReceiptWanted | None = None
    unit_id: int | None = None
    slip_id: int | None = None
    day: date | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One unit on one issued slip: when it is to sign, whether it has read, signed, handed on."""

    slip_id: int
    number: str
    state: SlipState
    day: date
    title: str
    issued_at: datetime
    signed_on: date | None
    unit_id: int
    unit: str
    is_lead: bool
    due_on: date | None
    receipt_due_on: date | None
    receipt_due_at: datetime | None
    read_at: datetime | None
    read_by: str
    received_at: datetime | None
    received_on: date | None
    received_by: str
    how: ReceivedHow | None
    entered_by: str
    handed_to: str
    handed_at: datetime | None

    @property
    def standing(self) -> ReceiptStanding:
        """How far the slip has got in the unit."""
        return standing_of(
            read=self.read_at is not None, received=self.received_at is not None, handed_on=bool(self.handed_to)
        )

    @property
    def waits(self) -> bool:
        """Whether the unit still has to sign."""
        return self.received_at is None and self.state in SENT_STATES

    @property
    def role(self) -> str:
        """牵头 or 配合."""
        return "牵头" if self.is_lead else "配合"

    @property
    def tells_the_hour(self) -> bool:
        """Whether the hour of the signature is known: a paper may name the day only."""
        at = self.received_at
        return at is not None and (self.how is ReceivedHow.PAGE or (at.hour, at.minute) != (0, 0))


@dataclass(frozen=True, slots=True)
class UnitReceipts:
    """What one unit has not signed for yet, and how punctual it was in a span of days."""

    unit_id: int
    unit: str
    waiting: int
    overdue: int
    earliest: date | None
    rate: ReceiptRate


def receipts_of_slips(session: Session, actor: Actor, slip_ids: Sequence[int]) -> Sequence[ReceiptRow]:
    """Every unit on some issued slips the actor may see, the lead unit first; a unit sees its own line only."""
    part = _parts(Slip.id.in_(slip_ids))
    statement = _listed(part, actor).order_by(Slip.id, part.c.position)
    return [_row(it) for it in session.execute(statement)]


def receipt_rows(
    session: Session, actor: Actor, asked: ReceiptFilter, wanted: Wanted, *, now: datetime
) -> Page[ReceiptRow]:
    """One page of receipts, the most pressing first."""
    part = _parts(*_of_slips(asked))
    due = func.coalesce(_due(), literal(NEVER, Date), type_=Date)
    statement = _listed(part, actor).where(*_clauses(part, asked, now))
    identity = Slip.id * MOST_HELPERS + part.c.position
    page = page_of(session, statement, wanted, keys={"due": due, "newest": Slip.id.expression}, identity=identity)
    return replace(page, rows=[_row(it) for it in page.rows])


RECEIPT_SORTS = ("due", "newest")


def all_receipt_rows(session: Session, actor: Actor, asked: ReceiptFilter, *, now: datetime) -> Sequence[ReceiptRow]:
    """All of a list, slip by slip in the order of the numbers: for export and paper."""
    part = _parts(*_of_slips(asked))
    statement = _listed(part, actor).where(*_clauses(part, asked, now))
    return [_row(it) for it in session.execute(statement.order_by(Slip.year, Slip.serial, Slip.id, part.c.position))]


def receipts_by_unit(
    session: Session, actor: Actor, first: date, last: date, *, now: datetime
) -> Sequence[UnitReceipts]:
    """Units that have something to sign for or had in a span of days, those with most overdue first; one statement."""
    part = _parts()
    waits = and_(SlipReceipt.slip_id.is_(None), Slip.state.in_(SENT_STATES))
    late = and_(waits, is_over(Slip.receipt_due_on, Slip.receipt_due_at, now))
    counted = and_(Slip.state != SlipState.VOID, _due().between(first, last))
    columns = (
        _count(waits), _count(late), func.min(case((waits, Slip.receipt_due_on))),
        _count(and_(counted, _signed_in_time())),
        _count(and_(counted, SlipReceipt.slip_id.is_not(None), ~_signed_in_time())),
        _count(and_(counted, late)),
    )  # fmt: skip
    statement = (
        _joined(select(Unit.id, Unit.short_name, *columns), part, actor)
        .group_by(Unit.id, Unit.short_name, Unit.position)
        .order_by(columns[1].desc(), columns[0].desc(), Unit.position, Unit.id)
    )
    found = [
        UnitReceipts(unit_id, unit, waiting, overdue, earliest, ReceiptRate(*rate))
        for unit_id, unit, waiting, overdue, earliest, *rate in session.execute(statement)
    ]
    return [it for it in found if it.waiting or it.rate.due]


def waiting_places(session: Session, unit_id: int, *, slip_id: int | None = None) -> list[tuple[int, int]]:
    """The slips a unit has not signed for, each with the unit; one slip only if it is named."""
    part = _parts(*([Slip.id == slip_id] if slip_id is not None else []))
    statement = _joined(select(Slip.id, part.c.unit_id), part).where(
        part.c.unit_id == unit_id, SlipReceipt.slip_id.is_(None), Slip.state.in_(SENT_STATES)
    )
    return [(row[0], row[1]) for row in session.execute(statement.order_by(Slip.id))]


def waiting_receipts() -> Select[tuple[int]]:
    """A count of what units have not signed for yet, each unit on each slip once: for the workbench's one statement."""
    return up_to_cap(
        union_all(
            select(Slip.id).where(
                Slip.state.in_(SENT_STATES), Slip.lead_unit_id.is_not(None), ~_signed(Slip.id, Slip.lead_unit_id)
            ),
            select(Slip.id)
            .join(AssistingUnit, AssistingUnit.slip_id == Slip.id)
            .where(Slip.state.in_(SENT_STATES), ~_signed(Slip.id, AssistingUnit.unit_id)),
        )
    )


def _signed(slip_id: Any, unit_id: Any) -> ColumnElement[bool]:
    return select(SlipReceipt.slip_id).where(SlipReceipt.slip_id == slip_id, SlipReceipt.unit_id == unit_id).exists()


def receipts_awaited(session: Session) -> Sequence[ReceiptAwaited]:
    """What units still have to sign for by a day, for reminders; one statement, which leaves out what is over from the start."""
    part = _parts(Slip.state.in_(SENT_STATES), Slip.receipt_due_on.is_not(None))
    statement = (
        _joined(select(part.c.unit_id, Slip.receipt_due_on, Slip.issued_at, Slip.number, Slip.receipt_due_at), part)
        .where(SlipReceipt.slip_id.is_(None))
        .order_by(Slip.receipt_due_on, Slip.id)
    )
    rows = session.execute(statement)
    return [ReceiptAwaited(unit, due, at.date(), number, moment) for unit, due, at, number, moment in rows]


def unit_accounts(session: Session, unit_id: int) -> Sequence[tuple[int, str]]:
    """The open accounts of a unit with their names: whom a slip can be handed to."""
    rows = session.execute(
        select(Account.id, Account.display_name)
        .where(Account.unit_id == unit_id, Account.state == AccountState.ACTIVE)
        .order_by(Account.display_name, Account.id)
    )
    return [(row[0], row[1]) for row in rows]


def _parts(*which: ColumnElement[bool]) -> Subquery:
    """Every unit on every issued slip: its place (0 leads) and by when it has to be done."""
    issued = (Slip.issued_at.is_not(None), *which)
    lead = select(
        Slip.id.label("slip_id"),
        Slip.lead_unit_id.label("unit_id"),
        literal(0, Integer).label("position"),
        Slip.due_on.label("due_on"),
    ).where(Slip.lead_unit_id.is_not(None), *issued)
    helper = (
        select(
            AssistingUnit.slip_id,
            AssistingUnit.unit_id,
            AssistingUnit.position,
            func.coalesce(AssistingUnit.due_on, Slip.due_on),
        )
        .join(Slip, Slip.id == AssistingUnit.slip_id)
        .where(*issued)
    )
    return union_all(lead, helper).subquery("part")


def _joined(statement: Select[Any], part: Subquery, actor: Actor | None = None) -> Select[Any]:
    joined = (
        statement.select_from(part)
        .join(Slip, Slip.id == part.c.slip_id)
        .join(Unit, Unit.id == part.c.unit_id)
        .outerjoin(SlipReceipt, and_(SlipReceipt.slip_id == part.c.slip_id, SlipReceipt.unit_id == part.c.unit_id))
    )
    if actor is None:
        return joined
    own = [part.c.unit_id == actor.unit_id] if actor.role is Role.UNIT else []
    return joined.where(visible_slips(actor), *own)


def _listed(part: Subquery, actor: Actor) -> Select[Any]:
    columns = select(
        Slip.id,
        Slip.number,
        Slip.state,
        ReceptionDay.day,
        Matter.title,
        Slip.issued_at,
        Slip.signed_on,
        part.c.unit_id,
        Unit.short_name,
        (part.c.position == 0).cast(Boolean),
        part.c.due_on,
        _due(),
        Slip.receipt_due_at,
        SlipReading.read_at,
        SlipReading.read_by,
        SlipReceipt.received_at,
        SlipReceipt.received_on,
        SlipReceipt.received_by,
        SlipReceipt.how,
        SlipReceipt.entered_by,
        SlipReceipt.handed_to,
        SlipReceipt.handed_at,
    )
    return (
        _joined(columns, part, actor)
        .join(ReceptionDay, ReceptionDay.id == Slip.reception_day_id)
        .outerjoin(SlipReading, and_(SlipReading.slip_id == part.c.slip_id, SlipReading.unit_id == part.c.unit_id))
        .outerjoin(SlipMatter, and_(SlipMatter.slip_id == Slip.id, SlipMatter.position == 1))
        .outerjoin(Matter, Matter.id == SlipMatter.matter_id)
    )


def _due() -> ColumnElement[date | None]:
    """By when to sign: what the receipt froze, or what stands on the slip as long as there is none."""
    return case((SlipReceipt.slip_id.is_not(None), SlipReceipt.due_on), else_=Slip.receipt_due_on)


def _signed_in_time() -> ColumnElement[bool]:
    return in_time((SlipReceipt.received_on, SlipReceipt.received_at), (_due(), Slip.receipt_due_at))


def _of_slips(asked: ReceiptFilter) -> list[ColumnElement[bool]]:
    return [Slip.id == asked.slip_id] if asked.slip_id is not None else []


def _clauses(part: Subquery, asked: ReceiptFilter, now: datetime) -> list[ColumnElement[bool]]:
    signed, stands = SlipReceipt.slip_id.is_not(None), Slip.state.in_(SENT_STATES)
    overdue = and_(~signed, stands, is_over(Slip.receipt_due_on, Slip.receipt_due_at, now))
    wanted: Mapping[ReceiptWanted, ColumnElement[bool]] = {
        ReceiptWanted.WAITING: and_(~signed, stands),
        ReceiptWanted.OVERDUE: overdue,
        ReceiptWanted.SIGNED: signed,
        ReceiptWanted.IN_TIME: and_(signed, Slip.state != SlipState.VOID, _signed_in_time()),
        ReceiptWanted.LATE: and_(signed, Slip.state != SlipState.VOID, _due().is_not(None), ~_signed_in_time()),
    }
    found = [wanted[asked.wanted]] if asked.wanted is not None else []
    if asked.unit_id is not None:
        found.append(part.c.unit_id == asked.unit_id)
    if asked.day is not None:
        found.append(ReceptionDay.day == asked.day)
    if asked.first is not None or asked.last is not None:
        found.append(_due().between(asked.first or date.min, asked.last or date.max))
    return found


def _count(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((which, 1), else_=0)), 0, type_=Integer)


def _row(row: Any) -> ReceiptRow:
    """A row without reading or receipt has empty words, not missing ones."""
    given = ReceiptRow(*row)
    return replace(
        given,
        title=given.title or "",
        is_lead=bool(given.is_lead),
        read_by=given.read_by or "",
        received_by=given.received_by or "",
        entered_by=given.entered_by or "",
        handed_to=given.handed_to or "",
    )


def waiting_days(session: Session, *, limit: int = 24) -> Sequence[date]:
    """Reception days of which some slip waits for a unit's signature, the latest first."""
    part = _parts()
    statement = (
        _joined(select(ReceptionDay.day), part)
        .join(ReceptionDay, ReceptionDay.id == Slip.reception_day_id)
        .where(SlipReceipt.slip_id.is_(None), Slip.state.in_(SENT_STATES))
        .distinct()
        .order_by(ReceptionDay.day.desc())
        .limit(limit)
    )
    return session.scalars(statement).all()
