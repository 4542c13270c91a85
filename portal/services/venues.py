"""Places to receive, kept by the office; an enterprise may lend its room (NX-07, QD-05)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.documents.fonts import must_be_printable
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.store.audit_trail import record
from portal.store.models.enterprises import Enterprise
from portal.store.models.reception import Venue

LONGEST_NAME, LONGEST_ADDRESS = 120, 160


@dataclass(frozen=True, slots=True)
class VenueEntry:
    """What the office says of a venue; `position` orders the list, the smallest first."""

    name: str
    address: str = ""
    enterprise_id: int | None = None
    position: int = 0


def add_venue(session: Session, entry: VenueEntry, *, actor: Actor, now: datetime) -> Venue:
    """Enter a venue. Raises RuleBroken for a name already there or one that cannot be printed."""
    must(actor, Action.KEEP_SETTINGS)
    venue = Venue(active=True)
    _write(session, venue, entry)
    session.add(venue)
    _store(session)
    record(session, actor, now, "venue_added", venue, summary=f"新增接待场所“{venue.name}”")
    return venue


def edit_venue(session: Session, venue_id: int, entry: VenueEntry, *, actor: Actor, now: datetime) -> Venue:
    """Correct a venue; days that name it keep the name they were given."""
    must(actor, Action.KEEP_SETTINGS)
    venue = _venue(session, venue_id)
    _write(session, venue, entry)
    _store(session)
    record(session, actor, now, "venue_edited", venue, summary=f"修改接待场所“{venue.name}”")
    return venue


def retire_venue(session: Session, venue_id: int, *, actor: Actor, now: datetime) -> Venue:
    """Stop offering a venue; days held or planned there stay as they are."""
    must(actor, Action.KEEP_SETTINGS)
    venue = _venue(session, venue_id)
    venue.active = False
    record(session, actor, now, "venue_retired", venue, summary=f"停用接待场所“{venue.name}”")
    return venue


def restore_venue(session: Session, venue_id: int, *, actor: Actor, now: datetime) -> Venue:
    """Offer a retired venue again."""
    must(actor, Action.KEEP_SETTINGS)
    venue = _venue(session, venue_id)
    venue.active = True
    record(session, actor, now, "venue_restored", venue, summary=f"恢复接待场所“{venue.name}”")
    return venue


def _write(session: Session, venue: Venue, entry: VenueEntry) -> None:
    name, address = entry.name.strip(), entry.address.strip()
    for field, text, most in (("name", name, LONGEST_NAME), ("address", address, LONGEST_ADDRESS)):
        if len(text) > most:
            raise RuleBroken(f"最多 {most} 个字，请精简。", field=field)
        must_be_printable(text, field=field)
    if not name:
        raise RuleBroken("请填写场所名称，例如“区工商联会议室”。", field="name")
    if session.scalar(select(Venue.id).where(Venue.name == name, Venue.id != (venue.id or 0))) is not None:
        raise RuleBroken(f"已有名为“{name}”的场所（停用的也算），请换一个名称。", field="name")
    if entry.enterprise_id is not None and session.get(Enterprise, entry.enterprise_id) is None:
        raise RuleBroken("没有找到这家企业，请重新选择。", field="enterprise_id")
    venue.name, venue.address = name, address
    venue.enterprise_id, venue.position = entry.enterprise_id, entry.position


def _store(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError:
        raise Conflict("同名的场所刚刚由别人建立，没有重复保存。请换一个名称，或返回列表查看。", field="name") from None


def _venue(session: Session, venue_id: int) -> Venue:
    venue = session.get(Venue, venue_id)
    if venue is None:
        raise NotFound("没有找到这个接待场所。请从“接待场所”进入。")
    return venue
