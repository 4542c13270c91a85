"""What new days are furnished from: venues and slot templates, in the office's order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.receiving import ReceptionMode
from portal.store.models.enterprises import Enterprise
from portal.store.models.reception import SlotTemplate, Venue


@dataclass(frozen=True, slots=True)
class VenueRow:
    """A place to receive; an enterprise that lends its room has its id and name here."""

    id: int
    name: str
    address: str
    enterprise_id: int | None
    enterprise: str | None
    position: int
    active: bool


@dataclass(frozen=True, slots=True)
class SlotTemplateRow:
    """How a day is cut into slots; lengths in minutes."""

    id: int
    name: str
    starts_at: time
    slot_minutes: int
    gap_minutes: int
    slots: int
    seats: int
    break_from: time | None
    break_minutes: int
    position: int
    active: bool
    rooms: Sequence[str]
    mode: ReceptionMode


def venues(session: Session, *, active_only: bool = True) -> Sequence[VenueRow]:
    """Every venue in the office's order, in one statement."""
    statement = _venues().order_by(Venue.active.desc(), Venue.position, Venue.id)
    if active_only:
        statement = statement.where(Venue.active)
    return [VenueRow(*row) for row in session.execute(statement)]


def venue_row(session: Session, venue_id: int) -> VenueRow:
    """One venue. Raises NotFound."""
    row = session.execute(_venues().where(Venue.id == venue_id)).first()
    if row is None:
        raise NotFound("没有找到这个接待场所。请从“接待场所”进入。")
    return VenueRow(*row)


def venue_named(session: Session, name: str) -> VenueRow | None:
    """The venue a day names, retired ones included; None when the place was only written down."""
    row = session.execute(_venues().where(Venue.name == name)).first()
    return None if row is None else VenueRow(*row)


def slot_templates(session: Session, *, active_only: bool = True) -> Sequence[SlotTemplateRow]:
    """Every slot template in the office's order, in one statement."""
    statement = _templates().order_by(SlotTemplate.active.desc(), SlotTemplate.position, SlotTemplate.id)
    if active_only:
        statement = statement.where(SlotTemplate.active)
    return [SlotTemplateRow(*row) for row in session.execute(statement)]


def slot_template_row(session: Session, template_id: int) -> SlotTemplateRow:
    """One slot template. Raises NotFound."""
    row = session.execute(_templates().where(SlotTemplate.id == template_id)).first()
    if row is None:
        raise NotFound("没有找到这个时段模板。请从“时段模板”进入。")
    return SlotTemplateRow(*row)


def _venues() -> Select[Any]:
    return select(
        Venue.id, Venue.name, Venue.address, Venue.enterprise_id, Enterprise.name, Venue.position, Venue.active
    ).outerjoin(Enterprise, Enterprise.id == Venue.enterprise_id)


def _templates() -> Select[Any]:
    return select(
        SlotTemplate.id, SlotTemplate.name, SlotTemplate.starts_at, SlotTemplate.slot_minutes, SlotTemplate.gap_minutes,
        SlotTemplate.slots, SlotTemplate.seats, SlotTemplate.break_from, SlotTemplate.break_minutes,
        SlotTemplate.position, SlotTemplate.active, SlotTemplate.rooms, SlotTemplate.mode,
    )  # fmt: skip
