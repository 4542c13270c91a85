"""The slips of the sample's reception days: drafted, numbered, signed, issued, each as far as it has got (NX-12, NX-14)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.people import Actor, Role
from portal.domain.rota import DutySeat
from portal.domain.signing import SignedHow
from portal.services import slip_drafts, slip_orders, slip_signing, slips
from portal.services.calendars import calendar_now
from portal.services.sample.handwriting import handwriting
from portal.services.sample.matters import SampleMatter
from portal.services.sample.receipts import sign_for
from portal.services.sample.registers import Registers
from portal.services.sample.visits import sample_of
from portal.store.models.matters import Matter
from portal.store.models.people import Leader
from portal.store.models.reception import DutyTurn, ReceptionDay
from portal.store.models.slips import Slip

OFFICE = Actor(0, "工商联办公室", Role.OFFICE)
DISCARDED = "企业补充材料后另行交办，本单作废。"


def main_receiver_id(session: Session, day: ReceptionDay) -> int:
    """The leader who receives on that day."""
    return session.scalars(
        select(DutyTurn.leader_id).where(
            DutyTurn.reception_day_id == day.id, DutyTurn.seat == DutySeat.MAIN, DutyTurn.position == 1
        )
    ).one()


def issue_slips(
    session: Session, registers: Registers, day: ReceptionDay, *, latest: bool, signer_id: int, now: datetime
) -> None:
    """One slip an enterprise (NX-14); of the latest days some are still being drafted, numbered or signed."""
    waiting: dict[int, list[Matter]] = {}
    for matter in session.scalars(
        select(Matter)
        .where(Matter.reception_day_id == day.id, Matter.state == "awaiting_assignment")
        .order_by(Matter.id)
    ):
        waiting.setdefault(matter.booking_id or 0, []).append(matter)
    for place, raised in enumerate(waiting.values()):
        stop_after = place + 1 if latest else None
        _issue(session, registers, day, raised, stop_after=stop_after, signer_id=signer_id, place=place, now=now)


def _issue(
    session: Session,
    registers: Registers,
    day: ReceptionDay,
    raised: Sequence[Matter],
    *,
    stop_after: int | None,
    signer_id: int,
    place: int,
    now: datetime,
) -> None:
    """Take one slip as far as it has got by now: drafted (1), numbered (2), signed (3), issued (4), received.

    The one that waits for its signature waits for `signer_id`, so that the leader's account has something to sign; the one
    that is signed waits for that leader to sign it as well; the one just issued was signed by hand and is not scanned yet.
    """
    at = min(moment_of(day.day, 15, 10 * place), now - timedelta(hours=2))
    sample, ids = sample_of(raised[0]), [matter.id for matter in raised]
    reckoned = now if stop_after in (2, 3) else at  # what still waits for a pen must not be over already
    draft = slip_drafts.proposed_draft(session, ids, today=reckoned.date())
    order = _order(session, registers, day, sample, place, due_on=draft.order.due_on)
    if stop_after == 2:
        draft = replace(draft, signer_id=signer_id, order=order, countersigner_ids=(_besides(registers, signer_id),))
    elif stop_after == 3:
        draft = replace(draft, countersigner_ids=tuple({signer_id} - {draft.signer_id}))
    slip = slip_drafts.draft_slip(session, ids, draft, actor=OFFICE, now=at)
    if stop_after == 1:
        return
    slips.number_slip(session, slip.id, actor=OFFICE, now=at + timedelta(minutes=5))
    if stop_after == 2:
        return
    signed = min(at + timedelta(hours=3), now - timedelta(hours=1))
    if stop_after == 4:
        signed = now - timedelta(hours=1)
        order = replace(order, due_on=calendar_now(session).after(now.date(), 10))
        slip_signing.record_signature(session, slip.id, order, signed.date(), actor=OFFICE, now=signed)
    else:
        _sign_on_screen(session, slip, order, by_hand=stop_after == 3, now=signed)
    if stop_after == 3:
        return
    if slip.id % 17 == 0:
        slips.void_slip(session, slip.id, DISCARDED, actor=OFFICE, now=signed + timedelta(minutes=10))
        return
    issued = signed + timedelta(minutes=20)
    slips.issue_slip(session, slip.id, actor=OFFICE, now=issued)
    if stop_after is None:
        units = [registers.units[name] for name in (sample.lead_unit, *sample.assisting)]
        sign_for(session, slip, units, issued=issued, now=now)


def _order(
    session: Session, registers: Registers, day: ReceptionDay, sample: SampleMatter, place: int, *, due_on: date | None
) -> slip_orders.SlipOrder:
    """What the leader decides on the slip of a matter."""
    return slip_orders.SlipOrder(
        instruction=f"请{sample.lead_unit}牵头，会同有关部门抓紧研究，依法依规尽快落实到位，结果报我并答复企业。",
        lead_official_id=_lead_official(session, day, registers, place),
        lead_unit_id=registers.units[sample.lead_unit].id,
        assisting=tuple(slip_orders.Helper(registers.units[name].id, None) for name in sample.assisting),
        due_on=due_on,
    )


def _sign_on_screen(
    session: Session, slip: Slip, order: slip_orders.SlipOrder, *, by_hand: bool, now: datetime
) -> None:
    """The leader signs in the portal: confirmed, or written by hand on a tablet."""
    how, strokes = (SignedHow.TABLET, handwriting()) if by_hand else (SignedHow.SCREEN, ())
    leader = session.get_one(Leader, slip.signer_id)
    actor = Actor(0, leader.name, Role.LEADER, leader_ids=frozenset({leader.id}))
    slip_signing.sign_slip(session, slip.id, order, how=how, strokes=strokes, actor=actor, now=now)


def _besides(registers: Registers, leader_id: int) -> int:
    """Another leader."""
    return next(it.id for it in registers.leaders[2:] if it.id != leader_id)


def _lead_official(session: Session, day: ReceptionDay, registers: Registers, place: int) -> int:
    """Somebody other than the receiver leads every second matter, as in life."""
    main = main_receiver_id(session, day)
    return main if place % 2 else next(it.id for it in registers.leaders[3:] if it.id != main)


def moment_of(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of a day."""
    return datetime.combine(day, time(hour), ZONE) + timedelta(minutes=minute)
