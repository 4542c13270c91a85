"""Slips: the list, one slip's page, its papers, and what the public may learn of a code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Select, and_, func, literal, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from portal.domain.errors import NotFound
from portal.domain.masking import mask_name
from portal.domain.matters import Check, MatterKind, MatterState
from portal.domain.people import Actor
from portal.domain.signing import SignedHow
from portal.domain.slips import SlipState
from portal.store.models.bookings import Booking, InvitedUnit
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Category, Matter
from portal.store.models.people import Leader, Unit
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter, SlipReceipt, SlipVersion
from portal.store.paging import Page, Wanted, page_of
from portal.store.queries.visibility import sees_the_visitor, visible_slips

NEVER = date(9999, 12, 31)
UNSEEN = "没有找到这张交办单，可能编号有误，或不在您可见的范围内。"


@dataclass(frozen=True, slots=True)
class SlipFilter:
    """What a list of slips is narrowed to; every field left out narrows nothing.

    `unit_id` finds slips the unit leads or assists; `unreceived_by` issued ones that unit has not signed for yet;
    `signer_ids` those some leader has to sign.
    """

    state: SlipState | None = None
    day: date | None = None
    unit_id: int | None = None
    signer_ids: frozenset[int] | None = None
    unreceived_by: int | None = None
    words: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is narrowed at all."""
        return all(getattr(self, field.name) == field.default for field in fields(self))


@dataclass(frozen=True, slots=True)
class SlipRow:
    """One slip in a list."""

    id: int
    number: str | None
    day: date
    enterprise: str | None
    first_title: str | None
    matters: int
    receiver: str | None
    signer: str | None
    lead_official: str | None
    lead_unit: str | None
    due_on: date | None
    state: SlipState

    @property
    def title(self) -> str:
        """The first matter, and how many there are: 厂房产权办证 等 3 项."""
        return f"{self.first_title} 等 {self.matters} 项" if self.matters > 1 else self.first_title or ""


@dataclass(frozen=True, slots=True)
class SlipMatterRow:
    """A matter on a slip."""

    id: int
    number: str
    title: str
    detail: str
    kind: MatterKind
    category: str
    state: MatterState
    urgent: bool
    grave: bool
    hard: bool


@dataclass(frozen=True, slots=True)
class Official:
    """A leader on a slip with the post held then."""

    id: int
    name: str
    post: str

    @property
    def titled(self) -> str:
        """张三（区长）."""
        return f"{self.name}（{self.post}）" if self.post else self.name


@dataclass(frozen=True, slots=True)
class UnitOnSlip:
    """A unit on a slip: its own date, and when it signed for the slip."""

    id: int
    name: str
    is_lead: bool
    due_on: date | None
    received_at: datetime | None
    received_by: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One frozen paper of a slip."""

    version: int
    why: str
    made_at: datetime
    verify_code: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SlipPage:
    """Everything a slip's page shows, except its timeline."""

    id: int
    version: int
    number: str | None
    state: SlipState
    day: date
    venue: str
    booking_id: int | None
    enterprise_id: int | None
    enterprise: str
    visitor: str
    receiver: Official | None
    signer: Official | None
    lead_official: Official | None
    lead_unit_id: int | None
    units: tuple[UnitOnSlip, ...]
    due_on: date | None
    prior_check: str
    proposal: str
    instruction: str
    requirements: str
    copies_to: str
    drafted_by: str
    drafted_at: datetime
    numbered_at: datetime | None
    signed_on: date | None
    signed_how: SignedHow | None
    issued_at: datetime | None
    void_reason: str
    matters: tuple[SlipMatterRow, ...]
    versions: tuple[VersionRow, ...]

    @property
    def lead_unit(self) -> UnitOnSlip | None:
        """The unit that leads."""
        return next((unit for unit in self.units if unit.is_lead), None)

    @property
    def assisting(self) -> tuple[UnitOnSlip, ...]:
        """The units that assist."""
        return tuple(unit for unit in self.units if not unit.is_lead)


