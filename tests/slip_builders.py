"""A reception that has taken place, with matters waiting for a slip, and the people who carry a slip along."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.bookings import BookingState
from portal.domain.matters import MatterState
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.services import slip_drafts, slip_links, slip_signing, slips
from portal.services.slip_drafts import SlipDraft
from portal.services.slip_orders import Helper, SlipOrder
from portal.store.models.bookings import Booking
from portal.store.models.matters import Category, Matter
from portal.store.models.office import OfficeSetting
from portal.store.models.people import Leader, Unit
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import Slip
from tests.builders import a_booking, a_category, a_leader, a_matter, a_reception_day, a_turn, a_unit, an_enterprise

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ZONE)
OFFICE = Actor(1, "工商联办公室", Role.OFFICE)
INSTRUCTION = "请牵头领导召集相关部门，迅速落实到位。"


@dataclass(frozen=True)
class Scene:
    """One reception day that is over, an enterprise received on it, its matters, three leaders and three units."""

    day: ReceptionDay
    booking: Booking
    matters: list[Matter]
    receiver: Leader
    official: Leader
    other: Leader
    units: list[Unit]

    @property
    def ids(self) -> list[int]:
        return [matter.id for matter in self.matters]

    @property
    def signer(self) -> Actor:
        return Actor(2, self.receiver.name, Role.LEADER, leader_ids=frozenset({self.receiver.id}))

    def order(self, **given: Any) -> SlipOrder:
        return SlipOrder(
            **{
                "instruction": INSTRUCTION,
                "lead_official_id": self.official.id,
                "lead_unit_id": self.units[0].id,
                "assisting": (Helper(self.units[1].id, date(2026, 11, 30)),),
                "due_on": date(2026, 12, 7),
            }
            | given
        )


def a_scene(session: Session, *, matters: int = 2, category: Category | None = None, **given: Any) -> Scene:
    """The scene, committed; `matters` says how many wait for a slip, the rest is for the reception day."""
    if session.get(OfficeSetting, "slip_organ") is None:
        session.add_all(
            [OfficeSetting(name="slip_organ", value="安民接交"), OfficeSetting(name="district", value="安澜区")]
        )
    receiver, official, other = a_leader(post="区委书记"), a_leader(post="常务副区长"), a_leader(post="副区长")
    units = [a_unit(), a_unit(), a_unit()]
    day = a_reception_day(
        **{"day": date(2026, 11, 16), "state": DayState.CLOSED, "turns": [a_turn(receiver, post="区委书记")]} | given
    )
    booking = a_booking(day, an_enterprise(credit_code=None), state=BookingState.FINISHED)
    category = category or a_category()
    waiting = [
        a_matter(booking, category, state=MatterState.AWAITING_ASSIGNMENT, position=place + 1)
        for place in range(matters)
    ]
    session.add_all([receiver, official, other, *units, day, booking, *waiting])
    session.commit()
    return Scene(day, booking, waiting, receiver, official, other, units)


def unit_actor(unit: Unit) -> Actor:
    """Somebody of a handling unit."""
    return Actor(3, f"{unit.short_name}收文员", Role.UNIT, unit_id=unit.id)


def a_draft(session: Session, scene: Scene, *ids: int) -> Slip:
    """A slip for all matters of the scene, or for some, as proposed."""
    slip = slip_drafts.draft_slip(session, ids or scene.ids, actor=OFFICE, now=NOW)
    session.commit()
    return slip


def a_numbered_slip(session: Session, scene: Scene, *ids: int) -> Slip:
    """… that waits for its signature."""
    slip = slips.number_slip(session, a_draft(session, scene, *ids).id, actor=OFFICE, now=NOW)
    session.commit()
    return slip


def a_signed_slip(session: Session, scene: Scene, *ids: int) -> Slip:
    """… that its leader has signed on the screen."""
    slip = a_numbered_slip(session, scene, *ids)
    slip_signing.sign_slip(session, slip.id, scene.order(), actor=scene.signer, now=NOW)
    session.commit()
    return slip


def an_issued_slip(session: Session, scene: Scene, *ids: int) -> Slip:
    """… that its units can see."""
    slip = a_signed_slip(session, scene, *ids)
    slips.issue_slip(session, slip.id, actor=OFFICE, now=NOW)
    session.commit()
    return slip


def a_shared_matter(session: Session, **given: Any) -> tuple[Scene, Slip, Slip]:
    """A matter led by the first unit on one slip and by the third on another that was split from it (分办); nobody has signed."""
    scene = a_scene(session, **given)
    first = an_issued_slip(session, scene)
    second = slip_links.split_slip(
        session, first.id, [scene.ids[0]], scene.units[2].id, "涉及另一单位职责", actor=OFFICE, now=NOW
    )
    session.commit()
    slips.number_slip(session, second.id, actor=OFFICE, now=NOW)
    order = SlipOrder(INSTRUCTION, scene.official.id, scene.units[2].id, (), date(2026, 12, 7))
    slip_signing.sign_slip(session, second.id, order, actor=scene.signer, now=NOW)
    slips.issue_slip(session, second.id, actor=OFFICE, now=NOW)
    session.commit()
    return scene, first, second


def draft_of(slip: Slip) -> SlipDraft:
    """What a slip says now, as its form shows it; needs a slip loaded with its matters and units."""
    return SlipDraft(
        matter_ids=tuple(entry.matter_id for entry in slip.entries),
        receiver_id=slip.receiver_id,
        signer_id=slip.signer_id,
        order=SlipOrder(
            slip.instruction,
            slip.lead_official_id,
            slip.lead_unit_id,
            tuple(Helper(it.unit_id, it.due_on) for it in slip.assisting),
            slip.due_on,
        ),
        prior_check=slip.prior_check,
        proposal=slip.proposal,
        requirements=slip.requirements,
        copies_to=slip.copies_to,
    )
