"""Slips as records with all they print: for services, whoever asks."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, lazyload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.models.slips import AssistingUnit, Countersigner, Slip, SlipMatter

UNSEEN = "没有找到这张交办单，可能编号有误，或不在您可见的范围内。"


def slip_records(
    session: Session, slip_ids: Sequence[int], *, fresh: bool = False, lock: bool = False
) -> Sequence[Slip]:
    """Slips as records with all they print: for services, whoever asks.

    `fresh` reads again what this session has already loaded; `lock` keeps others from changing them meanwhile.
    """
    statement = select(Slip).where(Slip.id.in_(slip_ids)).options(*whole_slip()).order_by(Slip.id)
    if lock:
        statement = statement.with_for_update(of=Slip)
    return session.scalars(statement.execution_options(populate_existing=fresh or lock)).all()


def locked_slips(session: Session, slip_ids: Sequence[int]) -> Sequence[Slip]:
    """Slips as records for an act, kept from others from the lowest number on: with matters and assisting units.

    What an act asks for besides is read when it asks; papers want `slip_records`.
    """
    statement = select(Slip).where(Slip.id.in_(slip_ids)).options(*_for_an_act()).order_by(Slip.id)
    return session.scalars(statement.with_for_update(of=Slip).execution_options(populate_existing=True)).all()


@cache
def _for_an_act() -> tuple[ExecutableOption, ...]:
    entries = selectinload(Slip.entries).joinedload(SlipMatter.matter)
    beside = (
        Slip.booking, Slip.reception_day, Slip.receiver, Slip.signer, Slip.lead_official, Slip.lead_unit, Slip.receipts,
    )  # fmt: skip
    of_matter = (Matter.category, Matter.enterprise, Matter.booking, Matter.reception_day, Matter.lead_unit)
    return (
        entries.options(*(lazyload(it) for it in of_matter)),
        selectinload(Slip.assisting).lazyload(AssistingUnit.unit),
        lazyload(Slip.countersigners).joinedload(Countersigner.leader),
        *(lazyload(it) for it in beside),
    )


@cache
def whole_slip() -> tuple[ExecutableOption, ...]:
    """What to load with a slip so that all it prints is at hand."""
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