@dataclass(frozen=True, slots=True)
class Verification:
    """What anybody holding a paper may learn of it: no personal data, no content."""

    number: str | None
    state: SlipState
    version: int
    latest: int
    why: str
    made_at: datetime
    signed_on: date | None
    sheet: str
    sha256: str


@dataclass(frozen=True, slots=True)
class AwaitingMatter:
    """A matter that can be put on a slip."""

    id: int
    number: str
    title: str
    kind: MatterKind
    category: str
    enterprise: str | None
    enterprise_id: int | None
    booking_id: int | None
    reception_day_id: int | None
    day: date | None
    is_true: Check
    is_lawful: Check
    is_reasonable: Check


_NUMBERED_LAST = func.coalesce(Slip.year, 9999, type_=Integer) * 1_000_000 + func.coalesce(
    Slip.serial, 0, type_=Integer
)
_ENTRY = aliased(SlipMatter)

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


def slip_counts(session: Session, actor: Actor, asked: SlipFilter) -> Mapping[SlipState, int]:
    """How many slips there are in each state under the other filters."""
    clauses = [visible_slips(actor), *_clauses(replace(asked, state=None))]
    statement = _joined(select(Slip.state, func.count()).select_from(Slip)).where(*clauses).group_by(Slip.state)
    counted = dict(session.execute(statement).tuples().all())
    return {state: counted.get(state, 0) for state in SlipState}


def slips_of_matter(session: Session, actor: Actor, matter_id: int) -> Sequence[SlipRow]:
    """The slips a matter is or was on, newest first, as far as the actor may see them."""
    on_it = Slip.id.in_(select(SlipMatter.slip_id).where(SlipMatter.matter_id == matter_id))
    return [
        SlipRow(*row) for row in session.execute(_listed(actor, SlipFilter()).where(on_it).order_by(Slip.id.desc()))
    ]


def standing_slips(session: Session, matter_ids: Sequence[int]) -> Mapping[int, tuple[int, str | None]]:
    """For each matter that is on a slip which is not void: that slip's id and number, whoever asks."""
    rows = session.execute(
        select(SlipMatter.matter_id, Slip.id, Slip.number)
        .join(Slip, Slip.id == SlipMatter.slip_id)
        .where(SlipMatter.matter_id.in_(matter_ids), Slip.state != SlipState.VOID)
    )
    return {matter: (slip, number) for matter, slip, number in rows}


def awaiting_matters(
    session: Session, *, matter_id: int | None = None, booking_id: int | None = None
) -> Sequence[AwaitingMatter]:
    """Matters waiting for a slip: those of a booking, or of the same enterprise and day as one matter; else all.

    A matter that already is on a slip that stands does not wait any more. For the office only.
    """
    waiting = (
        select(
            Matter.id,
            Matter.number,
            Matter.title,
            Matter.kind,
            Category.name,
            Enterprise.name,
            Matter.enterprise_id,
            Matter.booking_id,
            Matter.reception_day_id,
            ReceptionDay.day,
            Matter.is_true,
            Matter.is_lawful,
            Matter.is_reasonable,
        )
        .join(Category, Category.code == Matter.category_code)
        .join(ReceptionDay, ReceptionDay.id == Matter.reception_day_id)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .where(
            Matter.state == MatterState.AWAITING_ASSIGNMENT,
            ~select(SlipMatter.slip_id)
            .join(Slip, Slip.id == SlipMatter.slip_id)
            .where(SlipMatter.matter_id == Matter.id, Slip.state != SlipState.VOID)
            .correlate(Matter)
            .exists(),
        )
        .order_by(ReceptionDay.day, Matter.enterprise_id, Matter.position, Matter.id)
    )
    if booking_id is not None:
        waiting = waiting.where(Matter.booking_id == booking_id)
    elif matter_id is not None:
        chosen = aliased(Matter)
        same = and_(
            chosen.id == matter_id,
            chosen.reception_day_id == Matter.reception_day_id,
            or_(chosen.enterprise_id == Matter.enterprise_id, chosen.id == Matter.id),
        )
        waiting = waiting.where(select(chosen.id).where(same).correlate(Matter).exists())
    return [AwaitingMatter(*row) for row in session.execute(waiting)]


