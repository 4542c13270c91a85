"""One slip in full, as its page shows it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.masking import SEVERAL, mask_names
from portal.domain.matter_course import CLOCK_RUNS
from portal.domain.matters import MatterClass, MatterKind, MatterLevel, MatterState
from portal.domain.people import Actor
from portal.domain.retention import Retention
from portal.domain.signing import SENT_STATES, SignedHow
from portal.domain.slip_matters import enterprises_text
from portal.domain.slips import SlipState
from portal.store.models.bookings import InvitedUnit
from portal.store.models.matters import Matter
from portal.store.models.people import Leader
from portal.store.models.slips import Slip, SlipVersion
from portal.store.queries.slip_records import UNSEEN, bookings_of, enterprises_of, whole_slip
from portal.store.queries.visibility import sees_the_visitor, visible_slips


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

    @property
    def clock_runs(self) -> bool:
        """Whether units still owe a signed result, so that time counts against the last day."""
        return self.state in SENT_STATES and any(it.state in CLOCK_RUNS for it in self.matters)


def slip_page(session: Session, actor: Actor, slip_id: int) -> SlipPage:
    """One slip as its page shows it. Raises NotFound when it does not exist or is not visible to the actor."""
    slip = session.scalar(select(Slip).where(Slip.id == slip_id, visible_slips(actor)).options(*whole_slip()))
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
