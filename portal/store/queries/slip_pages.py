"""One slip in full: its page, its record for services, and what may be put on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from portal.domain.errors import NotFound
from portal.domain.masking import SEVERAL, mask_names
from portal.domain.matters import Check, MatterClass, MatterKind, MatterLevel, MatterState
from portal.domain.people import Actor
from portal.domain.retention import Retention
from portal.domain.signing import SignedHow
from portal.domain.slip_matters import Raised, enterprises_text
from portal.domain.slips import SlipState
from portal.store.models.bookings import Booking, InvitedUnit
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Category, Matter
from portal.store.models.people import Leader
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import AssistingUnit, Countersigner, Slip, SlipMatter, SlipVersion
from portal.store.queries.visibility import sees_the_visitor, visible_slips

UNSEEN = "没有找到这张交办单，可能编号有误，或不在您可见的范围内。"


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
    matter_class: MatterClass | None
    level: MatterLevel | None
    is_common: bool
    enterprise: str


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
    countersigners: tuple[Official, ...]
    lead_unit_id: int | None
    units: tuple[UnitOnSlip, ...]
    due_on: date | None
    prior_check: str
    proposal: str
    proposal_handler: str
    proposal_head: str
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
    retention: Retention
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
    matter_class: MatterClass | None
    level: MatterLevel | None
    is_common: bool

    @property
    def raised(self) -> Raised:
        """What decides with which others it may share a slip."""
        return Raised(self.id, self.reception_day_id, self.enterprise_id, self.is_common)


def standing_slips(session: Session, matter_ids: Sequence[int]) -> Mapping[int, tuple[int, str | None]]:
    """For each matter that stands on a slip which is not void: that slip's id and number, the first of several, whoever asks."""
    rows = session.execute(
        select(SlipMatter.matter_id, Slip.id, Slip.number)
        .join(Slip, Slip.id == SlipMatter.slip_id)
        .where(SlipMatter.matter_id.in_(matter_ids), SlipMatter.ended_at.is_(None), Slip.state != SlipState.VOID)
        .order_by(Slip.id.desc())
    )
    return {matter: (slip, number) for matter, slip, number in rows}


def awaiting_matters(
    session: Session, *, matter_id: int | None = None, booking_id: int | None = None, day: date | None = None
) -> Sequence[AwaitingMatter]:
    """Matters waiting for a slip: those of a booking, of a day, or those that may share one with a matter; else all.

    A matter may share a slip with others of its enterprise and day, a common one with all common ones of that day (PT-27).

    A matter that already is on a slip that stands does not wait any more; one that was sent back or instructed on anew does
    again. For the office only.
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
            Matter.matter_class,
            Matter.level,
            Matter.is_common,
        )
        .join(Category, Category.code == Matter.category_code)
        .join(ReceptionDay, ReceptionDay.id == Matter.reception_day_id)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .where(
            Matter.state == MatterState.AWAITING_ASSIGNMENT,
            ~select(SlipMatter.slip_id)
            .join(Slip, Slip.id == SlipMatter.slip_id)
            .where(SlipMatter.matter_id == Matter.id, SlipMatter.ended_at.is_(None), Slip.state != SlipState.VOID)
            .correlate(Matter)
            .exists(),
        )
        .order_by(ReceptionDay.day, Matter.enterprise_id, Matter.position, Matter.id)
    )
    if day is not None:
        waiting = waiting.where(ReceptionDay.day == day)
    if booking_id is not None:
        waiting = waiting.where(Matter.booking_id == booking_id)
    elif matter_id is not None:
        chosen = aliased(Matter)
        same = and_(
            chosen.id == matter_id,
            chosen.reception_day_id == Matter.reception_day_id,
            or_(
                chosen.enterprise_id == Matter.enterprise_id,
                chosen.id == Matter.id,
                and_(chosen.is_common, Matter.is_common),
            ),
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
    enterprises = enterprises_of(slip)
    visitor = SEVERAL.join(it.visitor_name for it in bookings_of(slip))
    return SlipPage(
        id=slip.id,
        version=slip.version,
        number=slip.number,
        state=slip.state,
        day=slip.reception_day.day,
        venue=slip.reception_day.venue,
        booking_id=slip.booking_id,
        enterprise_id=enterprises[0].id if len(enterprises) == 1 else None,
        enterprise=enterprises_text([it.name for it in enterprises]),
        visitor=visitor if sees_the_visitor(actor) else mask_names(visitor),
        receiver=_official(slip.receiver, slip.receiver_post),
        signer=_official(slip.signer, slip.signer_post),
        lead_official=_official(slip.lead_official, slip.lead_official_post),
        countersigners=tuple(Official(it.leader_id, it.leader.name, it.post) for it in slip.countersigners),
        lead_unit_id=slip.lead_unit_id,
        units=tuple(_units(slip)),
        due_on=slip.due_on,
        prior_check=slip.prior_check,
        proposal=slip.proposal,
        proposal_handler=slip.proposal_handler,
        proposal_head=slip.proposal_head,
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
        retention=slip.retention,
        matters=tuple(_matter(matter) for matter in matters),
        versions=tuple(VersionRow(it.version, it.why, it.made_at, it.verify_code, it.sha256) for it in versions),
    )


def invited_units(session: Session, booking_id: int | None) -> frozenset[int]:
    """The units that were asked to a reception: the likeliest to be named on its slips."""
    if booking_id is None:
        return frozenset()
    return frozenset(session.scalars(select(InvitedUnit.unit_id).where(InvitedUnit.booking_id == booking_id)))


@cache
def _in_full() -> tuple[ExecutableOption, ...]:
    entries = selectinload(Slip.entries).joinedload(SlipMatter.matter)
    of_booking = (joinedload(Booking.enterprise), joinedload(Booking.slot))
    return (
        joinedload(Slip.booking).options(*of_booking),
        joinedload(Slip.reception_day),
        joinedload(Slip.receiver),
        joinedload(Slip.signer),
        joinedload(Slip.lead_official),
        joinedload(Slip.lead_unit),
        entries.options(
            joinedload(Matter.category), joinedload(Matter.enterprise), joinedload(Matter.booking).options(*of_booking)
        ),
        selectinload(Slip.assisting).joinedload(AssistingUnit.unit),
        selectinload(Slip.receipts),
        selectinload(Slip.countersigners).joinedload(Countersigner.leader),
    )


def enterprises_of(slip: Slip) -> list[Enterprise]:
    """The enterprises whose matters a slip carries, each once, in the order of the matters."""
    found = {it.id: it for it in (entry.matter.enterprise for entry in slip.entries) if it is not None}
    if not found and slip.booking is not None:
        return [slip.booking.enterprise]
    return list(found.values())


def bookings_of(slip: Slip) -> list[Booking]:
    """The receptions in which a slip's matters were raised, each once."""
    if slip.booking is not None:
        return [slip.booking]
    found = {it.id: it for it in (entry.matter.booking for entry in slip.entries) if it is not None}
    return list(found.values())


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
        matter.matter_class,
        matter.level,
        matter.is_common,
        matter.enterprise.name if matter.enterprise else "",
    )