def slip_records(
    session: Session, slip_ids: Sequence[int], *, fresh: bool = False, lock: bool = False
) -> Sequence[Slip]:
    """Slips as records with all they print: for services, whoever asks.

    `fresh` reads again what this session has already loaded; `lock` keeps others from changing them meanwhile.
    """
    statement = select(Slip).where(Slip.id.in_(slip_ids)).options(*_in_full()).order_by(Slip.id)
    if lock:
        statement = statement.with_for_update(of=Slip)
    return session.scalars(statement.execution_options(populate_existing=fresh or lock)).all()


def slip_page(session: Session, actor: Actor, slip_id: int) -> SlipPage:
    """One slip as its page shows it. Raises NotFound when it does not exist or is not visible to the actor."""
    slip = session.scalar(select(Slip).where(Slip.id == slip_id, visible_slips(actor)).options(*_in_full()))
    if slip is None:
        raise NotFound(UNSEEN)
    versions = session.scalars(
        select(SlipVersion).where(SlipVersion.slip_id == slip_id).order_by(SlipVersion.version.desc())
    )
    matters = [entry.matter for entry in slip.entries]
    enterprise = slip.booking.enterprise if slip.booking else next((it.enterprise for it in matters), None)
    visitor = slip.booking.visitor_name if slip.booking else ""
    return SlipPage(
        id=slip.id,
        version=slip.version,
        number=slip.number,
        state=slip.state,
        day=slip.reception_day.day,
        venue=slip.reception_day.venue,
        booking_id=slip.booking_id,
        enterprise_id=enterprise.id if enterprise else None,
        enterprise=enterprise.name if enterprise else "",
        visitor=visitor if sees_the_visitor(actor) else mask_name(visitor),
        receiver=_official(slip.receiver, slip.receiver_post),
        signer=_official(slip.signer, slip.signer_post),
        lead_official=_official(slip.lead_official, slip.lead_official_post),
        lead_unit_id=slip.lead_unit_id,
        units=tuple(_units(slip)),
        due_on=slip.due_on,
        prior_check=slip.prior_check,
        proposal=slip.proposal,
        instruction=slip.instruction,
        requirements=slip.requirements,
        copies_to=slip.copies_to,
        drafted_by=slip.drafted_by,
        drafted_at=slip.drafted_at,
        numbered_at=slip.numbered_at,
        signed_on=slip.signed_on,
        signed_how=slip.signed_how,
        issued_at=slip.issued_at,
        void_reason=slip.void_reason,
        matters=tuple(_matter(matter) for matter in matters),
        versions=tuple(VersionRow(it.version, it.why, it.made_at, it.verify_code, it.sha256) for it in versions),
    )


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


def invited_units(session: Session, booking_id: int | None) -> frozenset[int]:
    """The units that were asked to a reception: the likeliest to be named on its slips."""
    if booking_id is None:
        return frozenset()
    return frozenset(session.scalars(select(InvitedUnit.unit_id).where(InvitedUnit.booking_id == booking_id)))


def verification(session: Session, code: str) -> Verification | None:
    """What a verify code stands for; codes are upper case. None when it is not one of ours."""
    latest = select(func.max(SlipVersion.version)).where(SlipVersion.slip_id == Slip.id).correlate(Slip)
    row = session.execute(
        select(
            Slip.number,
            Slip.state,
            SlipVersion.version,
            latest.scalar_subquery(),
            SlipVersion.why,
            SlipVersion.made_at,
            Slip.signed_on,
            SlipVersion.sheet,
            SlipVersion.sha256,
        )
        .join(Slip, Slip.id == SlipVersion.slip_id)
        .where(SlipVersion.verify_code == code)
    ).first()
    return Verification(*row) if row else None


def _in_full() -> tuple[ExecutableOption, ...]:
    entries = selectinload(Slip.entries).joinedload(SlipMatter.matter)
    return (
        joinedload(Slip.booking).options(joinedload(Booking.enterprise), joinedload(Booking.slot)),
        joinedload(Slip.reception_day),
        joinedload(Slip.receiver),
        joinedload(Slip.signer),
        joinedload(Slip.lead_official),
        joinedload(Slip.lead_unit),
        entries.options(joinedload(Matter.category), joinedload(Matter.enterprise)),
        selectinload(Slip.assisting).joinedload(AssistingUnit.unit),
        selectinload(Slip.receipts),
    )


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
    columns = select(
        Slip.id,
        Slip.number,
        ReceptionDay.day,
        Enterprise.name,
        Matter.title,
        carried.scalar_subquery(),
        receiver.name,
        signer.name,
        official.name,
        Unit.name,
        Slip.due_on,
        Slip.state,
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
        found.append(ReceptionDay.day == asked.day)
    if asked.unit_id is not None:
        found.append(_takes_part(asked.unit_id))
    if asked.signer_ids is not None:
        found.append(Slip.signer_id.in_(asked.signer_ids))
    if asked.unreceived_by is not None:
        signed = select(SlipReceipt.unit_id).where(
            SlipReceipt.slip_id == Slip.id, SlipReceipt.unit_id == asked.unreceived_by
        )
        found += [_takes_part(asked.unreceived_by), Slip.state.in_((SlipState.ISSUED, SlipState.RECEIVED))]
        found.append(~signed.exists())
    return [*found, *(_one_word(word) for word in asked.words.split())]


def _takes_part(unit_id: int) -> ColumnElement[bool]:
    assisting = select(AssistingUnit.unit_id).where(AssistingUnit.slip_id == Slip.id, AssistingUnit.unit_id == unit_id)
    return or_(Slip.lead_unit_id == unit_id, assisting.exists())


def _one_word(word: str) -> ColumnElement[bool]:
    """A word occurs in the number, the enterprise, or the title or number of any matter on the slip."""
    entry, matter = aliased(SlipMatter), aliased(Matter)
    on_it = (
        select(entry.slip_id)
        .join(matter, matter.id == entry.matter_id)
        .where(
            entry.slip_id == Slip.id,
            or_(matter.title.contains(word, autoescape=True), matter.number.contains(word, autoescape=True)),
        )
        .correlate(Slip)
    )
    return or_(
        Slip.number.contains(word, autoescape=True), Enterprise.name.contains(word, autoescape=True), on_it.exists()
    )


def _official(leader: Leader | None, post: str) -> Official | None:
    return Official(leader.id, leader.name, post) if leader else None


def _units(slip: Slip) -> list[UnitOnSlip]:
    receipts = {receipt.unit_id: receipt for receipt in slip.receipts}
    named = [(slip.lead_unit, True, slip.due_on)] if slip.lead_unit else []
    named += [(it.unit, False, it.due_on) for it in slip.assisting]
    return [
        UnitOnSlip(
            unit.id,
            unit.name,
            is_lead,
            due_on,
            receipts[unit.id].received_at if unit.id in receipts else None,
            receipts[unit.id].received_by if unit.id in receipts else "",
        )
        for unit, is_lead, due_on in named
    ]


def _matter(matter: Matter) -> SlipMatterRow:
    return SlipMatterRow(
        matter.id,
        matter.number,
        matter.title,
        matter.detail,
        matter.kind,
        matter.category.name,
        matter.state,
        matter.urgent,
        matter.grave,
        matter.hard,
    )
